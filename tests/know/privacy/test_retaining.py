"""What is older than its rule goes: from the log, from customers, and from the lake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import find_or_create, set_traits
from keskio.know.privacy import retaining
from keskio.know.privacy.models import Retention
from keskio.know.privacy.retaining import Retainer, apply_slice, count_due
from keskio.lake import api as lake

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def happen(customer: int, name: str, clock: VirtualClock) -> None:
    append_events([NewEvent(customer, name, clock.micros(), '{"properties":{}}')])


def names() -> list[str]:
    sql = "SELECT name FROM events_event WHERE name NOT LIKE %s ORDER BY id"
    return [row[0] for row in fetch(sql, ("customer.%",))]


def test_events_of_a_name_or_of_a_family_go_when_they_are_old(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "SLICE", 2)
    aino = find_or_create([("crm", "1")])
    for name in ("Page Viewed", "health.measured", "health.taken", "healthy", "Order Completed"):
        happen(aino, name, clock)
    clock.advance(400 * DAY)
    happen(aino, "health.taken", clock)
    rule = Retention.objects.create(kind="event", name="health.*", days=365)
    Retention.objects.create(kind="event", name="Page Viewed", days=730)
    assert count_due(rule, clock.micros()) == 2

    while apply_slice(rule, clock.micros()):
        pass

    assert names() == ["Page Viewed", "healthy", "Order Completed", "health.taken"]
    assert (rule.deleted, rule.place, count_due(rule, clock.micros())) == (2, 0, 0)


def test_a_trait_goes_from_the_customer_and_from_its_history(clock: VirtualClock) -> None:
    aino = find_or_create([("crm", "1")])
    set_traits({aino: {"diagnosis": "asthma", "town": "Oulu"}}, at=clock.micros())
    clock.advance(100 * DAY)
    eero = find_or_create([("crm", "2")])
    set_traits({eero: {"diagnosis": "asthma"}}, at=clock.micros())
    rule = Retention.objects.create(kind="trait", name="diagnosis", days=90)
    assert count_due(rule, clock.micros()) == 1

    while apply_slice(rule, clock.micros()):
        pass

    rows = dict(fetch("SELECT id, traits FROM know_customer"))
    assert rows[aino] == '{"town":"Oulu"}'
    assert rows[eero] == '{"diagnosis":"asthma"}'
    bodies = fetch("SELECT body FROM events_event WHERE customer_id = %s", (aino,))
    assert not any("asthma" in body for (body,) in bodies)


def test_a_round_goes_once_a_day_and_the_lake_forgets_too(clock: VirtualClock) -> None:
    aino = find_or_create([("crm", "1")])
    happen(aino, "Page Viewed", clock)
    lake.bring_up_to_date()
    clock.advance(31 * DAY)
    rule = Retention.objects.create(kind="event", name="Page Viewed", days=30)
    retainer = Retainer(owner="test")

    assert retainer.turn(clock.micros())
    while retainer.turn(clock.micros()):  # a slice of places in the log a turn
        pass
    assert names() == []
    with lake.engine() as engine:
        found = engine.query("SELECT count(*) AS n FROM events WHERE name = 'Page Viewed'")
    assert found.to_pylist() == [{"n": 0}]

    clock.advance(timedelta(hours=21))
    assert retainer.turn(clock.micros())
    rule.refresh_from_db()
    assert rule.note == ""
