"""Whom an event concerns: signals to those inside, and who comes in."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.enrolment import Enrolment, Question
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.step import step
from tests.engine.making import AINO, DAY, MONDAY, VILLE, ask, program_of, send

T = MONDAY
ASKING = program_of({"which": ask()}, key="asking")
WAITING = program_of(
    {
        "wait": {
            "kind": "wait",
            "for": "1 day",
            "events": {"yes": {"reply": ["joo"]}, "paid": "Paid"},
            "outcomes": {"yes": "end", "paid": "end"},
        }
    },
    key="waiting",
)

SIZE = program_of(
    {
        "which": ask(
            choices={}, answer={"kind": "number", "as": "size"}, outcomes={"answer": "end"}
        ),
    },
    key="size",
)


def event(name: str, **properties: Any) -> r.Happening:
    return r.Happening(1, T, name, properties)


def asking(number: int, *, asked_at: int = T, channel: str = "sms") -> r.Inside:
    question = Question("which", 1, T + DAY, channel, asked_at=asked_at)
    return r.Inside(
        number,
        ASKING,
        Enrolment(step="which", visit=1, phase="answer", question=question, channel=channel),
    )


def replaced(inside: r.Inside, program: Program) -> r.Inside:
    return r.Inside(inside.id, program, inside.enrolment)


def waiting(number: int, program: Program = WAITING, **more: Any) -> r.Inside:
    return r.Inside(number, program, Enrolment(step=program.first, visit=1, phase="time", **more))


def ids(moves: list[r.Move]) -> list[int]:
    return [inside.id for inside, _ in moves]


def reply(text: str = "A", **more: Any) -> r.Happening:
    return event(r.RECEIVED, channel="sms", text=text, **more)


# replies


def test_a_reply_goes_to_the_question_that_understands_it() -> None:
    other = replaced(asking(2), SIZE)
    insides = [asking(1), other, asking(3, channel="email")]
    ((inside, signal),) = r.moves_for(reply("A"), insides, AINO)
    assert (inside.id, signal) == (1, s.Replied(T, "sms", "A"))
    assert ids(r.moves_for(reply("42"), insides, AINO)) == [2]


def test_what_no_question_understands_goes_to_the_one_asked_last() -> None:
    insides = [asking(1, asked_at=T - 5), asking(2, asked_at=T), asking(3, asked_at=T - 9)]
    ((inside, signal),) = r.moves_for(reply("hm"), insides, AINO)
    assert (inside.id, signal) == (2, s.Replied(T, "sms", "hm"))


def test_what_several_questions_understand_goes_to_a_person() -> None:
    moves = r.moves_for(reply(), [asking(1), asking(2), asking(3, asked_at=T + 5)], AINO)
    assert [(inside.id, signal) for inside, signal in moves] == [
        (1, s.Unclear(T, 1)),
        (2, s.Unclear(T, 1)),
    ]


def test_a_person_says_which_question_was_answered() -> None:
    said = event(r.ASSIGNED, enrolment=1, channel="sms", text="A", said_at=T - 3)
    ((inside, signal),) = r.moves_for(said, [asking(1), asking(2)], AINO)
    assert (inside.id, signal) == (1, s.Replied(T - 3, "sms", "A"))


def test_a_reply_to_a_message_goes_to_whose_message_it_was() -> None:
    insides = [asking(1), asking(2), waiting(3)]
    ((inside, signal),) = r.moves_for(reply(enrolment=1, visit=1), insides, AINO)
    assert (inside.id, signal) == (1, s.Replied(T, "sms", "A", 1))
    assert ids(r.moves_for(reply(enrolment=3), insides, AINO)) == [3]


def test_a_reply_to_a_message_of_elsewhere_answers_no_question_here() -> None:
    """What was answered is over, or a person wrote it: somebody says so, and nobody takes it as theirs."""
    insides = [asking(1), waiting(2)]
    for text in ("A", "joo"):
        ((inside, signal),) = r.moves_for(reply(text, enrolment=9, visit=1), insides, AINO)
        assert (inside.id, signal) == (2, s.Replied(T, "sms", text, s.ELSEWHERE))
        for program, state in ((one.program, one.enrolment) for one in insides):
            taken = step(program, state, signal, AINO, T)
            assert (taken.enrolment, taken.effects) == (state, ())
            assert [reason.code for reason in taken.reasons] == ["no_open_question"]
    assert r.moves_for(reply(enrolment=-3, visit=1), [], AINO) == []


def test_a_reply_that_no_question_awaits_goes_to_who_waits_for_such_words() -> None:
    insides = [waiting(1), waiting(2), asking(3, channel="email")]
    assert ids(r.moves_for(reply("joo"), insides, AINO)) == [2]


def test_a_question_that_understands_goes_before_a_wait_for_words() -> None:
    assert ids(r.moves_for(reply("A"), [asking(1), waiting(2)], AINO)) == [1]
    assert ids(r.moves_for(reply("joo"), [asking(1), waiting(2)], AINO)) == [2]


def test_a_reply_that_fits_nowhere_goes_to_the_last_so_that_somebody_says_so() -> None:
    assert ids(r.moves_for(reply("hm"), [waiting(1), waiting(2)], AINO)) == [2]
    assert r.moves_for(reply("hm"), [], AINO) == []


@pytest.mark.parametrize("keyword", ["stop", "start"])
def test_a_stop_or_start_answers_nothing(keyword: str) -> None:
    assert r.moves_for(reply("STOP", keyword=keyword), [asking(1), waiting(2)], AINO) == []


# events, reports, tasks


def test_an_event_goes_to_all_who_may_act_on_it_in_order_of_entering() -> None:
    goal = program_of({"hello": send()}, goal="Paid", key="goal")
    out = program_of({"hello": send()}, exit=["Paid"], key="out")
    none = program_of({"hello": send()}, key="none")
    insides = [waiting(1), waiting(2, goal), waiting(3, none), waiting(4, out)]
    moves = r.moves_for(event("Paid", total=1), insides, AINO)
    assert ids(moves) == [1, 2, 4]
    assert all(signal == s.Happened(T, "Paid", {"total": 1}) for _, signal in moves)


@pytest.mark.parametrize(("name", "state"), sorted(r.REPORTS.items()))
def test_a_report_goes_to_its_enrolment_and_visit(name: str, state: str) -> None:
    insides = [waiting(1), waiting(2)]
    ((inside, signal),) = r.moves_for(
        event(name, enrolment=2, visit=7, reason="stopped"), insides, AINO
    )
    assert (inside.id, signal) == (2, s.Reported(T, 7, state, "stopped"))
    assert r.moves_for(event(name, enrolment=3, visit=7), insides, AINO) == []
    assert r.moves_for(event(name), insides, AINO) == []


@pytest.mark.parametrize(
    ("happening", "signal"),
    [
        (event("task.done", enrolment=1, visit=2), s.Answered(T, 2, "done")),
        (event("task.done", enrolment=1, visit=2, result="won"), s.Answered(T, 2, "won")),
        (event("task.declined", enrolment=1, visit=2), s.Answered(T, 2, "declined")),
        (event("dialogue.removed", enrolment=1), s.Withdrawn(T, "taken_out")),
    ],
)
def test_a_persons_doing_goes_to_its_enrolment(happening: r.Happening, signal: s.Signal) -> None:
    insides = [waiting(1), waiting(2)]
    assert r.moves_for(happening, insides, AINO) == [(insides[0], signal)]


# permission


def facts_without(*keys: str, **more: str) -> Facts:
    kept = {key: value for key, value in AINO.consents.items() if key not in keys}
    return msgspec.structs.replace(AINO, consents={**kept, **more})


def withdrawn(purpose: str, channel: str) -> r.Happening:
    return event(r.WITHDRAWN, purpose=purpose, channel=channel, cause="keyword")


BOTH = program_of({"hello": send(channel=["sms", "email"])}, key="both")
CONFIRMING = program_of({"hello": send()}, purpose="confirmation", key="confirming")


@pytest.mark.parametrize(
    ("inside", "happening", "facts", "ends"),
    [
        # the permission is gone in the only channel
        (waiting(1), withdrawn("marketing", "sms"), VILLE, True),
        # another channel is left
        (waiting(1, BOTH), withdrawn("marketing", "sms"), facts_without("marketing/sms"), False),
        # but not when the stop was said where the conversation is held
        (
            waiting(1, BOTH, channel="sms"),
            withdrawn("*", "sms"),
            facts_without("marketing/sms"),
            True,
        ),
        (
            waiting(1, BOTH, channel="email"),
            withdrawn("*", "sms"),
            facts_without("marketing/sms"),
            False,
        ),
        # and not when there is no address there
        (
            waiting(1, BOTH),
            withdrawn("marketing", "sms"),
            Facts(consents={"marketing/email": "given"}, addresses={"sms": "+3584"}),
            True,
        ),
        # a confirmation of the stop goes its way
        (waiting(1, CONFIRMING, channel="sms"), withdrawn("*", "sms"), VILLE, False),
    ],
)
def test_a_withdrawal_ends_what_has_no_permission_left(
    inside: r.Inside, happening: r.Happening, facts: Facts, ends: bool
) -> None:
    inside = r.Inside(1, msgspec.structs.replace(inside.program), inside.enrolment)
    step = inside.program.steps[inside.program.first]
    if step.kind == "wait":  # give it a message, so that it has a channel to speak in
        steps = {"wait": step, "hello": CONFIRMING.steps["hello"]}
        inside.program = msgspec.structs.replace(inside.program, steps=steps)
    expected = [(inside, s.Withdrawn(T, "permission_withdrawn"))] if ends else []
    assert r.moves_for(happening, [inside], facts) == expected


def test_what_asked_for_another_permission_or_says_nothing_loses_nothing() -> None:
    nobody = Facts()  # no address: nothing could be said before either
    service = program_of({"hello": send()}, purpose="service", key="service")
    insides = [waiting(1, service)]
    assert r.moves_for(withdrawn("marketing", "sms"), insides, nobody) == []
    assert ids(r.moves_for(withdrawn("service", "sms"), insides, nobody)) == [1]
    silent = program_of({"wait": {"kind": "wait", "for": "1 day"}}, key="silent")
    insides = [waiting(1, silent)]
    assert r.moves_for(withdrawn("*", "sms"), insides, AINO) == []
    assert r.moves_for(withdrawn("marketing", "email"), insides, AINO) == []
    assert ids(r.moves_for(withdrawn("*", "*"), insides, AINO)) == [1]


def test_a_withdrawal_that_ends_nothing_may_be_waited_for() -> None:
    program = program_of(
        {
            "wait": {
                "kind": "wait",
                "for": "1 day",
                "events": {"x": r.WITHDRAWN},
                "outcomes": {"x": "hello"},
            },
            "hello": send(channel=["sms", "email"]),
        }
    )
    ((_, signal),) = r.moves_for(withdrawn("research", "sms"), [waiting(1, program)], AINO)
    assert isinstance(signal, s.Happened)


# coming in

ON_ORDER = program_of(
    {"hello": send()},
    trigger={"event": "Ordered", "where": {"property": "total", "at_least": 10}},
    object="order",
    key="on-order",
)
ON_WORD = program_of(
    {"hello": send()}, trigger={"keyword": {"words": ["huolto"], "channel": "sms"}}, key="on-word"
)
BY_HAND = program_of({"hello": send()}, key="by-hand")
ALL = [ON_ORDER, ON_WORD, BY_HAND]


def entering(happening: r.Happening, *, answered: bool = False) -> list[tuple[str, str, str]]:
    entries = r.entries_for(happening, ALL, answered=answered)
    return [(entry.program.key, entry.signal.object, entry.signal.channel) for entry in entries]


def test_an_event_that_fits_brings_in_with_its_object() -> None:
    assert entering(event("Ordered", total=10, order=7068527)) == [("on-order", "7068527", "")]
    assert entering(event("Ordered", total=10)) == [("on-order", "", "")]
    assert entering(event("Ordered", total=9)) == []
    assert entering(event("Other", total=10)) == []


def test_a_word_brings_in_where_it_was_said_unless_it_answered_something() -> None:
    assert entering(reply("Huolto!")) == [("on-word", "", "sms")]
    assert entering(reply("Huolto!"), answered=True) == []
    assert entering(reply("Huolto kiitos")) == []
    assert entering(reply("Huolto", keyword="stop")) == []
    assert entering(event(r.RECEIVED, channel="email", text="huolto")) == []


def test_an_invitation_brings_into_the_dialogue_it_names() -> None:
    assert entering(event(r.INVITED, dialogue="by-hand")) == [("by-hand", "", "")]
    assert entering(event(r.INVITED, dialogue="on-order", order="1")) == [("on-order", "1", "")]
    assert entering(event(r.INVITED, dialogue="nobody")) == []


def refused(past: list[r.Past], facts: Facts = AINO, **settings: Any) -> str:
    program = program_of({"hello": send()}, trigger={"event": "Ordered"}, **settings)
    (entry,) = r.entries_for(event("Ordered", total=20), [program], answered=False)
    return r.refusal_to_enter(entry, past, facts)


OPEN, OVER = r.Past(T - 30 * DAY, is_open=True), r.Past(T - 30 * DAY, is_open=False)


@pytest.mark.parametrize(
    ("reentry", "past", "refusal"),
    [
        ("never", [], ""),
        ("never", [OVER], "been_here"),
        ("never", [OPEN], "already_inside"),
        ("after_end", [OVER], ""),
        ("after_end", [OVER, OPEN], "already_inside"),
        ("always", [OVER], ""),
        ("always", [OPEN], "already_inside"),
        ({"after": "30 days"}, [OVER], ""),
        ({"after": "31 days"}, [OVER], "been_here"),
        ({"after": "1 day"}, [OPEN], "already_inside"),
        ({"after": "31 days"}, [r.Past(T - 90 * DAY, is_open=False), OVER], "been_here"),
        ({"after": "1 year"}, [], ""),
    ],
)
def test_who_has_been_in_comes_again_by_the_rule(
    reentry: Any, past: list[r.Past], refusal: str
) -> None:
    assert refused(past, reentry=reentry) == refusal


@pytest.mark.parametrize(
    ("eligible", "refusal"),
    [
        ({"trait": "town", "is": "Oulu"}, ""),
        ({"trait": "town", "is": "Turku"}, "not_eligible"),
        ({"consent": "marketing", "channel": "sms"}, ""),
        ({"property": "total", "at_least": 20}, ""),
        ({"property": "total", "at_least": 21}, "not_eligible"),
        ({"variable": "level", "is": 3}, ""),
    ],
)
def test_who_does_not_meet_the_conditions_stays_out(eligible: Any, refusal: str) -> None:
    assert refused([], eligible=eligible, variables={"level": 3}) == refusal


def test_a_dialogue_may_speak_where_it_has_permission_and_address() -> None:
    assert r.may_still_speak(BOTH, AINO)
    assert not r.may_still_speak(BOTH, VILLE)
    assert r.may_still_speak(CONFIRMING, VILLE)
    stopped = msgspec.structs.replace(AINO, consents={**AINO.consents, "*/sms": "withdrawn"})
    assert r.may_still_speak(BOTH, stopped)
    assert not r.may_still_speak(BY_HAND, stopped)
