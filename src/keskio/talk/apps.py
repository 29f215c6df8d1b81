"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class TalkConfig(AppConfig):
    """Two-way dialogues: definitions, enrolments, the runner, the ledger of messages, offers."""

    name = "keskio.talk"
    label = "talk"
    default_auto_field = "django.db.models.BigAutoField"
