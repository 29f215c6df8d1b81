"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The log of everything that happens, its envelope, and the cursors that follow it."""

    name = "keskio.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what this room holds of people."""
        from keskio.events.holdings import HOLDINGS  # noqa: PLC0415 - the same
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now

        register(*HOLDINGS)
