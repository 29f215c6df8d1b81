"""Tables of signals for a question, in every phase."""

from __future__ import annotations

import pytest

from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.enrolment import Question
from keskio.engine.dialogue.signals import Due, Entered, Judged, Replied, Reported, Signal
from tests.engine.making import DAY, HOUR, MONDAY, Led, ask, at, finish, program_of, send

Row = tuple[Signal, str, str, str]
T = MONDAY


def _proposed(led: Led) -> SendMessage:
    assert led.taken is not None
    (effect,) = [e for e in led.taken.effects if isinstance(e, SendMessage)]
    return effect


ASKING = program_of(
    {
        "which": ask(
            outcomes={
                "A": "a",
                "B": "b",
                "other": "guide",
                "none": "silent",
                "dropped": "refused",
                "failed": "lost",
                "bounced": "lost",
            },
            patience=2,
        ),
        "guide": send(purpose="answer", outcomes={"sent": "back", "dropped": "back"}),
        "a": finish("a"),
        "b": finish("b"),
        "silent": finish("silent"),
        "refused": finish("refused"),
        "lost": finish("lost"),
    }
)
ASKED: list[Row] = [
    (Entered(T), "SendMessage", "", "which:verdict"),
    (Judged(T, 1, "send", channel="sms"), "SetTimer", "", "which:answer"),
]
SENT: Row = (Reported(T, 1, "sent"), "", "noted", "which:answer")
OTHER: Row = (Replied(T + 1, "sms", "Ahaa kiitos"), "SendMessage", "", "guide:verdict")
GUIDED: list[Row] = [
    OTHER,
    (Judged(T + 1, 2, "send", channel="sms"), "", "claimed", "guide:result"),
]
BACK: Row = (Reported(T + 2, 2, "sent"), "", "waits_for_answer", "which:answer")
CLOSES = T + 2 * DAY

ASK_ROWS: dict[str, list[Row]] = {
    "A": [*ASKED, SENT, (Replied(T + 1, "sms", " a. "), "End", "", "ended a")],
    "B before the report": [*ASKED, (Replied(T + 1, "sms", "B"), "End", "", "ended b")],
    "no answer": [*ASKED, SENT, (Due(CLOSES, "question", 1), "End", "", "ended silent")],
    "another channel is no answer": [
        *ASKED,
        (Replied(T + 1, "email", "A"), "", "no_open_question", "which:answer"),
    ],
    "too late by a hair": [
        *ASKED,
        (Replied(CLOSES, "sms", "A"), "", "question_closed", "which:answer"),
    ],
    "in time by a hair": [*ASKED, (Replied(CLOSES - 1, "sms", "A"), "End", "", "ended a")],
    "before it was sent off": [
        ASKED[0],
        (Replied(T, "sms", "A"), "", "no_open_question", "which:verdict"),
    ],
    "written before it was asked, taken later": [
        *ASKED,
        (Replied(T - 1, "sms", "A"), "", "no_open_question", "which:answer"),
    ],
    "something else, then A": [
        *ASKED,
        SENT,
        *GUIDED,
        BACK,
        (Replied(T + 3, "sms", "A"), "End", "", "ended a"),
    ],
    "A while the guidance is on its way": [
        *ASKED,
        *GUIDED,
        (Replied(T + 2, "sms", "A"), "End", "", "ended a"),
        (Reported(T + 3, 2, "sent"), "", "over", "ended a"),
    ],
    "time runs out while the guidance is on its way": [
        *ASKED,
        *GUIDED,
        (Due(CLOSES, "question", 1), "End", "", "ended silent"),
    ],
    "patience ends": [
        *ASKED,
        *GUIDED,
        BACK,
        (Replied(T + 3, "sms", "hm"), "SendMessage", "", "guide:verdict"),
        (
            Judged(T + 3, 3, "drop", "no_permission"),
            "",
            "no_permission waits_for_answer",
            "which:answer",
        ),
        (Replied(T + 4, "sms", "hmm"), "", "asked_enough", "which:answer"),
        (Replied(T + 5, "sms", "hmmm"), "", "asked_enough", "which:answer"),
        (Replied(T + 6, "sms", "a"), "End", "", "ended a"),
    ],
    "the question was refused": [
        ASKED[0],
        (Judged(T, 1, "drop", "no_permission"), "End", "no_permission", "ended refused"),
    ],
    "the question was lost": [
        *ASKED,
        (Reported(T, 1, "bounced"), "End", "", "ended lost"),
    ],
    "the question was lost after guidance": [
        *ASKED,
        *GUIDED,
        (Reported(T + 2, 1, "failed"), "End", "", "ended lost"),
    ],
    "the question was taken back": [
        *ASKED,
        (Reported(T, 1, "withdrawn", "stopped"), "End", "", "ended refused"),
    ],
    "reports are noted": [
        *ASKED,
        (Reported(T, 1, "unknown"), "", "noted", "which:answer"),
        (Reported(T, 1, "delivered"), "", "noted", "which:answer"),
    ],
    "a late report of the guidance changes nothing": [
        *ASKED,
        *GUIDED,
        BACK,
        (Reported(T + 3, 2, "delivered"), "", "moved_on", "which:answer"),
        (Reported(T + 3, 2, "sent"), "", "moved_on", "which:answer"),
    ],
    "held until morning, answered after": [
        ASKED[0],
        (Judged(T, 1, "hold", "quiet_hours", T + HOUR), "SetTimer", "quiet_hours", "which:held"),
        (Replied(T + 1, "sms", "A"), "", "no_open_question", "which:held"),
        (Due(T + HOUR, "gate", 1), "SendMessage", "", "which:verdict"),
        (Judged(T + HOUR, 1, "send", channel="sms"), "SetTimer", "", "which:answer"),
        (Due(CLOSES, "question", 1), "", "timer_past", "which:answer"),
        (Due(at("2026-03-04T10:00"), "question", 1), "End", "", "ended silent"),
    ],
}


