"""The log's pulse: counts of the day and by hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from keskio.events.api import append_events, place_at
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock
from keskio.web import pulse


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with nothing remembered: each test has a log of its own, whose places begin again."""
    pulse._kept_place_at.cache_clear()
    pulse._kept_names.cache_clear()
    monkeypatch.setattr(pulse, "_day", pulse._Day())


def append(clock: VirtualClock, count: int) -> None:
    with transaction.atomic():
        append_events([NewEvent(1, "Order Completed", clock.micros()) for _ in range(count)])


def test_events_are_counted_in_the_hour_they_came_in(clock: VirtualClock, db: None) -> None:
    for count in (3, 0, 5):
        append(clock, count)
        clock.advance(timedelta(hours=1))
    append(clock, 1)
    assert pulse.events_by_hour(hours=5) == [0, 3, 0, 5, 1]


def test_a_new_day_begins_at_midnight_here(clock: VirtualClock, db: None) -> None:
    append(clock, 4)  # nine in the morning in Helsinki
    clock.advance(timedelta(hours=14, minutes=59))
    append(clock, 2)
    assert pulse.events_today() == 6
    clock.advance(timedelta(minutes=1))
    append(clock, 1)
    assert pulse.events_today() == 1


def test_an_empty_log_has_no_pulse(clock: VirtualClock, db: None) -> None:
    assert (pulse.events_today(), pulse.events_by_hour(hours=3)) == (0, [0, 0, 0])


def test_place_at_is_the_last_event_before(clock: VirtualClock, db: None) -> None:
    append(clock, 2)
    clock.advance(timedelta(seconds=1))
    append(clock, 1)
    after = place_at(clock.micros() + 1)
    assert (place_at(clock.micros() - 1_000_000), after - place_at(clock.micros())) == (0, 1)


def test_names_are_counted_by_hour(clock: VirtualClock, db: None) -> None:
    append(clock, 2)
    clock.advance(timedelta(hours=1))
    append(clock, 3)
    assert pulse.names_by_hour(hours=3) == [{}, {"Order Completed": 2}, {"Order Completed": 3}]
    assert pulse.names_by_hour(hours=3) == [{}, {"Order Completed": 2}, {"Order Completed": 3}]


def test_counts_of_today_go_on_from_where_they_were(clock: VirtualClock, db: None) -> None:
    append(clock, 2)
    assert pulse.counts_today() == {"Order Completed": 2}
    append(clock, 1)
    assert pulse.counts_today() == {"Order Completed": 3}
