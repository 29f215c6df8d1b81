"""What the demo company's customers have, and what is computed of them; and its data plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from keskio.events.contracts import NewEvent

DEAREST_THAT_IS_NO_BICYCLE = 200
COMPUTED = (
    {
        "key": "orders_year",
        "title": "Tilauksia vuodessa",
        "of": {"event": "Order Completed"},
        "compute": "count",
        "in": {"last": "365 days"},
    },
    {
        "key": "favourite_product",
        "title": "Mieluisin tuote",
        "of": {"event": "Order Completed"},
        "compute": "most_frequent",
        "property": "product",
    },
)
ORDER = {
    "type": "object",
    "required": ["product", "revenue"],
    "properties": {
        "product": {"type": "string"},
        "revenue": {"type": "number", "minimum": 0},
        "currency": {"enum": ["EUR"]},
    },
}


def seed_objects(orders: Sequence[NewEvent], source: int) -> None:
    """Give those who have bought a bicycle theirs, define computed traits, and plan the event of orders."""
    from keskio.kernel.clock import from_micros
    from keskio.know.api import add_computed_trait, save_kind, take_objects
    from keskio.know.objects.contracts import Field, NewObject
    from keskio.tracking.api import plan_event

    fields = [
        Field("model", title="Malli"),
        Field("bought_on", "date", "Ostettu"),
        Field("service_on", "date", "Seuraava huolto"),
    ]
    save_kind("bicycle", title="Polkupyörät", fields=fields)
    rows = []
    for number, order in enumerate(orders):
        told = msgspec.json.decode(order.body)["properties"]
        if told["revenue"] < DEAREST_THAT_IS_NO_BICYCLE or not order.customer:
            continue
        bought = from_micros(order.at)
        known = {
            "model": told["product"],
            "bought_on": bought.date(),
            "service_on": (bought + timedelta(days=365)).date(),
        }
        rows.append(NewObject("bicycle", f"KJ-{4000 + number}", known, order.customer, at=order.at))
    take_objects(rows, source=source)
    for document in COMPUTED:
        add_computed_trait(document, by="demo")
    plan_event("Order Completed", ORDER, mode="observe", description="Tilaus on maksettu.")
