"""Computed traits follow the log: built from history, kept up, sliding by themselves, right after merges."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from keskio.events import api as events
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.know.computed import following
from keskio.know.computed.actions import (
    KeyInUse,
    add_definition,
    change_definition,
    end_definition,
    recompute,
)
from keskio.know.computed.following import ComputedFollower
from keskio.know.computed.keeping import gather
from keskio.know.computed.models import Definition, Entry, Tally, Value
from keskio.know.computed.queries import live_definitions
from tests.know.computed.people import DAY, follow, happen, merge, people, separate, traits

pytestmark = pytest.mark.django_db

ORDERS = {
    "key": "orders",
    "title": "Orders",
    "of": {"event": "Order Completed"},
    "compute": "count",
}
SPENT = {
    "key": "spent_30",
    "title": "Spent in 30 days",
    "of": {"event": "Order Completed", "where": {"property": "paid", "is": True}},
    "compute": "sum",
    "property": "total",
    "in": {"last": "30 days"},
}


def computed() -> list[tuple[int, dict[str, Any]]]:
    """Every `customer.computed` in the log: (customer, traits)."""
    return [
        (event.customer, json.loads(event.body)["traits"])
        for event in events.events_after(0, 10_000)
        if event.name == "customer.computed"
    ]


def test_new_trait_is_built_from_history_and_then_kept(clock: VirtualClock) -> None:
    aino, eero, ville = people(3)
    for customer in (aino, aino, eero):
        happen(customer, "Order Completed")
    made = add_definition(ORDERS)
    follow()
    assert Definition.objects.get(pk=made.pk).state == "ready"
    assert traits(aino, eero, ville) == [{"orders": 2}, {"orders": 1}, {}]

    happen(ville, "Order Completed")
    happen(aino, "Page Viewed")
    follow()

    assert traits(aino, eero, ville) == [{"orders": 2}, {"orders": 1}, {"orders": 1}]
    assert computed() == [
        (aino, {"orders": 2}),
        (eero, {"orders": 1}),
        (ville, {"orders": 1}),
    ]


def test_history_in_many_stretches_counts_everything_once(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "STRIDE", 3)
    monkeypatch.setattr(following, "BATCH", 2)
    (aino,) = people(1)
    for _ in range(20):
        happen(aino, "Order Completed")
    add_definition(ORDERS)
    for _ in range(3):  # a process that ends, and another that goes on
        ComputedFollower().turn(now_micros())
    assert traits(aino) == [{}]
    happen(aino, "Order Completed")
    follow()

    assert traits(aino) == [{"orders": 21}]


def test_events_while_it_is_built_are_counted_once(clock: VirtualClock) -> None:
    aino, eero = people(2)
    add_definition({**ORDERS, "key": "earlier", "of": {"event": "Page Viewed"}})
    follow()
    happen(aino, "Order Completed")
    add_definition(ORDERS)
    happen(eero, "Order Completed")
    follow()
    happen(eero, "Order Completed")
    follow()

    assert traits(aino, eero) == [{"orders": 1}, {"orders": 2}]


def test_window_slides_without_any_event(clock: VirtualClock) -> None:
    (aino,) = people(1)
    add_definition(SPENT)
    happen(aino, "Order Completed", paid=True, total=10)
    happen(aino, "Order Completed", paid=False, total=1000)
    follow()
    clock.advance(timedelta(days=10))
    happen(aino, "Order Completed", paid=True, total=5.5)
    follow()
    assert traits(aino) == [{"spent_30": 15.5}]

    clock.advance(timedelta(days=20) - timedelta(microseconds=1))
    follow()
    assert traits(aino) == [{"spent_30": 15.5}]
    clock.advance(timedelta(microseconds=1))
    follow()
    assert traits(aino) == [{"spent_30": 5.5}]
    clock.advance(timedelta(days=10))
    follow()

    assert traits(aino) == [{}]
    assert [told for _, told in computed()] == [
        {"spent_30": 10},
        {"spent_30": 15.5},
        {"spent_30": 5.5},
        {"spent_30": None},
    ]
    assert (Value.objects.count(), Entry.objects.count()) == (0, 0)


def test_event_of_the_future_counts_from_its_moment(clock: VirtualClock) -> None:
    (aino,) = people(1)
    add_definition(SPENT)
    happen(aino, "Order Completed", at=now_micros() + DAY, paid=True, total=7)
    follow()
    assert traits(aino) == [{}]

    clock.advance(timedelta(days=1))
    follow()

    assert traits(aino) == [{"spent_30": 7}]


def test_late_event_outside_the_window_changes_nothing(clock: VirtualClock) -> None:
    (aino,) = people(1)
    add_definition(SPENT)
    happen(aino, "Order Completed", at=now_micros() - 31 * DAY, paid=True, total=7)
    happen(aino, "Order Completed", at=now_micros() - 29 * DAY, paid=True, total=8)
    follow()

    assert traits(aino) == [{"spent_30": 8}]


def test_merged_customers_have_one_value_and_get_their_own_back(clock: VirtualClock) -> None:
    aino, eero = people(2)
    add_definition(ORDERS)
    add_definition(SPENT)
    happen(aino, "Order Completed", paid=True, total=1)
    happen(eero, "Order Completed", paid=True, total=2)
    follow()

    merge(eero, aino)
    follow()
    assert traits(aino) == [{"orders": 2, "spent_30": 3}]
    happen(aino, "Order Completed", record=eero, paid=True, total=4)
    follow()
    assert traits(aino) == [{"orders": 3, "spent_30": 7}]
    separate(eero, aino)
    follow()

    assert traits(aino, eero) == [{"orders": 1, "spent_30": 1}, {"orders": 2, "spent_30": 6}]


def test_same_batch_again_counts_nothing_twice(clock: VirtualClock) -> None:
    (aino,) = people(1)
    add_definition(ORDERS)
    add_definition(SPENT)
    happen(aino, "Order Completed", paid=True, total=1)
    follow()
    told = events.events_after(0, 100)

    gather(live_definitions(), told)
    gather(live_definitions(), told)
    for number in Definition.objects.values_list("pk", flat=True):
        recompute(number)
    follow()

    assert traits(aino) == [{"orders": 1, "spent_30": 1}]


def test_edited_trait_is_built_anew_and_old_values_go(clock: VirtualClock) -> None:
    aino, eero = people(2)
    happen(aino, "Order Completed", total=5)
    happen(eero, "Order Completed", total=500)
    made = add_definition(ORDERS)
    follow()

    of = {"event": "Order Completed", "where": {"property": "total", "at_least": 100}}
    change_definition(made.pk, {**ORDERS, "of": of})
    follow()

    assert traits(aino, eero) == [{}, {"orders": 1}]
    assert [tally.record_id for tally in Tally.objects.all()] == [eero]


def test_new_title_alone_builds_nothing_anew(clock: VirtualClock) -> None:
    made = add_definition(ORDERS)
    follow()
    change_definition(made.pk, {**ORDERS, "title": "All orders"})

    row = Definition.objects.get()
    assert (row.title, row.state, row.edition) == ("All orders", "ready", 1)


def test_ended_trait_leaves_nothing(clock: VirtualClock) -> None:
    (aino,) = people(1)
    happen(aino, "Order Completed")
    made = add_definition(ORDERS)
    follow()
    end_definition(made.pk)
    follow()

    assert traits(aino) == [{}]
    assert computed()[-1] == (aino, {"orders": None})
    counts = [table.objects.count() for table in (Definition, Tally, Entry, Value)]
    assert counts == [0, 0, 0, 0]


def test_one_key_is_one_trait(clock: VirtualClock) -> None:
    add_definition(ORDERS)
    with pytest.raises(KeyInUse):
        add_definition(ORDERS)


def test_first_trait_of_a_long_log_does_not_follow_from_its_beginning(clock: VirtualClock) -> None:
    (aino,) = people(1)
    for _ in range(5):
        happen(aino, "Order Completed")
    add_definition(ORDERS)

    assert events.cursor_of("computed") == events.last_position()
