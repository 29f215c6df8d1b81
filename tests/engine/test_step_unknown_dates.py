"""What hangs on a date that is not known: no message, work soon, an end that waits to be known."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keskio.engine.dialogue.check import check
from keskio.engine.dialogue.drive import drive
from keskio.engine.dialogue.effects import GiveTask, Record, SendMessage
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.gate import decide
from keskio.engine.dialogue.run import Taken
from keskio.engine.dialogue.signals import Entered, Happened, Judged, Reserved, Signal, Started
from keskio.engine.pressure import Rules
from tests.engine.making import (
    AINO,
    HOUR,
    MONDAY,
    Led,
    ask,
    at,
    finish,
    program_of,
    read,
    send,
)

NO_DATES = (None, "", "kesällä", "2026-02-30", "9999-12-31T24:00", True, ["2026-03-09"])
VALID = {"of": "customer.visit_on", "before": "1 hour"}
VISIT = Happened(MONDAY + HOUR, "customer.updated", {})


class House:
    """A host whose gate is the real one."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.judged: list[Judged] = []

    def judge(self, effect: SendMessage, moment: int) -> Judged:
        verdict, channel = decide(effect, self.facts, Rules(), moment)
        told = Judged(moment, effect.visit, verdict.verdict, verdict.reason, verdict.until, channel)
        self.judged.append(told)
        return told

    def reserve(self, effect: Any, moment: int) -> Reserved:
        raise AssertionError

    def direct(self, effect: Any, moment: int) -> Started:
        raise AssertionError


def knowing(**traits: Any) -> Facts:
    return msgspec.structs.replace(AINO, traits={**AINO.traits, **traits})


def driven(
    steps: dict[str, Any], facts: Facts, *signals: Signal, **settings: Any
) -> tuple[Enrolment, list[Judged], list[Taken]]:
    """Take `signals`, the first of which comes in, and tell where that led and what the gate said."""
    program = program_of(steps, **settings)
    state, host, all_taken = Enrolment(), House(facts), []
    for signal in (Entered(MONDAY), *signals):
        taken = drive(program, state, signal, facts, signal.at, host)
        state = taken.enrolment
        all_taken.append(taken)
    return state, host.judged, all_taken


def codes(one: Led) -> list[tuple[str, Any]]:
    assert one.taken is not None
    return [(reason.code, reason.values.get("of")) for reason in one.taken.reasons]


@pytest.mark.parametrize("visit_on", NO_DATES)
def test_a_message_that_is_of_use_until_an_unknown_date_is_not_sent(visit_on: object) -> None:
    steps = {
        "remind": send(valid=VALID, outcomes={"dropped.date_unknown": "call"}),
        "call": finish("call"),
    }
    facts = knowing(visit_on=visit_on)
    state, judged, (taken,) = driven(steps, facts)
    assert [(one.verdict, one.reason) for one in judged] == [("drop", "date_unknown")]
    assert (state.status, state.outcome) == ("ended", "call")
    assert [reason.code for reason in taken.reasons] == ["date_unknown"]


def test_a_message_that_is_of_use_until_a_known_date_is_sent() -> None:
    state, judged, _ = driven({"remind": send(valid=VALID)}, knowing(visit_on="2026-03-09"))
    assert [one.verdict for one in judged] == ["send"]
    assert state.phase == "result"


@pytest.mark.parametrize(
    "fields",
    [
        {"for": None, "of": "customer.visit_on", "before": "1 day"},
        {"for": None, "until": "$until"},
        {"valid": VALID},
    ],
)
def test_a_question_without_a_known_deadline_is_not_asked(fields: dict[str, Any]) -> None:
    asked = {k: v for k, v in ask(**fields).items() if v is not None}
    asked["outcomes"] = {**asked["outcomes"], "dropped": "other-way"}
    steps = {"which": asked, "other-way": finish("other-way")}
    state, judged, _ = driven(steps, AINO, trigger={"event": "Booked", "keep": ["until"]})
    assert [(one.verdict, one.reason) for one in judged] == [("drop", "date_unknown")]
    assert (state.outcome, state.question, state.timers) == ("other-way", None, ())


def test_a_date_that_is_taken_away_while_the_message_is_held_drops_it() -> None:
    one = Led(program_of({"remind": send(valid=VALID)}), knowing(visit_on="2026-03-09"))
    one.enter()
    one.take(Judged(MONDAY, one.state.visit, "hold", "quiet_hours", MONDAY + 9 * HOUR))
    one.facts = AINO
    one.due()
    assert one.taken is not None
    (proposed,) = [e for e in one.taken.effects if isinstance(e, SendMessage)]
    assert (proposed.lacks, proposed.valid_until) == ("customer.visit_on", None)
    assert decide(proposed, AINO, Rules(), MONDAY)[0].reason == "date_unknown"


def test_a_held_question_whose_date_goes_keeps_its_deadline() -> None:
    asked = {k: v for k, v in ask(of="customer.visit_on").items() if k != "for"}
    one = Led(program_of({"which": asked}), knowing(visit_on="2026-03-09"))
    one.enter()
    one.take(Judged(MONDAY, one.state.visit, "hold", "quiet_hours", MONDAY + 9 * HOUR))
    one.due()
    one.facts = AINO
    one.let_go(MONDAY + 9 * HOUR)
    assert one.state.question is not None
    assert one.state.question.until == at("2026-03-09T09:00")


# work is given all the same


