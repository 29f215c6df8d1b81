"""Tables of signals for the other steps: wait, branch, offer, task, update, end; and for going out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keskio.engine.dialogue.effects import (
    End,
    GiveTask,
    Reserve,
    SetTimer,
    SetTraits,
)
from keskio.engine.dialogue.enrolment import Enrolment, Timer
from keskio.engine.dialogue.signals import (
    Answered,
    Due,
    Entered,
    Happened,
    Judged,
    Replied,
    Reported,
    Reserved,
    Signal,
    Withdrawn,
)
from tests.engine.making import DAY, HOUR, MONDAY, VILLE, Led, at, finish, program_of, send

Row = tuple[Signal, str, str, str]
T = MONDAY

WAITING = program_of(
    {
        "wait": {
            "kind": "wait",
            "for": "1 hour",
            "events": {
                "cheap": {
                    "event": "Order Completed",
                    "where": {"property": "total", "less_than": 50},
                },
                "bought": "Order Completed",
                "said": {"reply": {"words": ["joo"], "channel": "sms"}},
                "wrote": {"reply": []},
            },
            "outcomes": {
                "cheap": "cheap",
                "bought": "end",
                "said": "end",
                "wrote": "end",
                "timeout": "late",
            },
        },
        "cheap": finish("cheap"),
        "late": finish("late"),
    }
)
IN: Row = (Entered(T), "SetTimer", "", "wait:time")

WAIT_ROWS: dict[str, list[Row]] = {
    "time": [IN, (Due(T + HOUR, "deadline", 1), "End", "", "ended late")],
    "an event": [IN, (Happened(T + 1, "Order Completed"), "End", "", "ended wait.bought")],
    "the first event that fits": [
        IN,
        (Happened(T + 1, "Order Completed", {"total": 20}), "End", "", "ended cheap"),
    ],
    "an event that nobody waits for": [
        IN,
        (Happened(T + 1, "Product Viewed"), "", "not_awaited", "wait:time"),
    ],
    "words": [IN, (Replied(T + 1, "sms", "Joo!"), "End", "", "ended wait.said")],
    "any words in another channel": [
        IN,
        (Replied(T + 1, "email", "Joo!"), "End", "", "ended wait.wrote"),
    ],
    "a timer of another visit": [
        IN,
        (Due(T + HOUR, "deadline", 2), "", "timer_past", "wait:time"),
    ],
    "a timer of another kind": [IN, (Due(T + HOUR, "gate", 1), "", "timer_past", "wait:time")],
    "a verdict, a report, a task and a stock that nobody asked for": [
        IN,
        (Judged(T, 1, "send", channel="sms"), "", "moved_on", "wait:time"),
        (Reported(T, 1, "sent"), "", "moved_on", "wait:time"),
        (Answered(T, 1, "done"), "", "task_past", "wait:time"),
        (Reserved(T, 1, "given", "X"), "", "moved_on", "wait:time"),
    ],
    "a permission withdrawn": [
        IN,
        (
            Withdrawn(T + 1, "permission_withdrawn"),
            "CancelMessages End",
            "",
            "exited permission_withdrawn",
        ),
        (Happened(T + 2, "Order Completed"), "", "over", "exited permission_withdrawn"),
    ],
}


@pytest.mark.parametrize("rows", WAIT_ROWS.values(), ids=WAIT_ROWS)
def test_a_wait_goes_its_ways(rows: list[Row]) -> None:
    led = Led(WAITING)
    assert [led.take(row[0]) for row in rows] == [row[1:] for row in rows]


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ({"for": "2 days"}, "2026-03-04T09:00"),
        ({"for": "1 month", "at": "10:00"}, "2026-04-02T10:00"),
        ({"at": "08:00"}, "2026-03-03T08:00"),
        ({"at": "09:00"}, "2026-03-03T09:00"),  # nine sharp is past
        ({"for": "1 day", "at": "09:00"}, "2026-03-03T09:00"),
        ({"weekday": "friday", "at": "12:00"}, "2026-03-06T12:00"),
        ({"weekday": "monday", "at": "09:00"}, "2026-03-09T09:00"),
        ({"weekday": "Monday"}, "2026-03-09T00:00"),
        ({"working_days": 2}, "2026-03-04T16:00"),
        ({"working_days": 1, "at": "12:00"}, "2026-03-03T12:00"),
        ({"until": "2026-03-10"}, "2026-03-11T00:00"),
        ({"until": "$ends"}, "2026-03-05T12:00"),
        ({"until": "$from_event"}, "2026-04-01T09:00"),
    ],
)
def test_a_wait_is_until_the_moment_it_says(said: dict[str, Any], due: str) -> None:
    program = program_of(
        {"wait": {"kind": "wait", **said}},
        variables={"ends": "2026-03-05T12:00"},
        trigger={"event": "Booked", "keep": ["from_event"]},
    )
    led = Led(program)
    led.enter(properties={"from_event": "2026-04-01T09:00"})
    assert led.state.timers == (Timer(at(due), "deadline", 1),)
    assert led.taken is not None
    assert led.taken.effects == (SetTimer(at(due), "deadline", 1),)


def test_a_wait_whose_moment_is_past_goes_on_at_once() -> None:
    led = Led(program_of({"wait": {"kind": "wait", "until": "2026-03-01"}}))
    assert led.enter() == ("End", "", "ended wait.timeout")


def test_a_wait_counts_from_the_event_but_after_a_timer_from_when_it_was_taken() -> None:
    program = program_of(
        {"first": {"kind": "wait", "for": "1 hour"}, "second": {"kind": "wait", "for": "1 hour"}}
    )
    led = Led(program)
    led.take(Entered(T), now=T + DAY)  # processed late: still from when it happened
    assert led.state.timers == (Timer(T + HOUR, "deadline", 1),)
    led.due(now=T + 2 * DAY)  # a standstill: no burst of what was missed
    assert led.state.timers == (Timer(T + 2 * DAY + HOUR, "deadline", 2),)


def test_a_signal_from_the_future_counts_from_now() -> None:
    led = Led(program_of({"first": {"kind": "wait", "for": "1 hour"}}))
    led.take(Entered(T + DAY), now=T)
    assert led.state.timers == (Timer(T + HOUR, "deadline", 1),)


def test_a_wait_for_events_alone_says_so() -> None:
    steps = {"wait": {"kind": "wait", "events": {"paid": "Paid"}, "outcomes": {"paid": "end"}}}
    led = Led(program_of(steps))
    assert led.enter() == ("", "waits_for_event", "wait:time")
    assert led.state.timers == ()
    assert led.take(Happened(T + 1, "Paid")) == ("End", "", "ended wait.paid")


def test_a_wait_on_a_variable_without_a_value_fails_alone() -> None:
    steps = {
        "hello": {"kind": "update", "traits": {"x": 1}},
        "wait": {"kind": "wait", "until": "$when"},
    }
    led = Led(program_of(steps, trigger={"event": "Booked", "keep": ["when"]}))
    assert led.enter() == ("CancelMessages End", "broken_step", "error broken_step")
    assert led.taken is not None
    assert led.taken.reasons[0].values == {"detail": "the variable 'when' has no value here"}
    assert led.state.step == "wait"


@pytest.mark.parametrize("length", ["99999999999 days", "99999999 months"])
def test_a_wait_beyond_all_calendars_fails_alone(length: str) -> None:
    led = Led(program_of({"wait": {"kind": "wait", "for": length}}))
    assert led.enter() == ("CancelMessages End", "broken_step", "error broken_step")


# branch, update, end


def test_a_branch_goes_by_the_first_condition_that_holds() -> None:
    branches = {
        "near": {"trait": "town", "is": "Oulu"},
        "grown": {"trait": "age", "at_least": 18},
        "known": {"consent": "marketing", "channel": "sms"},
        "set": {"variable": "level", "is": 3},
    }
    steps = {
        "sort": {
            "kind": "branch",
            "branches": branches,
            "outcomes": {**dict.fromkeys(branches, "end"), "else": "end"},
        }
    }
    program = program_of(steps, variables={"level": 0}, trigger={"event": "x", "keep": ["level"]})
    for facts, properties, outcome in [
        (Led(program).facts, {}, "near"),
        (msgspec.structs.replace(VILLE, traits={"age": 18}), {}, "grown"),
        (msgspec.structs.replace(VILLE, consents={"marketing/sms": "given"}), {}, "known"),
        (VILLE, {"level": 3}, "set"),  # what the event brought goes before what the file says
        (VILLE, {}, "else"),
    ]:
        led = Led(program, facts)
        assert led.enter(properties=properties) == ("End", "", f"ended sort.{outcome}")
        assert led.taken is not None
        assert led.taken.passed == (("sort", outcome),)


def test_an_update_sets_traits_and_goes_on() -> None:
    led = Led(
        program_of({"mark": {"kind": "update", "traits": {"vip": True}}, "last": finish("all")})
    )
    assert led.enter() == ("SetTraits End", "", "ended all")
    assert led.taken is not None
    assert led.taken.effects == (SetTraits("mark", {"vip": True}), End("ended", "all"))
    assert led.state == Enrolment("ended", "last", 2, "", T, outcome="all")


# offer

OFFERING = program_of(
    {
        "code": {
            "kind": "offer",
            "offer": "winter-20",
            "as": "coupon",
            "outcomes": {"given": "tell", "sold_out": "none-left", "refused": "end"},
        },
        "tell": send(text="{{ coupon }}"),
        "none-left": finish("none-left"),
    }
)


def test_an_offer_that_is_given_is_kept() -> None:
    led = Led(OFFERING)
    assert led.enter() == ("Reserve", "", "code:stock")
    assert led.taken is not None
    assert led.taken.effects == (Reserve("code", 1, "winter-20"),)
    assert led.take(Reserved(T, 1, "given", "X1")) == ("SendMessage", "", "tell:verdict")
    assert led.state.variables == {"coupon": "X1"}
    assert led.take(Reserved(T, 1, "given", "X2")) == ("", "moved_on", "tell:verdict")
    assert led.state.variables == {"coupon": "X1"}


@pytest.mark.parametrize(
    ("outcome", "end"), [("sold_out", "none-left"), ("refused", "code.refused")]
)
def test_an_offer_that_is_not_given_keeps_nothing(outcome: str, end: str) -> None:
    led = Led(OFFERING)
    led.enter()
    assert led.take(Reserved(T, 2, outcome)) == ("", "moved_on", "code:stock")
    assert led.take(Reserved(T, 1, outcome)) == ("End", "", f"ended {end}")
    assert led.state.variables == {}


# task

CALLING = program_of(
    {
        "call": {
            "kind": "task",
            "text": {"fi": "Soita"},
            "queue": "sellers",
            "due": {"working_days": 1, "at": "16:00"},
            "outcomes": {"done": "end", "declined": "end", "overdue": "late", "won": "won"},
        },
        "late": finish("late"),
        "won": finish("won"),
    }
)
GIVEN: Row = (Entered(T), "GiveTask SetTimer", "", "call:task")
DUE = at("2026-03-03T16:00")

TASK_ROWS: dict[str, list[Row]] = {
    "done": [GIVEN, (Answered(T + 1, 1, "done"), "End", "", "ended call.done")],
    "declined": [GIVEN, (Answered(T + 1, 1, "declined"), "End", "", "ended call.declined")],
    "a result of its own": [GIVEN, (Answered(T + 1, 1, "won"), "End", "", "ended won")],
    "overdue": [
        GIVEN,
        (Due(DUE, "overdue", 1), "End", "", "ended late"),
        (Answered(DUE + 1, 1, "done"), "", "over", "ended late"),
    ],
    "another visit's": [GIVEN, (Answered(T + 1, 2, "done"), "", "task_past", "call:task")],
    "a second answer": [
        GIVEN,
        (Answered(T + 1, 1, "won"), "End", "", "ended won"),
        (Answered(T + 2, 1, "done"), "", "over", "ended won"),
    ],
}


@pytest.mark.parametrize("rows", TASK_ROWS.values(), ids=TASK_ROWS)
def test_a_task_goes_its_ways(rows: list[Row]) -> None:
    led = Led(CALLING)
    assert [led.take(row[0]) for row in rows] == [row[1:] for row in rows]


def test_a_task_says_what_by_whom_and_when() -> None:
    led = Led(CALLING)
    led.enter()
    assert led.taken is not None
    assert led.taken.effects == (
        GiveTask("call", 1, {"fi": "Soita"}, "sellers", DUE),
        SetTimer(DUE, "overdue", 1),
    )
