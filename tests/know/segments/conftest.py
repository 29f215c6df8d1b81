"""A company of a few customers, with a lake of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from keskio.events.api import append_events, events_named, last_position
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.know.actions import find_or_create
from keskio.know.segments.catalogue import forget_seen
from keskio.know.segments.everyone import Everyone
from keskio.know.segments.following import SegmentFollower
from keskio.know.segments.queries import memberships_of, stages_of
from keskio.lake import api as lake
from tests.web.conftest import signed_in, user

__all__ = ["signed_in", "user"]

import json


class Company:
    """Customers by name, what they do, and the wing's work until it is done."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.people: dict[str, int] = {}

    def customer(self, name: str, **traits: Any) -> int:
        """Return the customer with a name, made when new; `traits` are told as by an identify call."""
        number = find_or_create([("user_id", name)], traits={"name": name, **traits})
        self.people[name] = number
        return number

    def did(self, name: str, event: str, *, ago: int = 0, **properties: Any) -> None:
        """Let a customer do something, `ago` microseconds before now."""
        body = json.dumps({"properties": properties})
        with transaction.atomic():
            append_events([NewEvent(self.people[name], event, now_micros() - ago, body)])

    def follow(self) -> None:
        """Let the follower take everything that is in the log."""
        job = SegmentFollower()
        while job.turn(now_micros()):
            pass

    def compute(self) -> None:
        """Bring the lake up, and look at everyone where that is due."""
        lake.bring_up_to_date()
        everyone = Everyone()
        while everyone.turn(now_micros()):
            pass

    def members(self, key: str) -> list[str]:
        """Return the names of a segment's members."""
        mine = memberships_of(list(self.people.values()))
        return sorted(name for name, n in self.people.items() if key in mine.get(n, {}))

    def stages(self, model: str) -> dict[str, str]:
        """Return the stage of each customer who has one."""
        found = stages_of(list(self.people.values()))
        return {
            name: found[n][model][0] for name, n in self.people.items() if model in found.get(n, {})
        }

    def told(self, *names: str) -> list[tuple[str, str, dict[str, Any]]]:
        """Return (customer's name, event, properties) of the events with these names."""
        called = {number: name for name, number in self.people.items()}
        events, _reached = events_named(names, after=0, limit=1000)
        return [(called[e.customer], e.name, json.loads(e.body)["properties"]) for e in events]

    @property
    def place(self) -> int:
        """The newest place in the log."""
        return last_position()


@pytest.fixture
def company(db: None, clock: VirtualClock, settings: Any, tmp_path: Path) -> Iterator[Company]:
    """A company without customers yet."""
    settings.DATA_DIR = tmp_path
    forget_seen()
    yield Company(clock)
    forget_seen()
