"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class ComputedConfig(AppConfig):
    """Computed traits: figures of a customer's events, and answers of SQL on the lake."""

    name = "keskio.know.computed"
    label = "computed"
    default_auto_field = "django.db.models.BigAutoField"
