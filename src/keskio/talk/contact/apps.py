"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class ContactConfig(AppConfig):
    """Rules of contact, who wins when dialogues compete, what people themselves have sent."""

    name = "keskio.talk.contact"
    label = "contact"
    default_auto_field = "django.db.models.BigAutoField"
