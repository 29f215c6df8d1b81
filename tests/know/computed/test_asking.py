"""Traits that SQL on the lake answers: asked when due, written where they changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from keskio.events import api as events
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.know.computed.actions import add_definition, end_definition
from keskio.know.computed.asking import ask_what_is_due
from keskio.know.computed.models import Definition
from keskio.lake import api as lake
from tests.know.computed.people import follow, happen, people, traits

pytestmark = pytest.mark.django_db(transaction=True)

SPENT = {
    "key": "spent",
    "title": "Spent",
    "sql": "SELECT record AS customer, sum(total) AS value FROM events"
    " WHERE name = 'Order Completed' GROUP BY record",
    "every": "1 day",
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: object, clock: VirtualClock) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]


def computed() -> int:
    return sum(event.name == "customer.computed" for event in events.events_after(0, 1000))


def test_answers_are_written_where_they_changed(clock: VirtualClock) -> None:
    aino, eero = people(2)
    happen(aino, "Order Completed", total=10.5)
    happen(eero, "Order Completed", total=2)
    add_definition(SPENT)
    lake.bring_up_to_date()
    assert ask_what_is_due(now_micros()) == 1
    assert traits(aino, eero) == [{"spent": 10.5}, {"spent": 2}]

    assert ask_what_is_due(now_micros()) == 0
    happen(aino, "Order Completed", total=1)
    lake.bring_up_to_date()
    clock.advance(timedelta(days=1))
    assert ask_what_is_due(now_micros()) == 1

    assert traits(aino, eero) == [{"spent": 11.5}, {"spent": 2}]
    assert computed() == 3


def test_error_is_shown_and_it_is_asked_again_later(clock: VirtualClock) -> None:
    (aino,) = people(1)
    happen(aino, "Order Completed", total=1)
    happen(aino, "Order Completed", total=2)
    made = add_definition({**SPENT, "sql": "SELECT record AS customer, total AS value FROM events"})
    lake.bring_up_to_date()

    ask_what_is_due(now_micros())

    row = Definition.objects.get(pk=made.pk)
    assert row.error == f"The customer {aino} stands twice: GROUP BY customer."
    assert traits(aino) == [{}]
    assert ask_what_is_due(now_micros()) == 0


def test_ended_question_takes_its_answers_away(clock: VirtualClock) -> None:
    (aino,) = people(1)
    happen(aino, "Order Completed", total=1)
    made = add_definition(SPENT)
    lake.bring_up_to_date()
    ask_what_is_due(now_micros())
    end_definition(made.pk)
    follow()

    assert traits(aino) == [{}]
    assert not Definition.objects.exists()
