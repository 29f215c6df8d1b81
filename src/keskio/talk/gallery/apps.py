"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class GalleryConfig(AppConfig):
    """The gallery of playbooks: choose one, answer its questions, get a draft."""

    name = "keskio.talk.gallery"
    label = "gallery"
    default_auto_field = "django.db.models.BigAutoField"
