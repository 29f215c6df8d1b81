"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    """Leads and call lists: who calls whom, how it went, and the calendar feed."""

    name = "keskio.respond.leads"
    label = "leads"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.respond.leads.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
