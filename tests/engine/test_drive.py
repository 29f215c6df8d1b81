"""One signal taken to rest: proposals are answered at once, whatever the answer."""

from __future__ import annotations

import msgspec
import pytest

from keskio.engine.dialogue.drive import drive
from keskio.engine.dialogue.effects import Reserve, SendMessage, StartDialogue, StopDialogue
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.signals import Entered, Judged, Reported, Reserved, Started
from tests.engine.making import AINO, HOUR, MONDAY, ask, finish, program_of, send, told


class Answering:
    """A host with one answer to every message and one to every reservation."""

    def __init__(self, verdict: str = "send", reason: str = "", stock: str = "given") -> None:
        self.verdict, self.reason, self.stock = verdict, reason, stock
        self.asked: list[str] = []

    def judge(self, effect: SendMessage, at: int) -> Judged:
        self.asked.append(effect.step)
        return Judged(at, effect.visit, self.verdict, self.reason, at + HOUR, "sms")

    def reserve(self, effect: Reserve, at: int) -> Reserved:
        self.asked.append(effect.step)
        return Reserved(at, effect.visit, self.stock, "X1")

    def direct(self, effect: StartDialogue | StopDialogue, at: int) -> Started:
        self.asked.append(effect.step)
        return Started(at, effect.visit, "started")


CODE = {
    "kind": "offer",
    "offer": "x",
    "outcomes": {"given": "tell", "sold_out": "sorry", "refused": "end"},
}
OFFERING = program_of(
    {
        "code": CODE,
        "tell": send(outcomes={"sent": "end", "dropped": "last"}),
        "sorry": send(),
        "last": finish("last"),
    }
)


def test_a_code_and_its_message_come_from_one_signal() -> None:
    host = Answering()
    taken = drive(OFFERING, Enrolment(), Entered(MONDAY), AINO, MONDAY, host)
    assert told(taken) == ("Reserve SendMessage", "claimed", "tell:result")
    assert host.asked == ["code", "tell"]
    assert taken.passed == (("code", "given"),)
    assert taken.enrolment.variables == {"coupon": "X1"}


def test_sold_out_and_refused_by_the_gate_ends_by_itself() -> None:
    host = Answering("drop", "no_permission", stock="sold_out")
    taken = drive(OFFERING, Enrolment(), Entered(MONDAY), AINO, MONDAY, host)
    assert told(taken) == (
        "Reserve SendMessage End",
        "no_permission",
        "ended sorry.dropped.no_permission",
    )
    assert taken.passed == (("code", "sold_out"), ("sorry", "dropped.no_permission"))


def test_a_hold_rests() -> None:
    taken = drive(
        OFFERING, Enrolment(), Entered(MONDAY), AINO, MONDAY, Answering("hold", "pressure")
    )
    assert told(taken) == ("Reserve SendMessage SetTimer", "pressure", "tell:held")


def test_a_signal_that_proposes_nothing_asks_nobody() -> None:
    host = Answering()
    first = drive(OFFERING, Enrolment(), Entered(MONDAY), AINO, MONDAY, host).enrolment
    host.asked.clear()
    taken = drive(OFFERING, first, Reported(MONDAY, 2, "sent"), AINO, MONDAY, host)
    assert (told(taken), host.asked) == (("End", "", "ended tell.sent"), [])


@pytest.mark.parametrize(
    "steps",
    [
        {"again": ask(outcomes={"A": "end", "B": "end", "none": "end", "dropped": "again"})},
        {
            "one": ask(outcomes={"A": "end", "B": "end", "none": "end", "dropped": "two"}),
            "two": ask(outcomes={"A": "end", "B": "end", "none": "end", "dropped": "one"}),
        },
        {
            "past": {"kind": "wait", "until": "2020-01-01", "outcomes": {"timeout": "say"}},
            "say": send(outcomes={"sent": "past", "dropped": "past"}),
        },
    ],
    ids=["itself", "two", "past"],
)
def test_refusals_in_a_circle_come_to_an_end(steps: dict[str, object]) -> None:
    host = Answering("drop", "no_permission")
    taken = drive(program_of(steps), Enrolment(), Entered(MONDAY), AINO, MONDAY, host)
    assert (taken.enrolment.status, taken.enrolment.outcome) == ("error", "loop_without_wait")
    assert taken.reasons[-1].code == "loop_without_wait"
    assert len(host.asked) <= 51


def test_nothing_that_was_given_is_changed() -> None:
    enrolment, signal = Enrolment(), Entered(MONDAY, {"a": [1]})
    before = msgspec.json.encode([enrolment, signal, AINO])
    drive(OFFERING, enrolment, signal, AINO, MONDAY, Answering())
    assert msgspec.json.encode([enrolment, signal, AINO]) == before
