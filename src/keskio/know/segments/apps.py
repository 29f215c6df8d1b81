"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Segments, stages and ladders: who meets a condition now, since when, and who came and went."""

    name = "keskio.know.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what the wing holds of people, and read it for those who decide conditions."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - Django must be set up first
        from keskio.know.facts import read_by  # noqa: PLC0415 - the same
        from keskio.know.segments import queries  # noqa: PLC0415 - the same
        from keskio.know.segments.holdings import HOLDINGS  # noqa: PLC0415 - the same

        read_by("segments", queries.memberships_of)
        read_by("stages", queries.stages_of)
        register(*HOLDINGS)
