"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class RepliesConfig(AppConfig):
    """Replies that several open questions understand: a person says which was meant."""

    name = "keskio.talk.replies"
    label = "replies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what the wing holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - Django must be set up first
        from keskio.talk.replies.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
