"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """The Segment-compatible door: sources, keys, intake, quarantine."""

    name = "keskio.tracking"
    label = "tracking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what this room holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.tracking.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
