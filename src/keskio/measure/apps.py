"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class MeasureConfig(AppConfig):
    """What dialogues really caused: control groups, uplift, revenue counted once."""

    name = "keskio.measure"
    label = "measure"
    default_auto_field = "django.db.models.BigAutoField"
