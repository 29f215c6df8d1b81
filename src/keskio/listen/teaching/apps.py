"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class TeachingConfig(AppConfig):
    """Teaching: people's labels, refitting the model on them, comparing, and naming new themes."""

    name = "keskio.listen.teaching"
    label = "teaching"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.listen.teaching.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
