"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class TrendsConfig(AppConfig):
    """Trends: volumes, themes and emotions over time, alerts, spread, and who is heard."""

    name = "keskio.listen.trends"
    label = "trends"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.listen.trends.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
