"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class ContactConfig(AppConfig):
    """Rules of contact, who wins when dialogues compete, what people themselves have sent."""

    name = "keskio.talk.contact"
    label = "contact"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what this wing holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.talk.contact.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
