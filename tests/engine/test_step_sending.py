"""Tables of signals for the steps that speak: send and ask, in every phase."""

from __future__ import annotations

import msgspec
import pytest

from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.enrolment import Question
from keskio.engine.dialogue.signals import Due, Entered, Judged, Replied, Reported, Signal
from tests.engine.making import (
    AINO,
    DAY,
    HOUR,
    MONDAY,
    Led,
    ask,
    at,
    finish,
    program_of,
    send,
    told,
)

Row = tuple[Signal, str, str, str]
T = MONDAY

SENDING = program_of(
    {
        "hello": send(
            outcomes={
                "sent": "went",
                "bounced": "lost",
                "failed": "lost",
                "dropped": "refused",
                "dropped.too_late": "late",
                "held.pressure": "crowded",
            }
        ),
        "went": finish("went"),
        "lost": finish("lost"),
        "refused": finish("refused"),
        "late": finish("late"),
        "crowded": finish("crowded"),
    }
)
START: Row = (Entered(T), "SendMessage", "", "hello:verdict")
CLAIMED: Row = (Judged(T, 1, "send", channel="sms"), "", "claimed", "hello:result")
HELD: Row = (
    Judged(T, 1, "hold", "quiet_hours", T + HOUR),
    "SetTimer",
    "quiet_hours",
    "hello:held",
)

SEND_ROWS: dict[str, list[Row]] = {
    "sent": [START, CLAIMED, (Reported(T, 1, "sent"), "End", "", "ended went")],
    "delivered counts as sent": [
        START,
        CLAIMED,
        (Reported(T, 1, "delivered"), "End", "", "ended went"),
    ],
    "bounced": [START, CLAIMED, (Reported(T, 1, "bounced"), "End", "", "ended lost")],
    "failed": [START, CLAIMED, (Reported(T, 1, "failed"), "End", "", "ended lost")],
    "withdrawn before it was handed over": [
        START,
        CLAIMED,
        (Reported(T, 1, "withdrawn", "no_permission"), "End", "", "ended refused"),
    ],
    "unknown waits for a person": [
        START,
        CLAIMED,
        (Reported(T, 1, "unknown"), "", "unknown", "hello:result"),
        (Reported(T, 1, "sent"), "End", "", "ended went"),
    ],
    "dropped": [
        START,
        (Judged(T, 1, "drop", "no_permission"), "End", "no_permission", "ended refused"),
    ],
    "dropped for one reason that has its own way": [
        START,
        (Judged(T, 1, "drop", "too_late"), "End", "too_late", "ended late"),
    ],
    "held, then let go": [
        START,
        HELD,
        (Due(T + HOUR, "gate", 1), "SendMessage", "", "hello:verdict"),
        (Judged(T + HOUR, 1, "send", channel="sms"), "", "claimed", "hello:result"),
    ],
    "held twice": [
        START,
        HELD,
        (Due(T + HOUR, "gate", 1), "SendMessage", "", "hello:verdict"),
        (
            Judged(T + HOUR, 1, "hold", "quiet_hours", T + DAY),
            "SetTimer",
            "quiet_hours",
            "hello:held",
        ),
    ],
    "held for a reason that has its own way": [
        START,
        (Judged(T, 1, "hold", "pressure", T + DAY), "End", "pressure", "ended crowded"),
    ],
    "a verdict twice changes nothing": [
        START,
        CLAIMED,
        (Judged(T, 1, "send", channel="email"), "", "moved_on", "hello:result"),
        (Judged(T, 1, "drop", "too_late"), "", "moved_on", "hello:result"),
    ],
    "a verdict while held changes nothing": [
        START,
        HELD,
        (Judged(T, 1, "send", channel="sms"), "", "moved_on", "hello:held"),
    ],
    "a report before the verdict changes nothing": [
        START,
        (Reported(T, 1, "sent"), "", "moved_on", "hello:verdict"),
    ],
    "a report of another visit changes nothing": [
        START,
        CLAIMED,
        (Reported(T, 7, "failed"), "", "moved_on", "hello:result"),
    ],
    "a timer twice changes nothing": [
        START,
        HELD,
        (Due(T + HOUR, "gate", 1), "SendMessage", "", "hello:verdict"),
        (Due(T + HOUR, "gate", 1), "", "timer_past", "hello:verdict"),
    ],
    "another moment than the timer's changes nothing": [
        START,
        HELD,
        (Due(T + HOUR - 1, "gate", 1), "", "timer_past", "hello:held"),
    ],
    "coming in twice changes nothing": [
        START,
        (Entered(T + 1), "", "already_inside", "hello:verdict"),
        CLAIMED,
    ],
    "a reply that nothing asked for": [
        START,
        CLAIMED,
        (Replied(T, "sms", "Kiitos"), "", "no_open_question", "hello:result"),
    ],
    "everything after the end": [
        START,
        CLAIMED,
        (Reported(T, 1, "sent"), "End", "", "ended went"),
        (Reported(T, 1, "delivered"), "", "over", "ended went"),
        (Judged(T, 1, "send", channel="sms"), "", "over", "ended went"),
        (Replied(T, "sms", "A"), "", "over", "ended went"),
        (Entered(T), "", "over", "ended went"),
    ],
}


