"""What has been learnt by heart is what the engine does, value by value, whatever comes."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.dialogue import rote as rote_module
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.composing import fill, holding, written
from keskio.engine.dialogue.drive import Host, drive
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.rote import Rote
from keskio.engine.dialogue.run import Taken
from keskio.engine.dialogue.standins import Moments, Unlearnable
from keskio.engine.times import DAY, MINUTE
from tests.engine import world as world_module
from tests.engine.making import AINO, MONDAY, ask, finish, program_of, send
from tests.engine.programs import program_from, rules_from
from tests.engine.test_laws import LENGTHS, NAMES, SEEDS, played, scenes_from


class Recorder:
    """Asks the host, and keeps what was asked and answered."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.told: list[tuple[str, Any, int, Any]] = []

    def __getattr__(self, name: str) -> Any:
        def asked(effect: Any, at: int) -> Any:
            answer = getattr(self.host, name)(effect, at)
            self.told.append((name, effect, at, answer))
            return answer

        return asked


class Replayer:
    """Answers what the recorded host did, to the same proposals in the same order."""

    def __init__(self, told: list[tuple[str, Any, int, Any]]) -> None:
        self.told = list(told)

    def __getattr__(self, name: str) -> Any:
        def asked(effect: Any, at: int) -> Any:
            was, proposal, moment, answer = self.told.pop(0)
            assert (name, effect, at) == (was, proposal, moment)
            return answer

        return asked


@given(SEEDS, LENGTHS, st.integers(1, 3), st.sampled_from([1, rote_module.OFTEN]))
def test_by_heart_is_as_the_engine_does(seed: int, length: int, times: int, often: int) -> None:
    program = program_from(seed)
    rote = Rote(program)

    def both(
        program: Program, state: Enrolment, signal: s.Signal, facts: Facts, now: int, host: Host
    ) -> Taken:
        recorder = Recorder(host)
        taken = drive(program, state, signal, facts, now, recorder)
        replayer = Replayer(recorder.told)
        by_heart = rote.drive(state, signal, facts, now, replayer)
        assert by_heart == taken
        assert (by_heart.enrolment is state) == (taken.enrolment is state)
        assert not replayer.told
        return taken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world_module, "drive", both)
        patch.setattr(rote_module, "OFTEN", often)  # at once, or only what really comes often
        for other in range(times):  # the same dialogue with other people at other times
            played([program], rules_from(seed), scenes_from(seed + other, length), NAMES)


class Yes:
    """A host that lets everything pass."""

    def judge(self, effect: Any, at: int) -> s.Judged:
        return s.Judged(at, effect.visit, "send", channel=effect.channels[0])

    def reserve(self, effect: Any, at: int) -> s.Reserved:
        raise AssertionError(effect, at)

    def direct(self, effect: Any, at: int) -> s.Started:
        raise AssertionError(effect, at)


def campaign() -> Program:
    thanks = send(outcomes={"sent": "done"})
    asking = ask(outcomes={"A": "thanks", "B": "done", "none": "done"}, **{"for": "14 days"})
    return program_of({"ask": asking, "thanks": thanks, "done": finish()})


def through(rote: Rote, at: int) -> list[Taken]:
    """Take one customer through the campaign, who enters at `at`."""
    told: list[Taken] = []
    state = Enrolment()
    for signal in (
        s.Entered(at, {"car": str(at)}, ""),
        s.Replied(at + 7 * MINUTE, "sms", "A"),
        s.Reported(at + 8 * MINUTE, 2, "sent"),
    ):
        told.append(rote.drive(state, signal, AINO, at + DAY, Yes()))
        state = told[-1].enrolment
    return told


def test_a_campaign_is_learnt_from_its_first_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    program = campaign()
    rote = Rote(program)
    through(rote, MONDAY)
    later = MONDAY + 3 * MINUTE  # the same quarter of an hour
    expected = through(Rote(program), later)
    for name in ("drive", "rest"):
        monkeypatch.setattr(rote_module, name, _not_asked)
    assert through(rote, later) == expected
    assert [taken.enrolment.status for taken in expected] == ["waiting", "waiting", "ended"]


def _not_asked(*_: object) -> Any:
    raise AssertionError("the engine was asked about what had been learnt")


def test_another_day_is_learnt_anew_where_the_clocks_change() -> None:
    program = campaign()
    rote = Rote(program)
    for day in range(60):  # over the last Sunday in March
        at = MONDAY + day * DAY
        assert through(rote, at) == through(Rote(program), at)


def test_so_much_is_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rote_module, "MOST_LEARNT", 3)
    rote, dice = Rote(campaign()), Random(7)
    for number in range(20):
        text = dice.choice("ABCDEFGH")
        asked = rote.drive(Enrolment(), s.Entered(MONDAY), AINO, MONDAY, Yes())
        reply = s.Replied(MONDAY + number, "sms", text)
        rote.drive(asked.enrolment, reply, AINO, MONDAY + number, Yes())
    assert len(rote._learnt) <= 4


def test_a_stand_in_is_no_number() -> None:
    moments = Moments([5, 9])
    one, other = moments.stand_in(0), moments.stand_in(1)
    assert (one < other, one + 10 > other, (one + 30) // 10) == (True, True, 3)
    for hold in (moments.hold, holding(moments)):
        assert [hold([first, 9]) for first in (6, 15, 10)] == [True, False, False]
    template = (one + 2, ("a", [other]), {"b": one})
    for made in (fill(template, [1, 2], None), written(template)([1, 2], None)):
        assert made == (3, ("a", [2]), {"b": 1})
    hostile = {"g.x}": ('"); exit(', one), "__import__('os')": "v[9]"}
    assert written(hostile)([1, 2], None) == {**hostile, "g.x}": ('"); exit(', 1)}
    for wrong in (str, int, bool, hash, repr):
        with pytest.raises((Unlearnable, TypeError)):
            wrong(one)
