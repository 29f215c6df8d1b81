"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class BacktestsConfig(AppConfig):
    """Backtests: the company's own history replayed through a draft."""

    name = "keskio.talk.backtests"
    label = "backtests"
    default_auto_field = "django.db.models.BigAutoField"
