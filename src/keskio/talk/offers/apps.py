"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class OffersConfig(AppConfig):
    """Offers and coupons as pages: stock, codes, redemption."""

    name = "keskio.talk.offers"
    label = "offers"
    default_auto_field = "django.db.models.BigAutoField"
