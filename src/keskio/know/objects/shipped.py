"""The kinds that come with Keskiö. A company changes them, and adds its own, on the page of kinds."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keskio.know.objects.contracts import CHOICE, DATE, NUMBER, TEXT, TIME, Field

KINDS: dict[str, tuple[Field, ...]] = {
    "car": (
        Field("make", TEXT),
        Field("model", TEXT),
        Field("year", NUMBER),
        Field("bought_on", DATE),
        Field("delivered_on", DATE),
        Field("inspection_on", DATE),
        Field("service_on", DATE),
        Field("warranty_ends_on", DATE),
        Field("kilometres", NUMBER),
    ),
    "order": (
        Field("status", CHOICE, choices=("placed", "paid", "sent", "delivered", "returned")),
        Field("total", NUMBER),
        Field("currency", TEXT),
        Field("ordered_at", TIME),
        Field("delivery_on", DATE),
    ),
    "contract": (
        Field("product", TEXT),
        Field("monthly_fee", NUMBER),
        Field("starts_on", DATE),
        Field("ends_on", DATE),
        Field("notice_by_on", DATE),
    ),
    "appointment": (
        Field("service", TEXT),
        Field("place", TEXT),
        Field("starts_at", TIME),
        Field("ends_at", TIME),
        Field("status", CHOICE, choices=("booked", "confirmed", "done", "missed")),
    ),
    "subscription": (
        Field("product", TEXT),
        Field("price", NUMBER),
        Field("starts_on", DATE),
        Field("renews_on", DATE),
        Field("ends_on", DATE),
    ),
}

TITLES: dict[str, Promise] = {
    "car": _("Cars"),
    "order": _("Orders"),
    "contract": _("Contracts"),
    "appointment": _("Appointments"),
    "subscription": _("Subscriptions"),
}

FIELDS: dict[str, Promise] = {
    "make": _("Make"),
    "model": _("Model"),
    "year": _("Year"),
    "bought_on": _("Bought on"),
    "delivered_on": _("Delivered on"),
    "inspection_on": _("Inspection by"),
    "service_on": _("Next service"),
    "warranty_ends_on": _("Warranty ends"),
    "kilometres": _("Kilometres"),
    "status": _("Status"),
    "total": _("Total"),
    "currency": _("Currency"),
    "ordered_at": _("Ordered"),
    "delivery_on": _("Delivery"),
    "product": _("Product"),
    "monthly_fee": _("Monthly fee"),
    "starts_on": _("Begins"),
    "ends_on": _("Ends"),
    "notice_by_on": _("Notice by"),
    "service": _("Service"),
    "place": _("Place"),
    "starts_at": _("Begins at"),
    "ends_at": _("Ends at"),
    "price": _("Price"),
    "renews_on": _("Renews"),
}

CHOICES: dict[str, Promise] = {
    "placed": _("placed"),
    "paid": _("paid"),
    "sent": _("sent"),
    "delivered": _("delivered"),
    "returned": _("returned"),
    "booked": _("booked"),
    "confirmed": _("confirmed"),
    "done": _("done"),
    "missed": _("missed"),
}
