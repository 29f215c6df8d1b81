"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """What all pages share: base templates, components, sign-in, islands, the registry of panels."""

    name = "keskio.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
