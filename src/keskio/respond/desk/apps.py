"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The desk: the pages at which people answer, with snippets, macros, presence and suggestions."""

    name = "keskio.respond.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.respond.desk.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