CALL = {
    "kind": "task",
    "text": "Soita",
    "due": {"of": "customer.visit_on", "before": "1 day"},
    "outcomes": {"done": "end", "declined": "end", "overdue": "end"},
}


@pytest.mark.parametrize("visit_on", NO_DATES)
def test_work_by_an_unknown_date_is_due_by_the_end_of_the_next_working_day(
    visit_on: object,
) -> None:
    one = Led(program_of({"call": CALL}), knowing(visit_on=visit_on))
    one.enter(at("2026-03-06T12:00"))  # a Friday
    assert one.taken is not None
    (given,) = [e for e in one.taken.effects if isinstance(e, GiveTask)]
    assert given.due == at("2026-03-09T16:00")
    assert codes(one) == [("due_unknown", "customer.visit_on")]
    assert one.due()[2] == "ended call.overdue"


def test_a_promise_by_an_unknown_date_is_due_with_its_task_else_on_the_next_working_day() -> None:
    promise = {"text": "Palaamme asiaan", "due": {"of": "customer.visit_on"}}
    one = Led(program_of({"call": {**CALL, "due": {"for": "2 hours"}, "promise": promise}}))
    one.enter()
    assert one.taken is not None
    (made,) = [e for e in one.taken.effects if isinstance(e, Record)]
    assert made.properties["due_at"] == MONDAY + 2 * HOUR
    assert codes(one) == [("due_unknown", "customer.visit_on")]


# ends


ENDING: dict[str, Any] = {"ends": {"of": "customer.visit_on"}}
PAUSE = {"pause": {"kind": "wait", "for": "90 days"}}


@pytest.mark.parametrize("visit_on", NO_DATES)
def test_a_latest_end_that_is_not_known_ends_nothing_until_it_is(visit_on: object) -> None:
    one = Led(program_of(PAUSE, **ENDING), knowing(visit_on=visit_on))
    one.enter()
    assert codes(one) == [("end_unknown", "customer.visit_on")]
    assert [timer.kind for timer in one.state.timers] == ["deadline"]
    one.facts = knowing(visit_on="2026-03-09")
    assert one.take(VISIT) == ("SetTimer", "date_moved", "pause:time")
    assert sorted((t.kind, t.due) for t in one.state.timers) == [
        ("deadline", at("2026-05-31T09:00")),
        ("ends", at("2026-03-09T09:00")),
    ]
    assert one.due() == ("CancelMessages End", "", "exited latest_end")


def test_a_latest_end_moves_with_its_date() -> None:
    one = Led(program_of(PAUSE, **ENDING), knowing(visit_on="2026-03-09"))
    one.enter()
    one.facts = knowing(visit_on="2026-03-16")
    assert one.take(VISIT)[1] == "date_moved"
    assert [t.due for t in one.state.timers if t.kind == "ends"] == [at("2026-03-16T09:00")]
    assert one.take(Happened(MONDAY + 2 * HOUR, "customer.updated"))[1] == "not_awaited"
    one.facts = knowing(visit_on="2026-03-01")
    assert one.take(Happened(MONDAY + 3 * HOUR, "customer.updated"))[2] == "exited latest_end"


def test_an_unknown_end_of_a_rhythm_ends_nothing_until_it_is_known() -> None:
    steps = {
        "daily": {
            "kind": "repeat",
            "every": "day",
            "at": "08:00",
            "until": {"of": "customer.visit_on"},
            "outcomes": {"run": "pause", "ended": "over"},
        },
        "pause": {"kind": "wait", "for": "1 hour", "outcomes": {"timeout": "daily"}},
        "over": finish("over"),
    }
    one = Led(program_of(steps))
    one.enter()
    assert codes(one) == [("end_unknown", "customer.visit_on")]
    one.due()
    one.due()
    assert codes(one) == []  # it has been said
    one.facts = knowing(visit_on="2026-03-04")
    one.due()
    assert one.due()[2] == "ended over"


@pytest.mark.parametrize("visit_on", NO_DATES)
def test_a_wait_for_what_is_no_date_waits_for_one(visit_on: object) -> None:
    steps = {"pause": {"kind": "wait", "of": "customer.visit_on"}}
    one = Led(program_of(steps), knowing(visit_on=visit_on))
    assert one.enter() == ("", "waits_for_date", "pause:time")


# `check` says so beforehand


def found(steps: dict[str, Any], **settings: Any) -> list[tuple[str, str, str, str]]:
    program, _ = read(steps, **settings)
    assert program is not None
    about = [f for f in check(program) if f.code.endswith("_may_lack_date")]
    return [(f.severity, f.code, f.step, f.detail) for f in about]


def test_check_tells_what_may_lack_its_date() -> None:
    steps = {"remind": send(valid=VALID), "call": CALL}
    assert found(steps, **ENDING) == [
        ("warning", "end_may_lack_date", "", "customer.visit_on"),
        ("warning", "message_may_lack_date", "remind", "customer.visit_on"),
        ("warning", "work_may_lack_date", "call", "customer.visit_on"),
    ]


def test_check_is_silent_where_the_way_is_named_or_the_date_brought_everybody_in() -> None:
    named = {"remind": send(valid=VALID, outcomes={"dropped": "end"})}
    assert found(named) == []
    by_date = {"date": {"of": "customer.visit_on", "before": "3 days"}}
    assert found({"remind": send(valid=VALID)}, trigger=by_date, **ENDING) == []
