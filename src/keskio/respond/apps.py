"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class RespondConfig(AppConfig):
    """Work for people: tasks with deadlines and results."""

    name = "keskio.respond"
    label = "respond"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what this room holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.respond.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
