"""The data plan: schemas per event with modes, what is not planned, counts, putting back after mending."""

from __future__ import annotations

import timeit
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.kernel.clock import VirtualClock
from keskio.kernel.errors import Mistake
from keskio.kernel.yamls import read_yaml
from keskio.tracking.actions import replay
from keskio.tracking.api import make_intake
from keskio.tracking.models import EventDay, Planned, PlanVersion, Quarantined
from keskio.tracking.plan import Plan
from keskio.tracking.planning import (
    bring_in,
    plan_as_yaml,
    plan_event,
    set_unplanned,
    unplan_event,
)
from keskio.tracking.schemas import WrongSchema, check_schema, compiled, schema_of
from tests.tracking.takings import absorb, log, resolve, set_aside, spool, take_all, track

pytestmark = pytest.mark.django_db

ORDER = {
    "type": "object",
    "required": ["total"],
    "properties": {"total": {"type": "number", "minimum": 0}, "currency": {"type": "string"}},
}


def order(message: str, **properties: Any) -> dict[str, Any]:
    return track(message, event="Order Completed", properties=properties)


def take(*calls: dict[str, Any]) -> None:
    if calls:
        spool({"batch": list(calls)})
    take_all(make_intake({}, resolve, absorb))


def counts() -> list[tuple[str, int, int, int]]:
    rows = EventDay.objects.order_by("name")
    return [(row.name, row.taken, row.faulty, row.kept_out) for row in rows]


@pytest.mark.parametrize(
    ("mode", "taken", "aside", "counted"),
    [
        ("observe", ["1", "2"], [], ("Order Completed", 2, 1, 0)),
        ("warn", ["1", "2"], [("against_plan", "2")], ("Order Completed", 2, 1, 0)),
        ("quarantine", ["1"], [("against_plan", "2")], ("Order Completed", 1, 0, 1)),
    ],
)
def test_what_breaks_the_plan_goes_by_its_mode(
    mode: str, taken: list[str], aside: list[Any], counted: Any, clock: VirtualClock
) -> None:
    plan_event("Order Completed", ORDER, mode=mode)

    take(order("1", total=10), order("2", total="10"))

    assert [message for _, _, message in log()] == taken
    assert set_aside() == aside
    assert counts() == [counted]


def test_sentence_says_what_where_and_how_to_mend(clock: VirtualClock) -> None:
    plan_event("Order Completed", ORDER, mode="quarantine")

    take(order("2", total="10", currency=7))

    assert Quarantined.objects.get().sentence == (
        "Order Completed breaks version 1 of its plan: "
        'properties.total: "10" is not of type "number"; '
        'properties.currency: 7 is not of type "string".'
        " Mend what sends it, or the plan, and put it back."
    )


def test_mended_plan_takes_back_what_waited_once(clock: VirtualClock) -> None:
    plan_event("Order Completed", ORDER, mode="quarantine")
    take(order("1", total="10"))
    take(order("1", total="10"))  # the client tries again
    plan_event("Order Completed", {"type": "object"}, mode="quarantine")
    waiting = list(Quarantined.objects.values_list("pk", flat=True))
    assert len(waiting) == 1

    assert replay(waiting, by="ann") == 1
    assert replay(waiting, by="ann") == 0
    take()
    take(order("1", total="10"))  # and again, after all

    assert [message for _, _, message in log()] == ["1"]
    assert counts() == [("Order Completed", 1, 0, 1)]


def test_put_back_against_the_same_plan_is_set_aside_again(clock: VirtualClock) -> None:
    plan_event("Order Completed", ORDER, mode="quarantine")
    take(order("1"))
    replay(list(Quarantined.objects.values_list("pk", flat=True)), by="ann")
    take()

    assert set_aside() == [("against_plan", "1"), ("against_plan", "1")]
    assert log() == []


@pytest.mark.parametrize(
    ("rule", "taken", "aside"),
    [
        ("allow", ["1", "2", "3"], []),
        ("warn", ["1", "2", "3"], [("unplanned", "2")]),
        ("quarantine", ["1", "3"], [("unplanned", "2")]),
    ],
)
def test_what_is_not_planned_goes_by_the_rule(
    rule: str, taken: list[str], aside: list[Any], clock: VirtualClock
) -> None:
    plan_event("Order Completed", {}, mode="warn")
    set_unplanned(rule)
    identify = {"type": "identify", "userId": "u1", "messageId": "3", "traits": {"town": "Oulu"}}

    take(order("1"), track("2", event="Odd"), identify)

    assert sorted(message for _, _, message in log()) == taken
    assert set_aside() == aside


