"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The log of everything that happens, its envelope, and the cursors that follow it."""

    name = "keskio.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"
