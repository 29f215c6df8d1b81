"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """The Segment-compatible door: sources, keys, intake, quarantine."""

    name = "keskio.tracking"
    label = "tracking"
    default_auto_field = "django.db.models.BigAutoField"
