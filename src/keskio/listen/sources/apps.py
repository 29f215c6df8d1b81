"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """Sources of public messages: their accounts, cursors, back-off and health."""

    name = "keskio.listen.sources"
    label = "sources"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.listen.sources.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
