"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class MeasureConfig(AppConfig):
    """What dialogues really caused: control groups, uplift, revenue counted once."""

    name = "keskio.measure"
    label = "measure"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what the room holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - Django must be set up first
        from keskio.measure.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
