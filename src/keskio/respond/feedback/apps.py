"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """Complaints are welcome: the page for feedback, what was mended, root causes."""

    name = "keskio.respond.feedback"
    label = "feedback"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.respond.feedback.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
