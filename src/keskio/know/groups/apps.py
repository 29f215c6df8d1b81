"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """Households and organisations, and their members."""

    name = "keskio.know.groups"
    label = "groups"
    default_auto_field = "django.db.models.BigAutoField"
