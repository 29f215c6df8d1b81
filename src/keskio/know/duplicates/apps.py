"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class DuplicatesConfig(AppConfig):
    """Who is probably the same: a queue for people; nothing merges by itself."""

    name = "keskio.know.duplicates"
    label = "duplicates"
    default_auto_field = "django.db.models.BigAutoField"