@pytest.mark.parametrize("rows", SEND_ROWS.values(), ids=SEND_ROWS)
def test_a_message_goes_its_ways(rows: list[Row]) -> None:
    led = Led(SENDING)
    assert [led.take(row[0]) for row in rows] == [row[1:] for row in rows]


def test_a_message_that_waits_for_its_delivery() -> None:
    led = Led(program_of({"hello": send(outcomes={"delivered": "read"}), "read": finish("read")}))
    led.enter()
    led.let_go()
    sent, delivered = Reported(T, 1, "sent"), Reported(T, 1, "delivered")
    assert led.take(sent) == ("", "waits_for_delivery", "hello:delivery")
    assert led.take(sent) == ("", "moved_on", "hello:delivery")
    assert led.take(delivered) == ("End", "", "ended read")


@pytest.mark.parametrize("state", ["bounced", "failed"])
def test_what_has_no_way_of_its_own_ends_under_its_name(state: str) -> None:
    led = Led(program_of({"hello": send()}))
    led.enter()
    led.let_go()
    assert led.take(Reported(T, 1, state)) == ("End", "", f"ended hello.{state}")


def test_the_proposal_carries_what_the_gate_and_the_sender_need() -> None:
    program = program_of(
        {"hello": send(channel=["email", "sms"], purpose="service", valid={"for": "1 day"})},
        trigger={"event": "Order Completed", "keep": ["order"]},
    )
    led = Led(program)
    led.enter(properties={"order": "7068527", "other": 1}, channel="sms")
    assert led.taken is not None
    (effect,) = led.taken.effects
    assert isinstance(effect, SendMessage)
    assert msgspec.structs.replace(effect, message=program.steps["hello"].message) == SendMessage(  # type: ignore[attr-defined]
        step="hello",
        visit=1,
        message=program.steps["hello"].message,  # type: ignore[attr-defined]
        channels=("sms", "email"),  # the conversation stays where it is being held
        valid_until=T + DAY,
        variables={"order": "7068527"},
    )
    assert (effect.message.purpose, effect.message.pressure) == ("service", "service")


def test_validity_counts_from_entering_however_long_it_was_held() -> None:
    led = Led(program_of({"hello": send(valid={"for": "1 day"})}))
    led.enter()
    led.take(Judged(T, 1, "hold", "quiet_hours", T + HOUR))
    led.due()
    assert _proposed(led).valid_until == T + DAY


def _proposed(led: Led) -> SendMessage:
    assert led.taken is not None
    (effect,) = [e for e in led.taken.effects if isinstance(e, SendMessage)]
    return effect


# ask

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
    assert AINO.addresses["email"] == "aino@example.fi"


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


def test_told_is_short() -> None:
    led = Led(SENDING)
    led.enter()
    assert led.taken is not None
    assert told(led.taken) == ("SendMessage", "", "hello:verdict")
