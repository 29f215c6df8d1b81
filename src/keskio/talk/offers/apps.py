"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class OffersConfig(AppConfig):
    """Offers and coupons as pages: stock, codes, redemption."""

    name = "keskio.talk.offers"
    label = "offers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what this wing holds of people."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.talk.offers.holdings import HOLDINGS  # noqa: PLC0415 - the same

        register(*HOLDINGS)
