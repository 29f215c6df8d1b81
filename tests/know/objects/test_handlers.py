"""Servers tell of objects by events; browsers are not believed."""

from __future__ import annotations

import json

import pytest

from keskio.config import wiring
from keskio.engine.conditions import Owned
from keskio.events import api as events
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.know.objects.models import Object
from keskio.know.objects.queries import objects_of
from keskio.know.queries import customer_by
from tests.tracking.takings import spool, take_all

pytestmark = pytest.mark.django_db


def send(name: str, *, trusted: bool = True, **properties: object) -> None:
    told = {"type": "track", "event": name, "userId": "u1", "properties": properties}
    spool(told, trusted=trusted)
    take_all(wiring.make_intake())


def test_object_updated_becomes_an_object_of_its_customer(clock: VirtualClock) -> None:
    send("Object Updated", kind="Order", key=17, total="99,90", status="paid")

    aino = customer_by("user_id", "u1") or 0
    fields = {"total": 99.9, "status": "paid"}
    assert objects_of([aino]) == {aino: {"order": [Owned("order", "17", fields)]}}
    assert [e.name for e in events.events_after(0, 10)] == ["Object Updated", "object.changed"]


def test_object_ended_ends_it(clock: VirtualClock) -> None:
    send("Object Updated", kind="order", key="17")
    clock.turn_to(now_micros() + 1_000_000)
    send("Object Ended", kind="order", key="17")

    assert Object.objects.get().ended_at is not None
    assert [e.name for e in events.events_after(0, 10)][2:] == ["Object Ended", "object.ended"]


def test_browsers_are_not_believed(clock: VirtualClock) -> None:
    send("Object Updated", trusted=False, kind="order", key="17")

    assert not Object.objects.exists()
    assert [e.name for e in events.events_after(0, 10)] == ["Object Updated"]


def test_what_cannot_be_used_is_told_on_the_timeline(clock: VirtualClock) -> None:
    send("Object Updated", kind="order", key="17", total="much")

    told = {e.name: json.loads(e.body)["properties"] for e in events.events_after(0, 10)}
    assert told["object.refused"] == {
        "kind": "order",
        "key": "17",
        "refused": ["total must be a number, such as 12.5, not 'much'."],
    }
    assert Object.objects.get().properties == "{}"
