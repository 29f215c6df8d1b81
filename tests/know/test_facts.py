"""What conditions ask of customers, read for many at once, also of those that have been merged."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from keskio.engine.conditions import Needs, compile_condition, needs_of
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.know.api import facts_of, find_or_create, subjects_of
from keskio.know.ledger import place
from keskio.know.objects.actions import take_objects
from keskio.know.objects.contracts import NewObject
from tests.know.cast import server

pytestmark = pytest.mark.django_db
DAY = 86_400_000_000
NOW = 1_771_000_000_000_000


def ordered(customer: int, *ago: int, name: str = "Ordered") -> None:
    with transaction.atomic():
        append_events(
            [
                NewEvent(customer, name, NOW - back * DAY, '{"properties":{"total":5}}')
                for back in ago
            ]
        )


def test_events_come_in_their_order_and_as_far_back_as_needed() -> None:
    aino, eero = (find_or_create((("user_id", name),)) for name in ("aino", "eero"))
    ordered(aino, 1, 5, 3)
    ordered(aino, 2, name="Viewed")
    ordered(eero, 100)
    needs = needs_of({"event": "Ordered", "in": {"last": "3 days"}})
    found = subjects_of([aino, eero], needs, now=NOW)
    assert [event.at for event in found[aino].events["Ordered"]] == [NOW - 3 * DAY, NOW - DAY]
    assert found[aino].events["Ordered"][0].properties == {"total": 5}
    assert list(found[aino].events) == ["Ordered"]
    assert found[eero].events == {}
    assert found[eero].now == NOW


def test_all_of_history_is_read_where_a_condition_asks_for_it() -> None:
    aino = find_or_create((("user_id", "aino"),))
    ordered(aino, 4000, 1)
    decide = compile_condition({"event": "Ordered", "first": {"before": "10 years"}})
    needs = needs_of({"event": "Ordered", "first": {"before": "10 years"}})
    assert decide(subjects_of([aino], needs, now=NOW)[aino]) is True


def test_whoever_was_merged_has_what_the_other_has() -> None:
    with transaction.atomic():
        (anonymous,) = place([server(anonymous="a-1")]).customers
        (known,) = place([server(user="aino")]).customers
        ordered(anonymous, 2)
        ordered(known, 1)
        take_objects([NewObject("car", "1", {"make": "VW"}, known)])
        place([server(user="aino", anonymous="a-1")])
    needs = needs_of({"all": [{"event": "Ordered", "times": 2}, {"object": "car"}]})
    found = subjects_of([anonymous, known], needs, now=NOW)
    for one in (anonymous, known):
        assert [event.at for event in found[one].events["Ordered"]] == [NOW - 2 * DAY, NOW - DAY]
        assert [owned.properties for owned in found[one].objects["car"]] == [{"make": "VW"}]


def test_each_kind_of_thing_is_one_query_however_many_customers() -> None:
    document = {
        "all": [
            {"event": "Ordered", "times": {"at_least": 1}},
            {"segment": "vip"},
            {"stage": "ladder", "is": "loyal"},
            {"object": "car"},
        ]
    }
    few = [find_or_create((("user_id", f"u{number}"),)) for number in range(2)]
    many = few + [find_or_create((("user_id", f"v{number}"),)) for number in range(20)]
    counts = []
    for customers in (few, many):
        with CaptureQueriesContext(connection) as queries:
            facts_of(customers, needs_of(document), now=NOW)
        counts.append(len(queries))
    assert counts == [9, 9]


def test_traits_alone_are_one_query() -> None:
    aino = find_or_create((("user_id", "aino"),))
    with CaptureQueriesContext(connection) as queries:
        facts_of([aino], Needs(traits=frozenset({"town"})))
    assert len(queries) == 1
