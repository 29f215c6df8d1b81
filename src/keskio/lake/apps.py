"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class LakeConfig(AppConfig):
    """All events as Parquet, and the engines that read them."""

    name = "keskio.lake"
    label = "lake"
    default_auto_field = "django.db.models.BigAutoField"
