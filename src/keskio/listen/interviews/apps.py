"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class InterviewsConfig(AppConfig):
    """Interviews: transcripts with consent, coded by phase and theme, with quotes."""

    name = "keskio.listen.interviews"
    label = "interviews"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.listen.interviews.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
