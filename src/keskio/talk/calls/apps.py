"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Signed calls of dialogues to other systems."""

    name = "keskio.talk.calls"
    label = "calls"
    default_auto_field = "django.db.models.BigAutoField"
