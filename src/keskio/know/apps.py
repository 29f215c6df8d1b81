"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class KnowConfig(AppConfig):
    """Who the customer is: identities, traits, consents."""

    name = "keskio.know"
    label = "know"
    default_auto_field = "django.db.models.BigAutoField"
