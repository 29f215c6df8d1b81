"""Steps that promise something: told when the message has left, never when it has not."""

from __future__ import annotations

from typing import Any

import pytest

from keskio.engine.dialogue.effects import Record
from keskio.engine.dialogue.signals import Judged, Reported
from tests.engine.making import AINO, HOUR, MONDAY, Led, finish, program_of, read, send

PROMISE: dict[str, Any] = {"text": "Soitamme", "due": {"working_hours": 2}, "kept_by": ["call"]}
STEPS = {
    "hello": send(promise=PROMISE, outcomes={"sent": "call", "failed": "call"}),
    "call": {"kind": "task", "text": "Soita", "queue": "sales", "due": {"for": "1 hour"}},
    "over": finish("over"),
}


def told(one: Led) -> list[Record]:
    assert one.taken is not None
    return [effect for effect in one.taken.effects if isinstance(effect, Record)]


def test_a_message_promises_once_it_has_left() -> None:
    one = Led(program_of(STEPS), AINO)
    one.enter()
    one.take(Judged(MONDAY, 1, "send", channel="sms"))
    assert told(one) == []
    one.take(Reported(MONDAY + HOUR, 1, "sent"))
    (record,) = told(one)
    assert (record.step, record.name) == ("hello", "promise.made")
    assert record.properties == {
        "text": {"fi": "Soitamme"},
        "due_at": MONDAY + 3 * HOUR,
        "visit": 1,
        "share": 0.75,
        "channel": "sms",
        "steps": ["call"],
    }


def test_what_was_not_sent_promises_nothing() -> None:
    one = Led(program_of(STEPS), AINO)
    one.enter()
    one.take(Judged(MONDAY, 1, "send", channel="sms"))
    one.take(Reported(MONDAY, 1, "failed"))
    assert told(one) == []


def test_a_task_can_promise_its_own_time() -> None:
    task = {
        **STEPS["call"],
        "promise": {"text": "Soitamme tunnin kuluessa", "owner": "customer.seller"},
    }
    one = Led(program_of({"call": task, "over": finish("over")}), AINO)
    one.enter()
    (record,) = told(one)
    assert record.properties == {
        "text": {"fi": "Soitamme tunnin kuluessa"},
        "due_at": MONDAY + HOUR,
        "visit": 1,
        "share": 0.75,
        "team": "sales",
    }


@pytest.mark.parametrize(
    ("promise", "code"),
    [
        ({"text": "Soitamme"}, "unreadable"),
        ({"due": {"for": "1 day"}}, "unreadable"),
        ({"text": "Soitamme", "due": {"for": "1 day"}, "who": "me"}, "unreadable"),
        ({"text": "Soitamme", "due": {"for": "1 day"}, "remind_at": 2}, "unreadable"),
    ],
)
def test_what_cannot_be_read_of_a_promise_is_said(promise: dict[str, Any], code: str) -> None:
    program, findings = read({"hello": send(promise=promise), "over": finish("over")})
    assert program is None
    assert [finding.code for finding in findings if finding.severity == "error"] == [code]