def test_plan_of_identify_is_of_the_traits(clock: VirtualClock) -> None:
    schema = {"properties": {"age": {"type": "integer"}}}
    plan_event("customer.identified", schema, mode="quarantine")

    take({"type": "identify", "userId": "u1", "messageId": "1", "traits": {"age": "old"}})

    assert 'traits.age: "old" is not of type "integer"' in Quarantined.objects.get().sentence


def test_change_is_used_from_the_next_batch_on(clock: VirtualClock) -> None:
    intake = make_intake({}, resolve, absorb)
    spool(order("1", total="x"))
    take_all(intake)
    plan_event("Order Completed", ORDER, mode="quarantine")
    spool(order("2", total="x"))
    take_all(intake)
    unplan_event("Order Completed")
    spool(order("3", total="x"))
    take_all(intake)

    assert [message for _, _, message in log()] == ["1", "3"]


def test_versions_grow_with_changes_only(clock: VirtualClock) -> None:
    for mode in ("warn", "warn", "quarantine"):
        plan_event("A", ORDER, mode=mode, description=mode)
    unplan_event("A")
    plan_event("A", ORDER, mode="warn")

    assert Planned.objects.get().version == 3
    versions = PlanVersion.objects.order_by("version").values_list("version", "mode")
    assert list(versions) == [(1, "warn"), (2, "quarantine"), (3, "warn")]


def test_plan_goes_out_and_in_as_yaml(clock: VirtualClock) -> None:
    plan_event("Order Completed", ORDER, mode="warn", description="An order, paid.")
    plan_event("Cart Viewed", {}, mode="observe")
    set_unplanned("warn")
    told = plan_as_yaml()
    unplan_event("Order Completed")
    set_unplanned("allow")

    assert bring_in(read_yaml(told)) == 2
    assert plan_as_yaml() == told


def test_wrong_plan_brings_nothing_in(clock: VirtualClock) -> None:
    events = {"A": {"schema": {}}, "B": {"schema": {"type": "array"}}}
    with pytest.raises(Mistake, match="'B': The properties of an event are an object"):
        bring_in({"events": events})

    assert not Planned.objects.exists()


@pytest.mark.parametrize(
    "schema",
    [
        [],
        {"type": "string"},
        {"properties": {"a": {"type": "colour"}}},
        {"properties": {"a": {"$ref": "https://example.com/a"}}},
        {"properties": {"a": {"pattern": "("}}},
    ],
)
def test_what_is_no_schema_is_refused(schema: Any) -> None:
    with pytest.raises(WrongSchema):
        check_schema(schema)


@pytest.mark.parametrize("name", ["", "x" * 201, "message.sent"])
def test_name_that_nobody_sends_is_not_planned(name: str) -> None:
    with pytest.raises(Mistake):
        plan_event(name, {}, mode="warn")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), values), min_size=1, max_size=8))
def test_schema_of_what_was_seen_takes_what_was_seen(samples: list[dict[str, Any]]) -> None:
    schema = schema_of(samples)
    check_schema(schema)

    validator = compiled(msgspec.json.encode(schema).decode())
    assert [sample for sample in samples if not validator.is_valid(sample)] == []


def test_schema_of_many_requires_what_all_have() -> None:
    samples = [{"total": n, "code": "x"} if n else {"total": 1.5} for n in range(6)]

    assert schema_of(samples) == {
        "type": "object",
        "properties": {"code": {"type": "string"}, "total": {"type": "number"}},
        "required": ["total"],
    }


def test_judging_costs_microseconds(clock: VirtualClock) -> None:
    plan_event("Order Completed", ORDER, mode="quarantine")
    plan = Plan()
    plan.refresh()
    told = {"total": 12.5, "currency": "EUR", "order_id": "17", "items": [{"sku": "a"}] * 3}

    seconds = min(timeit.repeat(lambda: plan.judge("Order Completed", told), number=2000, repeat=5))

    assert seconds / 2000 < 20e-6
