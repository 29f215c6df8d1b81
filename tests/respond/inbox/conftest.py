"""A company at nine on Monday 2 March 2026 in Helsinki, with a queue of two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from keskio.events.api import events_after
from keskio.kernel.clock import VirtualClock
from keskio.know.api import find_or_create, import_people
from keskio.know.contracts import NewPerson
from keskio.respond.assigning import seat
from keskio.respond.inbox.models import Queue


@pytest.fixture
def aino(clock: VirtualClock) -> int:
    """The regular: a customer with an address and a number."""
    told = {"first_name": "Aino", "email": "aino@example.com", "phone": "+358401230001"}
    import_people([NewPerson((("user_id", "aino"),), told)])
    return find_or_create((("user_id", "aino"),))


@pytest.fixture
def queue() -> Queue:
    """The queue of everything, with two seats and a lead."""
    seat("service", "eero")
    seat("service", "siiri")
    return Queue.objects.create(
        key="service", title={"fi": "Palvelu"}, next_queue="leads", lead="ville"
    )


@pytest.fixture
def told() -> Callable[..., list[dict[str, Any]]]:
    """Return the events of the log called by a name (all of the inbox's without), as properties."""

    def found(name: str = "case.") -> list[dict[str, Any]]:
        return [
            {"name": event.name, **msgspec.json.decode(event.body)["properties"]}
            for event in events_after(0, 10_000)
            if event.name.startswith(name)
        ]

    return found


def helsinki(day: int, clock: str) -> datetime:
    """Return a time of March 2026 (before the clocks change) by the clock of Helsinki."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour - 2, minute, tzinfo=UTC)
