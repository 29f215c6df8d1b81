"""Going out: exits, goals, the latest end, and what breaks."""

from __future__ import annotations

import pytest

from keskio.engine.dialogue.effects import CancelMessages
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.signals import (
    Due,
    Happened,
    Judged,
    Replied,
    Reserved,
    Signal,
    Withdrawn,
)
from tests.engine.making import HOUR, MONDAY, Led, ask, at, program_of

T = MONDAY


ANSWERS = {"done": "end", "declined": "end", "overdue": "end"}
LEAVING = program_of(
    {
        "which": ask(outcomes={"A": "call", "B": "end", "other": "back", "none": "end"}),
        "call": {"kind": "task", "text": "Soita", "due": {"working_days": 1}, "outcomes": ANSWERS},
    },
    goal={"event": "Order Completed", "where": {"property": "total", "at_least": 10}},
    exit=["Car Sold", {"event": "Order Completed", "where": {"property": "total", "less_than": 1}}],
    ends="2026-03-20",
    object="car",
)
ENDS = at("2026-03-21T00:00")


@pytest.mark.parametrize(
    ("signal", "outcome"),
    [
        (Happened(T + 1, "Car Sold"), "exit_event"),
        (Happened(T + 1, "Car Sold", {"car": "ABC-1"}), "exit_event"),
        (Happened(T + 1, "Order Completed", {"total": 10}), "goal_reached"),
        (Happened(T + 1, "Order Completed", {"total": 0}), "exit_event"),
        (Due(ENDS, "ends", 0), "latest_end"),
        (Withdrawn(T + 1, "taken_out"), "taken_out"),
    ],
)
@pytest.mark.parametrize("far", [0, 1, 2, 3], ids=["verdict", "answer", "task", "held"])
def test_an_exit_is_taken_at_once_in_every_phase(signal: Signal, outcome: str, far: int) -> None:
    led = Led(LEAVING, object_key="ABC-1")
    led.enter()
    if far == 3:
        led.take(Judged(T, 1, "hold", "pressure", T + HOUR))
    elif far:
        led.let_go()
    if far == 2:
        led.take(Replied(T, "sms", "A"))
    assert led.take(signal) == ("CancelMessages End", "", f"exited {outcome}")
    assert led.taken is not None
    assert led.taken.effects[0] == CancelMessages(outcome)
    assert (led.state.timers, led.state.question, led.state.due) == ((), None, None)


@pytest.mark.parametrize(
    "signal",
    [
        Happened(T + 1, "Car Sold", {"car": "ABC-2"}),  # the person's other car
        Happened(T + 1, "Order Completed", {"total": 5}),
        Happened(T + 1, "Order Completed", {}),
    ],
)
def test_what_concerns_another_or_does_not_fit_ends_nothing(signal: Signal) -> None:
    led = Led(LEAVING, object_key="ABC-1")
    led.enter()
    led.let_go()
    before = led.state
    assert led.take(signal) == ("", "not_awaited", "which:answer")
    assert led.state == before


def test_who_comes_after_the_last_day_goes_at_once() -> None:
    led = Led(LEAVING)
    assert led.enter(ENDS) == ("CancelMessages End", "", "exited latest_end")


def test_the_latest_end_outlives_every_step() -> None:
    led = Led(LEAVING)
    led.enter()
    led.let_go()
    led.take(Replied(T, "sms", "A"))
    assert {timer.kind: timer.due for timer in led.state.timers} == {
        "overdue": at("2026-03-03T16:00"),
        "ends": ENDS,
    }


def test_a_loop_without_a_wait_is_stopped_and_told() -> None:
    steps = {
        "one": {"kind": "update", "traits": {"x": 1}, "outcomes": {"done": "two"}},
        "two": {"kind": "update", "traits": {"x": 2}, "outcomes": {"done": "one"}},
    }
    led = Led(program_of(steps))
    assert led.enter() == ("CancelMessages End", "loop_without_wait", "error loop_without_wait")


def test_a_step_that_a_newer_version_lost_fails_alone() -> None:
    led = Led(LEAVING)
    led.state = Enrolment(step="gone", visit=4, phase="stock", since=T)
    assert led.take(Reserved(T, 4, "given")) == (
        "CancelMessages End",
        "broken_step",
        "error broken_step",
    )
