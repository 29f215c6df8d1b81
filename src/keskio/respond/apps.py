"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class RespondConfig(AppConfig):
    """Work for people: tasks with deadlines and results."""

    name = "keskio.respond"
    label = "respond"
    default_auto_field = "django.db.models.BigAutoField"
