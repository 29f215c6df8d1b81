"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    """Recovery plans: how a case is put right for this kind of customer."""

    name = "keskio.respond.recovery"
    label = "recovery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here, and look at answers before they are sent."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.respond.inbox.guards import ask_first  # noqa: PLC0415 - the same
        from keskio.respond.recovery.holdings import HOLDINGS  # noqa: PLC0415 - the same
        from keskio.respond.recovery.offering import refuse_in_public  # noqa: PLC0415 - the same

        register(*HOLDINGS)
        ask_first(refuse_in_public)
