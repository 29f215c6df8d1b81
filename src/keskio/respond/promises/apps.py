"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    """Promises: what was promised to customers, by when, kept or broken."""

    name = "keskio.respond.promises"
    label = "promises"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.respond.promises.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
