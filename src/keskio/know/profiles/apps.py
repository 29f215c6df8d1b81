"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    """What is characteristic: RFM, clusters and their report card, personas, value."""

    name = "keskio.know.profiles"
    label = "profiles"
    default_auto_field = "django.db.models.BigAutoField"
