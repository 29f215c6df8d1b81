"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class ObjectsConfig(AppConfig):
    """What customers have: cars, orders, contracts, appointments, and their dates."""

    name = "keskio.know.objects"
    label = "objects"
    default_auto_field = "django.db.models.BigAutoField"
