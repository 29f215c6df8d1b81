"""The state machine of one enrolment.

Rule 1: everything that changes an enrolment's state is in the two tables of `entering` and `taking`,
made of the moves in `run`.
Rule 2: no clock, no dice, no world: `now` is an argument, what must be done is an effect.
Rule 3: every signal ends in at least one effect or one named reason.
Rule 4: a wait counts from when its cause happened: an event's own time, but a timer's moment of
being taken, so that a standstill of the machine is never followed by a burst of what was missed.
Rule 5: an open question stands beside the present step: while "please answer with the letter" is on
its way, the answer still counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.enrolment import WAITING, Enrolment
from keskio.engine.dialogue.entering import ENTER
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.run import Run, Taken
from keskio.engine.dialogue.taking import TAKE

Answer: TypeAlias = Callable[[do.Proposal, int], s.Judged | s.Reserved | s.Started | s.Admitted]


def step(
    program: p.Program, enrolment: Enrolment, signal: s.Signal, facts: Facts, now: int
) -> Taken:
    """Take one signal: the same arguments give the same result, always.

    An enrolment that is over is not changed by anything. A proposal among the effects waits for the
    host's answer, which is the next signal.
    """
    return rest(program, enrolment, signal, facts, now, None)


def rest(
    program: p.Program,
    enrolment: Enrolment,
    signal: s.Signal,
    facts: Facts,
    now: int,
    answer: Answer | None,
) -> Taken:
    """Take one signal, and the host's `answer` to each proposal it leads to, until all is at rest.

    The same as `step` for the signal and then for each answer, in one go.
    """
    at = counted_from(signal, enrolment, now)
    run = Run(program, enrolment, facts, at, ENTER)
    if enrolment.is_over:
        run.because("over")
        return run.taken()
    try:
        TAKE[type(signal)](run, signal)
        while answer is not None and run.asked is not None:
            proposal, run.asked = run.asked, None
            answered = answer(proposal, at)
            TAKE[type(answered)](run, answered)
    except (ValueError, KeyError, TypeError, OverflowError, AssertionError) as fault:
        run.fail("broken_step", str(fault))
    return run.taken()


def counted_from(signal: s.Signal, enrolment: Enrolment, now: int) -> int:
    """Return the moment from which what `signal` starts is counted (rule 4)."""
    if isinstance(signal, s.Due):
        return now
    at = min(signal.at, now)
    return max(at, enrolment.since)


STEP_KINDS = frozenset(ENTER)
EMPTY = Enrolment(status=WAITING)
