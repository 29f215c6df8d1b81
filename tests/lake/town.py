"""A small town whose people do things: events for lakes, always the same, and what they add up to."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from keskio.events.contracts import LoggedEvent

NAMES = ("Product Viewed", "Product Added", "Order Completed", "Page Viewed", "message.opened")
START = 1_767_225_600_000_000  # 2026-01-01
DAY = 86_400_000_000
MINUTE = 60_000_000


def events(count: int, *, people: int = 7, days: int = 20, seed: int = 1) -> list[LoggedEvent]:
    """Return events with ids from 1; most come in the order of time, some late."""
    dice = random.Random(seed)
    told = []
    for place in range(1, count + 1):
        at = START + place * days * DAY // count
        if dice.random() < 0.1:
            at -= dice.randrange(3 * DAY)
        record = dice.randint(1, people)
        name = dice.choice(NAMES)
        told.append(
            LoggedEvent(
                id=place,
                customer=record,
                name=name,
                at=at // MINUTE * MINUTE,  # events of one moment happen
                body=json.dumps({"properties": _properties(name, dice)}),
                received_at=START + place * days * DAY // count,
                source=1,
                message_id=f"m{place}",
                record=record,
            )
        )
    return told


def _properties(name: str, dice: random.Random) -> dict[str, Any]:
    if name == "Order Completed":
        return {
            "total": dice.choice((10, 25.5, 100)),
            "order_id": f"O{dice.randrange(1000)}",
            "coupon": dice.choice(("SYKSY", None)),
            "gift": dice.random() < 0.5,
        }
    if name == "Page Viewed":
        return {"path": dice.choice(("/", "/huolto", "/yhteys")), "tags": ["a", 5]}
    if name.startswith("Product"):
        return {"product_id": str(dice.randrange(5)), "price": dice.choice((5, 7.5, "7"))}
    return {}


class Log:
    """A log that a lake can follow."""

    def __init__(self, events: Sequence[LoggedEvent] = ()) -> None:
        self.events = list(events)
        self.batch = 10_000

    def after(self, position: int, limit: int) -> list[LoggedEvent]:
        """Return events behind a place."""
        behind = [event for event in self.events if event.id > position]
        return behind[: min(limit, self.batch)]

    def last(self) -> int:
        """Return the newest place."""
        return self.events[-1].id if self.events else 0


def tallied(events: Sequence[LoggedEvent]) -> dict[tuple[int, str], tuple[int, int, int, float]]:
    """Return first, last, times and total by record and name, the slow way."""
    groups: dict[tuple[int, str], list[LoggedEvent]] = defaultdict(list)
    for event in events:
        groups[(event.record, event.name)].append(event)
    return {
        key: (
            min(e.at for e in group),
            max(e.at for e in group),
            len(group),
            sum(json.loads(e.body)["properties"].get("total", 0) for e in group),
        )
        for key, group in groups.items()
    }


def paired(
    events: Sequence[LoggedEvent], customer_of: dict[int, int]
) -> dict[tuple[str, str], int]:
    """Return how often a name directly follows another with one customer, the slow way."""
    lines: dict[int, list[LoggedEvent]] = defaultdict(list)
    for event in events:
        lines[customer_of.get(event.record, event.record)].append(event)
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines.values():
        line.sort(key=lambda event: (event.at, event.id))
        for one, other in pairwise(line):
            counted[(one.name, other.name)] += 1
    return dict(counted)
