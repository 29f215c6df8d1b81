"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Records from elsewhere: files by mapping, tables by difference."""

    name = "keskio.know.imports"
    label = "imports"
    default_auto_field = "django.db.models.BigAutoField"
