"""Takes one signal to rest: puts each proposal before the host and feeds the answer back at once.

The runner and `play` share this loop, so what is played is what will happen.
"""

from __future__ import annotations

from typing import Protocol

from keskio.engine.dialogue.effects import Effect, Reserve, SendMessage
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.reasons import Reason
from keskio.engine.dialogue.run import MOST_STEPS, Taken
from keskio.engine.dialogue.signals import Judged, Reserved, Signal
from keskio.engine.dialogue.step import counted_from, step, stuck


class Host(Protocol):
    """Answers what the engine may not know: the gate and the stock."""

    def judge(self, effect: SendMessage, at: int) -> Judged:
        """Return the gate's verdict, as of `at`, on a proposed message; the host claims a "send"."""

    def reserve(self, effect: Reserve, at: int) -> Reserved:
        """Return what the stock gave, as of `at`."""


def drive(
    program: Program, enrolment: Enrolment, signal: Signal, facts: Facts, now: int, host: Host
) -> Taken:
    """Return where `signal` leads once nothing more can happen at this moment.

    The effects include each proposal as it was made; the reasons and passages are those of all the
    steps taken, in order.
    """
    taken = step(program, enrolment, signal, facts, now)
    if not _asks(taken.effects):
        return taken
    at = counted_from(signal, enrolment, now)
    effects: list[Effect] = []
    reasons: list[Reason] = []
    passed: list[tuple[str, str]] = []
    while True:
        effects += taken.effects
        reasons += taken.reasons
        passed += taken.passed
        asked = _asks(taken.effects)
        if asked is None:
            return Taken(taken.enrolment, tuple(effects), tuple(reasons), tuple(passed))
        if taken.enrolment.visit - enrolment.visit > MOST_STEPS:
            taken = stuck(program, taken.enrolment, facts, at)
            continue
        answer: Judged | Reserved
        if isinstance(asked, SendMessage):  # noqa: SIM108 - a conditional would hide the types
            answer = host.judge(asked, at)
        else:
            answer = host.reserve(asked, at)
        taken = step(program, taken.enrolment, answer, facts, now)


def _asks(effects: tuple[Effect, ...]) -> SendMessage | Reserve | None:
    # A step proposes at most one thing, and it is the last that the step does.
    for effect in reversed(effects):
        if isinstance(effect, (SendMessage, Reserve)):
            return effect
    return None
