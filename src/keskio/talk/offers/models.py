"""Tables of the wing: what was said to be used."""

from __future__ import annotations

from django.db import models

from keskio.kernel.fields import InstantField


class Redemption(models.Model):
    """One event that a code was used, and whether it was good. `event_id`: its place in the log."""

    class Outcome(models.TextChoices):
        """What the code was worth."""

        REDEEMED = "redeemed"
        UNKNOWN = "unknown"
        EXPIRED = "expired"
        USED = "used"

    event_id = models.BigIntegerField(unique=True)
    at = InstantField()
    customer_id = models.BigIntegerField()
    code = models.CharField(max_length=60)
    coupon_id = models.BigIntegerField(null=True)
    offer_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    value = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["offer_id", "at"], name="redemption_of_offer"),
            models.Index(fields=["customer_id"], name="redemption_of_customer"),
        ]
