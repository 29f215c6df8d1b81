"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Segments, stages and ladders: who meets a condition now, since when, and who came and went."""

    name = "keskio.know.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"
