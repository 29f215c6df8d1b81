"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Ways to reach a customer and to be reached: one folder a channel."""

    name = "keskio.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"
