"""Tables of signals for the steps that speak: send and ask, in every phase."""

from __future__ import annotations

import msgspec
import pytest

from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.signals import Due, Entered, Judged, Replied, Reported, Signal
from tests.engine.making import (
    DAY,
    HOUR,
    MONDAY,
    Led,
    finish,
    program_of,
    send,
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
