"""Takes one signal to rest: puts each proposal before the host and feeds the answer back at once.

The runner and `play` share this, so what is played is what will happen.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from keskio.engine.dialogue.effects import (
    AskSurvey,
    Proposal,
    Reserve,
    SendMessage,
    StartDialogue,
    StopDialogue,
)
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.run import Taken
from keskio.engine.dialogue.signals import Admitted, Judged, Reserved, Signal, Started
from keskio.engine.dialogue.step import rest


class Host(Protocol):
    """Answers what the engine may not know: the gate and the stock."""

    def judge(self, effect: SendMessage, at: int) -> Judged:
        """Return the gate's verdict, as of `at`, on a proposed message; the host claims a "send"."""

    def reserve(self, effect: Reserve, at: int) -> Reserved:
        """Return what the stock gave, as of `at`."""

    def direct(self, effect: StartDialogue | StopDialogue, at: int) -> Started:
        """Return what came of bringing the customer into another dialogue, or out of it."""


@runtime_checkable
class Admitting(Protocol):
    """A host that knows whom surveys may ask. One that does not lets everybody be asked."""

    def admit(self, effect: AskSurvey, at: int) -> Admitted:
        """Return whether the customer may be asked, as of `at`."""


def drive(
    program: Program, enrolment: Enrolment, signal: Signal, facts: Facts, now: int, host: Host
) -> Taken:
    """Return where `signal` leads once nothing more can happen at this moment.

    The effects include each proposal as it was made; the reasons and passages are those of all the
    steps taken, in order.
    """

    def answer(proposal: Proposal, at: int) -> Judged | Reserved | Started | Admitted:
        if isinstance(proposal, SendMessage):
            return host.judge(proposal, at)
        if isinstance(proposal, Reserve):
            return host.reserve(proposal, at)
        if isinstance(proposal, AskSurvey):
            if isinstance(host, Admitting):
                return host.admit(proposal, at)
            return Admitted(at, proposal.visit)
        return host.direct(proposal, at)

    return rest(program, enrolment, signal, facts, now, answer)
