"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class BacktestsConfig(AppConfig):
    """Backtests: the company's own history replayed through a draft."""

    name = "keskio.talk.backtests"
    label = "backtests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what this wing holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.talk.backtests.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
