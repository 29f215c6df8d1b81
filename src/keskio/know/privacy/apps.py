"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """What the customer decides: preferences, export, erasure, restriction, retention."""

    name = "keskio.know.privacy"
    label = "privacy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the core know what this wing decides, and the house what the room holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - models are there only now
        from keskio.know import blocking, consents, special  # noqa: PLC0415 - the same
        from keskio.know.privacy import forgetting, queries  # noqa: PLC0415 - the same
        from keskio.know.privacy.holdings import HOLDINGS  # noqa: PLC0415 - the same

        consents.set_lifetimes(queries.lifetimes_of)
        blocking.set_blocked(forgetting.blocked_among)
        special.set_special(queries.special_now)
        register(*HOLDINGS)
