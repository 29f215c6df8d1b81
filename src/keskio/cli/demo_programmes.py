"""The demo company's programmes that last: cars with their care, baskets left behind, a letterhead.

The company keeps cars too, for those who take their bicycles far. Their deliveries lie so that letters are
due now: they gather in a print run on the page Letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keskio.events.contracts import NewEvent

LETTERHEAD = {
    "company": "Pyöräliike Ketju Oy",
    "address": "Satulakuja 3\n00530 HELSINKI",
    "foot": "ketju.example · 09 555 0100",
}
PROGRAMMES = ("car-care", "abandoned-cart", "asked-for-reminder", "booked-time")
SHOP = {"shop": "Pyöräliike Ketju", "dealer": "Pyöräliike Ketju"}
# (place in the list of customers, model, days since the delivery)
CARS = (
    *((40, "307", 306), (41, "C4", 308), (42, "Berlingo", 310), (43, "307", 312)),
    *((44, "C4", 672), (45, "307", 674), (46, "Berlingo", 8), (47, "307", 32)),
)
STREETS = ("Koivukatu 5 A 12", "Satamatie 12", "Pihlajakatu 3", "Rantakatu 18")
BASKETS = ((50, "Kypärä Kupu", 65), (51, "Valosarja Kajo", 39), (52, "Nastarenkaat, pari", 78))


def seed_programmes(customers: Sequence[int], *, today: datetime) -> None:
    """Publish the programmes, and tell of the cars and the baskets of some of `customers`."""
    from keskio.channels.api import add_account
    from keskio.events.api import append_events
    from keskio.kernel.clock import to_micros
    from keskio.know.api import set_traits, take_objects
    from keskio.know.objects.contracts import NewObject
    from keskio.talk.api import publish_playbook

    add_account(provider="print", name="Paino", settings=LETTERHEAD)
    for key in PROGRAMMES:
        publish_playbook(key, variables=SHOP, by="admin")
    at = to_micros(today)
    homes, cars, events = {}, [], []
    for number, (place, model, days) in enumerate(CARS):
        street, key = STREETS[number % len(STREETS)], f"KJA-{300 + number}"
        homes[customers[place]] = {"street": street, "postal_code": f"{number}3100"}
        known = {
            "make": "Peugeot",
            "model": model,
            "delivered_on": (today - timedelta(days)).date(),
        }
        cars.append(NewObject("car", key, known, customers[place], at=at))
        events.append(_event(customers[place], "Car Ordered", at, car_id=key))
    for place, name, price in BASKETS:
        told = {"items": [{"name": name, "price": price}], "total": price}
        url = f"https://ketju.example/kori/{place}"
        events.append(_event(customers[place], "Cart Updated", at, cart_url=url, **told))
    set_traits(homes, at=at)
    take_objects(cars, source=0)
    append_events(events)


def _event(customer: int, name: str, at: int, **properties: Any) -> NewEvent:
    import msgspec

    from keskio.events.contracts import NewEvent

    body = msgspec.json.encode({"properties": properties}).decode()
    return NewEvent(customer, name, at, body)
