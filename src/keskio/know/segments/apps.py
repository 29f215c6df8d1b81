"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Segments, stages and ladders: who meets a condition now, since when, and who came and went."""

    name = "keskio.know.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what the wing holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - Django must be set up first
        from keskio.know.segments.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
