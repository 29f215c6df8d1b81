"""Ready mappings to start from, each with a body that it reads: a web shop's order, a calendar's booking."""

from __future__ import annotations

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Example(msgspec.Struct, frozen=True):
    """A mapping with a body; `events` are the names that come of it."""

    title: str | Promise
    mapping: str
    body: str
    events: tuple[str, ...]


SHOP = """\
# A web shop tells of an order whenever its state changes.
events:
  - when: {property: /status, in: [paid, completed]}
    event: Order Completed
    message_id: {join: [order-, /number, -paid]}
    time: /paid_at
    identifiers:
      email: /buyer/email
      phone: /buyer/phone
      user_id: /buyer/account
    properties:
      order_id: /number
      total: {number: /sums/total}
      currency: /sums/currency
      products: /lines/*/sku
    traits:
      firstName: /buyer/first_name
      lastName: /buyer/last_name
  # The order is also an object of the customer, whose dates may move.
  - event: Object Updated
    message_id: {join: [order-, /number, "-", /status, -object]}
    time: /changed_at
    identifiers: {email: /buyer/email}
    properties:
      kind: order
      key: /number
      status: {of: /status, to: {paid: paid, completed: paid, shipped: sent}, otherwise: placed}
      total: {number: /sums/total}
      delivery_on: /delivery/day
"""
SHOP_BODY = """\
{
  "number": "10042",
  "status": "paid",
  "paid_at": "2026-11-20T09:30:00+02:00",
  "changed_at": "2026-11-20T09:30:01+02:00",
  "buyer": {"email": "aino@example.com", "phone": "+358401234567", "account": "A-77",
            "first_name": "Aino", "last_name": "Laine"},
  "sums": {"total": "129,90", "currency": "EUR"},
  "lines": [{"sku": "LAMP-1", "count": 1}, {"sku": "BULB-3", "count": 2}],
  "delivery": {"day": "2026-11-25"}
}
"""
CALENDAR = """\
# A calendar sends all bookings that have changed, in one body.
events:
  - each: /bookings
    when: {not: {property: /state, is: cancelled}}
    event: Object Updated
    message_id: {join: [booking-, /id, "-", /revision]}
    time: /changed
    identifiers: {phone: /customer/mobile, email: /customer/email}
    properties:
      kind: appointment
      key: /id
      service: /service/name
      place: "#/office/name"
      starts_at: /start
      ends_at: /end
      status: {of: /state, to: {new: booked, confirmed: confirmed, done: done}, otherwise: booked}
  - each: /bookings
    when: {property: /state, is: cancelled}
    event: Object Ended
    message_id: {join: [booking-, /id, -cancelled]}
    time: /changed
    identifiers: {phone: /customer/mobile, email: /customer/email}
    properties: {kind: appointment, key: /id}
"""
CALENDAR_BODY = """\
{
  "office": {"name": "Oulu"},
  "bookings": [
    {"id": "b-1", "revision": 2, "state": "confirmed", "changed": "2026-11-20T08:00:00Z",
     "start": "2026-11-27T07:00:00Z", "end": "2026-11-27T08:00:00Z",
     "service": {"name": "Winter tyres"}, "customer": {"mobile": "+358401234567"}},
    {"id": "b-2", "revision": 5, "state": "cancelled", "changed": "2026-11-20T08:05:00Z",
     "start": "2026-11-28T07:00:00Z", "end": "2026-11-28T08:00:00Z",
     "service": {"name": "Inspection"}, "customer": {"email": "eero@example.com"}}
  ]
}
"""

EXAMPLES: dict[str, Example] = {
    "shop": Example(
        _("An order of a web shop"), SHOP, SHOP_BODY, ("Order Completed", "Object Updated")
    ),
    "calendar": Example(
        _("Bookings of a calendar"), CALENDAR, CALENDAR_BODY, ("Object Updated", "Object Ended")
    ),
}
