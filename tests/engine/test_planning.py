"""What an open enrolment means to send next, where it stands, and what that ranks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import Facts, Planned
from keskio.engine.dialogue.gate import decide_among, may_compete
from keskio.engine.dialogue.planning import planned_of, rank_now, worth_of
from keskio.engine.dialogue.program import message_of
from keskio.engine.dialogue.routing import Inside
from keskio.engine.dialogue.signals import Entered, Judged
from keskio.engine.dialogue.step import step
from keskio.engine.pressure import Cap, Collision, Rules
from keskio.engine.times import DAY, HOUR
from tests.engine.making import AINO, MONDAY, VILLE, ask, at, program_of, send

WEEK = 7 * DAY
NEWS = program_of({"tell": send(outcomes={"sent": "end"})}, key="news")
WAIT = {"kind": "wait", "for": "2 days", "outcomes": {"timeout": "choose"}}


def inside_of(steps: dict[str, Any], facts: Facts = AINO, **settings: Any) -> Inside:
    """Return an enrolment that has just come in, its first message sent if it has come to one."""
    program = program_of(steps, key="other", **settings)
    state = step(program, Enrolment(), Entered(MONDAY), facts, MONDAY).enrolment
    if state.phase == "verdict":
        judged = Judged(MONDAY, state.visit, "send", channel="sms")
        state = step(program, state, judged, facts, MONDAY).enrolment
    return Inside(7, program, state)


def planned(inside: Inside, facts: Facts = AINO) -> list[tuple[int, str, str]]:
    me = Inside(1, NEWS, Enrolment())
    found = planned_of([me, inside], me, facts, MONDAY)
    return [(one.at - MONDAY, one.channel, one.pressure) for one in found]


def effect_of(program: Any = NEWS, **more: Any) -> do.SendMessage:
    message = message_of(program.steps["tell"])
    assert message is not None
    return do.SendMessage("tell", 1, message, message.channels, **{"valid_until": None, **more})


def test_a_wait_leads_to_the_nearest_message() -> None:
    steps = {"think": {**WAIT, "outcomes": {"timeout": "tell"}}, "tell": send()}
    assert planned(inside_of(steps)) == [(2 * DAY, "sms", "marketing")]


def test_a_question_leads_to_what_follows_silence() -> None:
    outcomes = {"A": "end", "B": "end", "other": "back", "none": "tell"}
    inside = inside_of({"ask": ask(outcomes=outcomes), "tell": send(purpose="service")})
    assert planned(inside) == [(2 * DAY, "sms", "service")]


def test_what_leads_to_another_wait_plans_nothing_yet() -> None:
    steps = {
        "think": {**WAIT, "outcomes": {"timeout": "more"}},
        "more": {**WAIT, "outcomes": {"timeout": "tell"}},
        "tell": send(),
    }
    assert planned(inside_of(steps)) == []


def test_a_timeline_and_a_rhythm_plan_their_next() -> None:
    line = {
        "kind": "timeline",
        "of": "customer.delivered_on",
        "items": {
            "service": {"for": "10 months", "at": "10:00"},
            "welcome": {"for": "1 month", "at": "10:00"},
        },
        "outcomes": {"service": "remind", "welcome": "tell", "done": "end"},
    }
    tell = send(outcomes={"sent": "line"})
    remind = send(purpose="service", outcomes={"sent": "line"})
    facts = msgspec.structs.replace(AINO, traits={"delivered_on": "2026-02-20"})
    inside = inside_of({"line": line, "tell": tell, "remind": remind}, facts)
    assert planned(inside, facts) == [(at("2026-03-20T10:00") - MONDAY, "sms", "marketing")]
    rhythm = {
        "kind": "repeat",
        "every": "day",
        "at": "10:00",
        "outcomes": {"run": "tell", "ended": "end"},
    }
    daily = inside_of({"rhythm": rhythm, "tell": send(outcomes={"sent": "rhythm"})})
    assert planned(daily) == [(HOUR, "sms", "marketing")]


def test_what_may_not_be_sent_is_not_planned() -> None:
    steps = {"think": {**WAIT, "outcomes": {"timeout": "tell"}}, "tell": send()}
    assert planned(inside_of(steps, VILLE), VILLE) == []


@pytest.mark.parametrize(("town", "value"), [(40, 20.0), ("Oulu", 0.0), (None, 0.0)])
def test_worth_may_stand_in_a_trait(town: object, value: float) -> None:
    worth = {"value": {"trait": "basket"}, "probability": 0.5}
    program = program_of({"tell": send()}, worth=worth)
    facts = msgspec.structs.replace(AINO, traits={"basket": town})
    assert rank_now(program, facts, valid_until=None, since=MONDAY, now=MONDAY) == value


def test_without_a_worth_the_priority_counts() -> None:
    assert worth_of(program_of({"tell": send()}, priority=30), AINO) == (1.0, 0.3)


def test_the_gate_weighs_what_the_others_plan() -> None:
    steps = {"think": {**WAIT, "outcomes": {"timeout": "tell"}}, "tell": send()}
    other = inside_of(steps, priority=90)
    me = Inside(1, NEWS, Enrolment())
    rules = Rules((Cap(1, WEEK),), None)
    verdict, channel = decide_among(effect_of(), me, [me, other], AINO, rules, MONDAY)
    assert (verdict.verdict, verdict.reason, channel) == ("hold", "outranked", "sms")
    assert verdict.until == MONDAY + 2 * DAY + 1
    alone, _ = decide_among(effect_of(), me, [me], AINO, rules, MONDAY)
    assert alone.verdict == "send"


def test_plans_are_looked_up_only_where_a_rule_asks() -> None:
    roomy, tight = Rules((Cap(9, WEEK),), None), Rules((Cap(2, WEEK),), None)
    had = msgspec.structs.replace(AINO, contacts=((MONDAY - 1, "sms", "marketing"),))
    apart = Rules((), None, collisions=(Collision("marketing", "process", WEEK),))
    found = [
        may_compete(effect_of(), facts, rules, others)
        for facts, rules, others in [
            (AINO, roomy, 3),
            (AINO, tight, 1),
            (had, tight, 1),
            (AINO, apart, 1),
            (had, msgspec.structs.replace(tight, arbitrates=False), 1),
        ]
    ]
    assert found == [False, False, True, True, False]


def test_a_plan_names_its_dialogue() -> None:
    steps = {"think": {**WAIT, "outcomes": {"timeout": "tell"}}, "tell": send()}
    inside = inside_of(steps)
    me = Inside(1, NEWS, Enrolment())
    found = planned_of([me, inside], me, AINO, MONDAY)
    assert found == (Planned(MONDAY + 2 * DAY, "sms", "marketing", 0.5, "other"),)


def test_what_would_be_dropped_for_want_of_a_date_is_not_planned() -> None:
    valid = {"of": "customer.visit_on"}
    steps = {"think": {**WAIT, "outcomes": {"timeout": "tell"}}, "tell": send(valid=valid)}
    assert planned(inside_of(steps)) == []
    knowing = msgspec.structs.replace(AINO, traits={"visit_on": "2026-03-09"})
    assert planned(inside_of(steps, knowing), knowing) == [(2 * DAY, "sms", "marketing")]


def test_a_planned_question_presses_as_much_as_when_it_is_proposed() -> None:
    steps = {"think": {**WAIT, "outcomes": {"timeout": "tell"}}, "tell": ask(**{"for": "1 day"})}
    inside = inside_of(steps)
    (found,) = planned_of([inside], Inside(1, NEWS, Enrolment()), AINO, MONDAY)
    at_its_moment = MONDAY + 2 * DAY
    until = at_its_moment + DAY
    assert found.rank == rank_now(
        inside.program, AINO, valid_until=until, since=at_its_moment, now=at_its_moment
    )
