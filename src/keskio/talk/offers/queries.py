"""Reads of the wing: offers with their stocks, the codes of one, and uses of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db.models import Count, Q, QuerySet, Sum

from keskio.kernel.clock import now
from keskio.talk.models import Coupon, Offer
from keskio.talk.offers.models import Redemption

STATES = ("free", "reserved", "assigned", "redeemed", "expired")


class Stand(msgspec.Struct, frozen=True):
    """How it stands with one offer. `whole`: all that there are to give (None: without end)."""

    offer: Offer
    given: int
    whole: int | None
    reserved: int
    assigned: int
    redeemed: int
    value: float
    is_over: bool

    @property
    def left(self) -> int | None:
        """How many can still be given."""
        return None if self.whole is None else max(self.whole - self.given, 0)


def stands(offers: Sequence[Offer]) -> list[Stand]:
    """Return how it stands with `offers`: one query for all of them."""
    held = Q(reserved_at__isnull=False)
    found = {
        row["offer_id"]: row
        for row in Coupon.objects.filter(offer__in=offers)
        .values("offer_id")
        .annotate(
            whole=Count("id"),
            reserved=Count("id", filter=held & Q(assigned_at__isnull=True)),
            assigned=Count("id", filter=held & Q(assigned_at__isnull=False)),
            redeemed=Count("id", filter=Q(redeemed_at__isnull=False)),
            value=Sum("redeemed_value"),
        )
    }
    return [_stand(offer, found.get(offer.pk, {})) for offer in offers]


def _stand(offer: Offer, row: Mapping[str, Any]) -> Stand:
    whole = offer.stock
    if offer.kind == Offer.Kind.LIST:
        listed = int(row.get("whole", 0))
        whole = listed if whole is None else min(whole, listed)
    return Stand(
        offer=offer,
        given=offer.given,
        whole=whole,
        reserved=int(row.get("reserved", 0)),
        assigned=int(row.get("assigned", 0)),
        redeemed=int(row.get("redeemed", 0)),
        value=float(row.get("value") or 0),
        is_over=offer.valid_until is not None and offer.valid_until <= now(),
    )


def codes_of(offer: Offer, *, q: str = "", state: str = "") -> QuerySet[Coupon]:
    """Return the codes of an offer, newest given first, that hold `q` and are in `state`."""
    found = Coupon.objects.filter(offer=offer)
    if q.startswith("#") and q[1:].isdecimal():
        found = found.filter(customer_id=int(q[1:]))
    elif q:
        found = found.filter(code__icontains=q)
    narrowed = {
        "free": Q(reserved_at__isnull=True),
        "reserved": Q(reserved_at__isnull=False, assigned_at__isnull=True),
        "assigned": Q(assigned_at__isnull=False, redeemed_at__isnull=True),
        "redeemed": Q(redeemed_at__isnull=False),
        "expired": Q(valid_until__lte=now(), redeemed_at__isnull=True),
    }
    if state in narrowed:
        found = found.filter(narrowed[state])
    return found.order_by("-reserved_at", "-id")


def state_of(coupon: Coupon) -> str:
    """Return where a code is, one of STATES."""
    if coupon.reserved_at is None:
        return "free"
    if coupon.redeemed_at is not None:
        return "redeemed"
    if coupon.valid_until is not None and coupon.valid_until <= now():
        return "expired"
    return "assigned" if coupon.assigned_at is not None else "reserved"


def faulty_uses(offer: Offer | None = None, limit: int = 20) -> QuerySet[Redemption]:
    """Return the newest uses of codes that were not good: of one offer, or of codes of none."""
    found = Redemption.objects.exclude(outcome=Redemption.Outcome.REDEEMED)
    found = found.filter(offer_id=offer.pk if offer else None)
    return found.order_by("-id")[:limit]
