"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class PrintingConfig(AppConfig):
    """Letters: print runs that gather claimed letters, and their way to the printer."""

    name = "keskio.talk.printing"
    label = "printing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what this wing holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.talk.printing.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
