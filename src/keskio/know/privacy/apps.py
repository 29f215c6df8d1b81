"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """What the customer decides: preferences, export, erasure, restriction, retention."""

    name = "keskio.know.privacy"
    label = "privacy"
    default_auto_field = "django.db.models.BigAutoField"
