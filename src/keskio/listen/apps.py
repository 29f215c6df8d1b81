"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class ListenConfig(AppConfig):
    """What the company hears: mentions and what was read in them, surveys and answers."""

    name = "keskio.listen"
    label = "listen"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.listen.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