@pytest.mark.parametrize("rows", ASK_ROWS.values(), ids=ASK_ROWS)
def test_a_question_goes_its_ways(rows: list[Row]) -> None:
    led = Led(ASKING)
    assert [led.take(row[0]) for row in rows] == [row[1:] for row in rows]


def test_people_answer_what_they_have_got_so_the_time_counts_from_sending() -> None:
    led = Led(ASKING)
    led.enter()
    led.take(Judged(T, 1, "hold", "quiet_hours", T + HOUR))
    led.due()
    led.let_go(T + HOUR, "email")
    assert led.state.question == Question(
        "which", 1, at("2026-03-04T10:00"), "email", asked_at=T + HOUR
    )
    assert led.state.channel == "email"


@pytest.mark.parametrize(
    ("more", "until"),
    [
        ({}, T + 2 * DAY),
        ({"valid": {"for": "1 hour"}}, T + HOUR),
        ({"valid": {"for": "3 days"}}, T + 2 * DAY),
    ],
)
def test_a_question_is_worth_sending_while_it_is_valid_and_open(
    more: dict[str, object], until: int
) -> None:
    led = Led(program_of({"which": ask(**more)}))
    led.enter()
    assert _proposed(led).valid_until == until
    assert _proposed(led).expects_reply
    led.take(Judged(T, 1, "hold", "pressure", T + HOUR // 2))
    led.due()
    assert _proposed(led).valid_until == until


def test_an_answer_that_is_not_understood_and_has_no_way_keeps_the_question_open() -> None:
    led = Led(program_of({"which": ask(outcomes={"A": "end", "B": "end", "none": "end"})}))
    led.enter()
    led.let_go()
    assert led.take(Replied(T + 1, "sms", "mitä?")) == ("", "not_understood", "which:answer")
    assert led.take(Replied(T + 2, "sms", "A")) == ("End", "", "ended which.A")


def test_other_straight_back_says_nothing_and_waits() -> None:
    led = Led(program_of({"which": ask()}))
    led.enter()
    led.let_go()
    assert led.take(Replied(T + 1, "sms", "mitä?")) == ("", "waits_for_answer", "which:answer")


def test_a_letter_may_answer_by_its_first_line() -> None:
    led = Led(program_of({"which": ask(channel="email")}))
    led.enter()
    led.let_go(channel="email")
    assert led.take(Replied(T + 1, "email", "A\n\nTerveisin Aino")) == ("End", "", "ended which.A")


def test_a_question_on_the_way_of_another_takes_its_place() -> None:
    program = program_of(
        {
            "first": ask(outcomes={"A": "end", "B": "end", "other": "second", "none": "end"}),
            "second": ask(outcomes={"A": "won", "B": "end", "other": "back", "none": "end"}),
            "won": finish("won"),
        }
    )
    led = Led(program)
    led.enter()
    led.let_go()
    led.take(Replied(T + 1, "sms", "mitä?"))
    led.let_go(T + 1)
    assert [timer.visit for timer in led.state.timers] == [2]
    assert led.take(Reported(T + 2, 1, "sent")) == ("", "moved_on", "second:answer")
    assert led.take(Replied(T + 3, "sms", "A")) == ("End", "", "ended won")
