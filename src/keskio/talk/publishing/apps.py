"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Drafts, review, publishing with a plan for those inside, undoing."""

    name = "keskio.talk.publishing"
    label = "publishing"
    default_auto_field = "django.db.models.BigAutoField"
