"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Ways to reach a customer and to be reached: one folder a channel."""

    name = "keskio.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what this room holds of people."""
        from keskio.channels.holdings import HOLDINGS  # noqa: PLC0415 - the same
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now

        register(*HOLDINGS)
