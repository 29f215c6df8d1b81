"""A small shop with a past: customers of three kinds, who buy as their kind does."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import to_micros
from keskio.know.api import customer_by, import_people
from keskio.know.contracts import NewPerson
from keskio.know.profiles.actions import save_rule
from keskio.know.profiles.models import PurchaseRule

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SPAN = 400
CITIES = ("Oulu", "Turku", "Espoo")


def open_shop(count: int = 240) -> list[int]:
    """Bring in `count` customers and their orders; return their ids."""
    dice = random.Random(5)
    people = [
        NewPerson(
            (("crm", f"K{n}"),),
            {"name": f"Aino {n}", "language": "fi", "city": CITIES[n % 3], "age": 20 + n % 50},
        )
        for n in range(count)
    ]
    import_people(people)
    customers = [customer_by("crm", f"K{n}") or 0 for n in range(count)]
    events = []
    for n, customer in enumerate(customers):
        day, gap = dice.uniform(1, SPAN / 2), (15, 60, 400)[n % 3]
        while day < SPAN:
            events.append(order(customer, NOW - (SPAN - day) * DAY, dice.uniform(0.5, 1.5) * 40))
            day += dice.expovariate(1 / gap)
            if dice.random() < (0.01, 0.04, 0.2)[n % 3]:
                break
    tell(events)
    return customers


def order(customer: int, at: datetime, revenue: float) -> NewEvent:
    body = json.dumps({"properties": {"revenue": round(revenue, 2)}})
    return NewEvent(customer, "Order Completed", to_micros(at), body)


def tell(events: list[NewEvent]) -> None:
    with transaction.atomic():
        append_events(sorted(events, key=lambda event: event.at))


def say_rule() -> PurchaseRule:
    return save_rule(
        by="aino",
        event="Order Completed",
        property="revenue",
        currency="€",
        unit="week",
        margin=40.0,
        horizon_days=365,
        discount=10.0,
        is_contractual=False,
    )
