"""Programmes over years: timelines anchored to dates that move, rhythms, and what is about an object."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keskio.engine.conditions import Owned
from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.signals import Answered, Happened
from tests.engine.making import AINO, DAY, HOUR, MONDAY, Led, at, finish, program_of, send

ITEMS = {
    "call": {"for": "10 days", "at": "10:00", "window": "5 days"},
    "welcome": {"for": "1 month", "at": "9:00", "window": "14 days"},
    "diesel": {"for": "2 months", "when": {"variable": "fuel", "is": "diesel"}},
    "service": {"for": "10 months", "at": "09:00", "window": "30 days"},
}
TASK = {"kind": "task", "text": "Soita", "due": {"for": "2 days"}}
CARE = program_of(
    {
        "care": {
            "kind": "timeline",
            "of": "object.delivered_on",
            "items": ITEMS,
            "outcomes": {
                "call": "call",
                "welcome": "end",
                "diesel": "end",
                "service": "end",
                "done": "over",
            },
        },
        "call": {**TASK, "outcomes": {"done": "care", "declined": "care", "overdue": "care"}},
        "over": finish("over"),
    },
    object={"kind": "car", "key": "car"},
    trigger={"event": "Ordered", "keep": ["fuel"]},
)


def with_car(delivered_on: str | None, key: str = "ABC-1", **more: Any) -> Facts:
    fields = {"model": "307", **more}
    if delivered_on:
        fields["delivered_on"] = delivered_on
    cars = [Owned("car", "XYZ-9", {"delivered_on": "2001-01-01"}), Owned("car", key, fields)]
    return msgspec.structs.replace(AINO, objects={"car": cars})


def led(delivered_on: str | None, **properties: Any) -> Led:
    one = Led(CARE, with_car(delivered_on), object_key="ABC-1")
    one.enter(properties=properties)
    return one


def due_of(one: Led) -> list[int]:
    return [timer.due for timer in one.state.timers if timer.kind != "ends"]


def test_a_timeline_takes_its_items_at_their_moments() -> None:
    one = led("2026-03-02")
    assert due_of(one) == [at("2026-03-12T10:00")]
    assert one.due() == ("GiveTask SetTimer", "", "call:task")
    back = one.take(Answered(at("2026-03-12T15:00"), one.state.visit, "done"))
    assert back == ("SetTimer", "", "care:time")
    assert due_of(one) == [at("2026-04-02T09:00")]  # one calendar month, at nine in summer time too


def test_what_a_window_has_left_behind_is_passed_over_with_its_reason() -> None:
    one = led("2026-01-20")  # the call was due on 30 January, the letter on 20 February
    assert one.taken is not None
    assert [(r.code, r.values.get("item")) for r in one.taken.reasons] == [
        ("window_passed", "call"),
    ]
    assert one.state.outcome == "care.welcome"  # still within its fourteen days


def test_an_item_whose_condition_does_not_hold_is_passed_over() -> None:
    one = Led(CARE, with_car("2026-01-05"), object_key="ABC-1")
    one.enter(at("2026-02-20T12:00"), properties={"fuel": "petrol"})
    assert due_of(one) == [at("2026-03-05T09:00")]
    assert one.due() == ("SetTimer", "condition_not_met", "care:time")
    assert due_of(one) == [at("2026-11-05T09:00")]


def test_a_date_that_moves_moves_what_hangs_on_it() -> None:
    one = led("2026-03-02")
    one.facts = with_car("2026-04-02")
    moved = one.take(Happened(MONDAY + HOUR, "object.changed", {"kind": "car", "key": "ABC-1"}))
    assert moved == ("SetTimer", "date_moved", "care:time")
    assert due_of(one) == [at("2026-04-12T10:00")]
    same = one.take(Happened(MONDAY + 2 * HOUR, "object.changed", {"kind": "car", "key": "ABC-1"}))
    assert same[1:] == ("not_awaited", "care:time")
    assert due_of(one) == [at("2026-04-12T10:00")]


def test_what_is_not_yet_dated_waits_for_its_date() -> None:
    one = led(None)
    assert one.taken is not None
    assert [r.code for r in one.taken.reasons] == ["waits_for_date"]
    one.facts = with_car("2026-03-02")
    one.take(Happened(MONDAY + DAY, "object.changed", {"kind": "car", "key": "ABC-1"}))
    assert due_of(one) == [at("2026-03-12T10:00")]


def test_the_object_s_end_is_the_dialogue_s_end_and_another_object_s_is_not() -> None:
    one = led("2026-03-02")
    other = one.take(Happened(MONDAY + 1, "object.ended", {"kind": "car", "key": "XYZ-9"}))
    assert other == ("", "not_awaited", "care:time")
    gone = one.take(Happened(MONDAY + 2, "object.ended", {"kind": "car", "key": "ABC-1"}))
    assert gone == ("CancelMessages End", "", "exited object_ended")


def test_the_texts_of_a_message_may_name_the_object_s_fields() -> None:
    program = program_of(
        {"hello": send(text="{{ object.model }}")},
        object={"kind": "car", "key": "car"},
    )
    one = Led(program, with_car("2026-03-02"), object_key="ABC-1")
    one.enter()
    assert one.taken is not None
    (message,) = [e for e in one.taken.effects if isinstance(e, SendMessage)]
    assert message.variables["object"] == {
        "model": "307",
        "delivered_on": "2026-03-02",
        "kind": "car",
        "key": "ABC-1",
    }


# rhythms


def repeat(**more: Any) -> dict[str, Any]:
    return {
        "kind": "repeat",
        "every": "day",
        "at": "08:00",
        "outcomes": {"run": "pause", "ended": "over"},
        **more,
    }


def rhythm(**more: Any) -> Led:
    program = program_of(
        {
            "daily": repeat(**more),
            "pause": {"kind": "wait", "for": "2 hours", "outcomes": {"timeout": "daily"}},
            "over": finish("over"),
        }
    )
    return Led(program)


def test_a_rhythm_runs_at_the_customer_s_hour_each_day() -> None:
    one = rhythm(times=2)
    one.enter()
    assert due_of(one) == [at("2026-03-03T08:00")]  # it is nine already
    one.due()
    one.due()
    assert due_of(one) == [at("2026-03-04T08:00")]
    one.due()
    assert one.due()[2] == "ended over"


def test_a_rhythm_keeps_the_customer_s_own_hour_over_the_change_of_the_clocks() -> None:
    one = rhythm(at="customer.medicine_at")
    one.facts = msgspec.structs.replace(AINO, traits={"medicine_at": "7.30"})
    one.enter(at("2026-03-28T12:00"))
    assert due_of(one) == [at("2026-03-29T07:30")]  # summer time began at three


def test_a_standstill_is_not_made_up_for() -> None:
    one = rhythm()
    one.enter()
    one.due(at("2026-03-09T12:00"))  # six days late
    one.due()
    assert due_of(one) == [at("2026-03-10T08:00")]


def test_a_rhythm_ends_when_its_condition_no_longer_holds_or_its_time_is_over() -> None:
    one = rhythm(**{"while": {"trait": "on_medicine", "is": True}})
    one.facts = msgspec.structs.replace(AINO, traits={"on_medicine": False})
    one.enter()
    assert one.due()[2] == "ended over"
    short = rhythm(until={"for": "3 days"})
    short.enter()
    runs = 0
    while not short.state.is_over:
        runs += min(short.state.timers).kind == "run"
        short.due()
    assert runs == 3


def test_weeks_and_months_are_those_of_the_calendar() -> None:
    weekly = rhythm(every="week", weekday="friday")
    weekly.enter()
    assert due_of(weekly) == [at("2026-03-06T08:00")]
    monthly = rhythm(every="month")
    monthly.enter(at("2026-01-31T12:00"))
    assert due_of(monthly) == [
        at("2026-03-01T08:00")
    ]  # a month after noon on the 31st is 28 February


def runs_of(one: Led, count: int, late: int = 0) -> list[int]:
    """Let a rhythm run `count` times, each time so much late; return when it was meant to."""
    found: list[int] = []
    while len(found) < count:
        timer = min(one.state.timers)
        if timer.kind == "run":
            found.append(timer.due)
        one.due(timer.due + late)
    return found


def test_a_late_run_does_not_make_those_after_it_drift() -> None:
    monthly = rhythm(every="month", at="09:00")
    monthly.enter(at("2026-01-15T09:00"))
    assert runs_of(monthly, 4, late=10_000_000) == [
        at(f"2026-{month}-15T09:00") for month in ("02", "03", "04", "05")
    ]
    fortnightly = rhythm(every="2 weeks", weekday="monday", at="09:00")
    fortnightly.enter()
    assert runs_of(fortnightly, 3, late=10_000_000) == [
        at(f"2026-{day}T09:00") for day in ("03-16", "03-30", "04-13")
    ]


def test_months_are_counted_from_the_first_day() -> None:
    steps = {
        "monthly": {
            "kind": "repeat",
            "every": "month",
            "outcomes": {"run": "monthly", "ended": "end"},
        },
    }
    monthly = Led(program_of(steps))
    monthly.enter(at("2026-01-31T12:00"))
    assert runs_of(monthly, 4) == [
        at(f"2026-{day}T12:00") for day in ("02-28", "03-31", "04-30", "05-31")
    ]


def test_a_standstill_of_months_is_not_made_up_for() -> None:
    monthly = rhythm(every="month", at="09:00")
    monthly.enter(at("2026-01-15T09:00"))
    monthly.due(at("2027-06-20T12:00"))
    monthly.due()
    assert due_of(monthly) == [at("2027-07-15T09:00")]


@pytest.mark.parametrize("every", [{"every": "day"}, {"every": "week", "weekday": "saturday"}])
def test_a_run_moved_to_the_working_day_before_happens_once(every: dict[str, Any]) -> None:
    one = rhythm(**every, workday="previous")
    one.enter(at("2026-03-06T07:00"))  # a Friday; the days after are not worked
    assert runs_of(one, 2)[0] == at("2026-03-06T08:00")
    assert runs_of(one, 1)[0] > at("2026-03-09T00:00")


HOUR_OF_HER_OWN: dict[str, Any] = {"at": "customer.hour"}
OWN_HOUR = program_of(
    {
        "morning": {
            "kind": "wait",
            "for": "1 day",
            **HOUR_OF_HER_OWN,
            "outcomes": {"timeout": "daily"},
        },
        "daily": {
            "kind": "repeat",
            "every": "day",
            "times": 2,
            **HOUR_OF_HER_OWN,
            "outcomes": {"run": "dated"},
        },
        "dated": {
            "kind": "wait",
            "of": "customer.day",
            **HOUR_OF_HER_OWN,
            "outcomes": {"timeout": "end"},
        },
    }
)


@pytest.mark.parametrize("hour", [None, "", "aamulla", 1440, -1])
def test_who_has_no_hour_of_her_own_gets_the_morning_and_the_reason(hour: object) -> None:
    """Not knowing somebody's hour loses nobody: every kind of moment takes nine, and says so."""
    one = Led(OWN_HOUR)
    one.facts = msgspec.structs.replace(AINO, traits={"hour": hour, "day": "2026-03-09"})
    one.enter()
    for step, due in (("morning", "03-03"), ("daily", "03-04"), ("dated", "03-09")):
        assert one.taken is not None
        assert [(r.code, r.step) for r in one.taken.reasons] == [("hour_unknown", step)]
        assert due_of(one) == [at(f"2026-{due}T09:00")]
        one.due()
    assert one.state.status == "ended"


def test_an_hour_that_is_known_is_taken_without_a_word() -> None:
    for hour, clock in (("7.30", "04T07:30"), (1110, "03T18:30")):
        one = Led(OWN_HOUR)
        one.facts = msgspec.structs.replace(AINO, traits={"hour": hour})
        one.enter()
        assert one.taken is not None
        assert one.taken.reasons == ()
        assert due_of(one) == [at(f"2026-03-{clock}")]
