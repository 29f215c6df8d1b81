"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """The inbox: cases, their entries and clocks, calendars and response times."""

    name = "keskio.respond.inbox"
    label = "inbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.respond.inbox.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
