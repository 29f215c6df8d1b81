"""The working copy of an enrolment: the few moves of which every transition is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.enrolment import ENDED, EXITED, FAILED, Enrolment, Timer
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.moments import moment_at
from keskio.engine.dialogue.reasons import Reason

MOST_STEPS = 50  # entered by one signal; more is a loop without a wait
KEPT_ON_LEAVING = frozenset({"question", "ends"})  # timers that outlive the step that set them


class Taken(msgspec.Struct, frozen=True, gc=False):
    """What one signal led to. `passed` lists (step, outcome) in order, for the counts."""

    enrolment: Enrolment
    effects: tuple[do.Effect, ...]
    reasons: tuple[Reason, ...]
    passed: tuple[tuple[str, str], ...] = ()


class Run:
    """The working copy of one enrolment while one signal is taken.

    `entering` is the table of what each kind of step does on entry; `asked` is a proposal that the
    host has not yet answered.
    """

    __slots__ = (
        "asked",
        "at",
        "before",
        "channel",
        "effects",
        "entering",
        "facts",
        "outcome",
        "passed",
        "phase",
        "program",
        "question",
        "reasons",
        "status",
        "step",
        "timers",
        "variables",
        "visit",
    )

    def __init__(
        self,
        program: p.Program,
        enrolment: Enrolment,
        facts: Facts,
        at: int,
        entering: Mapping[str, Enter],
    ) -> None:
        self.entering = entering
        self.program, self.before, self.facts, self.at = program, enrolment, facts, at
        self.status, self.step, self.visit = enrolment.status, enrolment.step, enrolment.visit
        self.phase, self.timers = enrolment.phase, enrolment.timers
        self.question, self.variables = enrolment.question, enrolment.variables
        self.outcome, self.channel = "", enrolment.channel
        self.asked: do.SendMessage | do.Reserve | None = None
        self.effects: list[do.Effect] = []
        self.reasons: list[Reason] = []
        self.passed: list[tuple[str, str]] = []

    def taken(self) -> Taken:
        """Return what the signal led to."""
        if not self.effects and not self.passed:
            state = self.before if self._is_unchanged() else self.state()
        else:
            state = self.state()
        return Taken(state, tuple(self.effects), tuple(self.reasons), tuple(self.passed))

    def _is_unchanged(self) -> bool:
        before = self.before
        return (
            self.question is before.question
            and self.phase == before.phase
            and self.channel == before.channel
        )

    def state(self) -> Enrolment:
        """Return the enrolment as it is now."""
        before = self.before
        return Enrolment(
            status=self.status,
            step=self.step,
            visit=self.visit,
            phase=self.phase,
            since=before.since if self.visit == before.visit else self.at,
            timers=self.timers,
            question=self.question,
            variables=self.variables,
            object=before.object,
            outcome=self.outcome,
            channel=self.channel,
        )

    def because(self, code: str, **values: Any) -> None:
        """Record a reason at the present step."""
        self.reasons.append(Reason(code, self.step, values))

    def moment(self, moment: p.Moment) -> int:
        """Return the instant that `moment` means, counted from this signal."""
        return moment_at(moment, self.at, self.program, self.variables, self.facts)

    def set_timer(self, due: int, kind: str) -> None:
        """Ask to be told when it is `due`."""
        self.timers = (*self.timers, Timer(due, kind, self.visit))
        self.effects.append(do.SetTimer(due, kind, self.visit))

    def drop_timers(self, kept: frozenset[str] = frozenset()) -> None:
        """Forget the timers but those of the kinds `kept`."""
        if self.timers:
            self.timers = tuple([timer for timer in self.timers if timer.kind in kept])

    def close_question(self) -> None:
        """Close the open question, if there is one."""
        self.question = None
        if self.timers:
            self.timers = tuple([timer for timer in self.timers if timer.kind != "question"])

    def enter(self, key: str) -> None:
        """Go into the step `key`: a new visit."""
        if self.visit - self.before.visit >= MOST_STEPS:
            self.fail("loop_without_wait", key)
            return
        self.drop_timers(KEPT_ON_LEAVING)
        self.step, self.phase, self.visit = key, "", self.visit + 1
        found = self.program.steps[key]
        self.entering[found.kind](self, found)

    def go(self, found: p.Step, outcome: str) -> None:
        """Leave `found` by `outcome`."""
        self.passed.append((found.key, outcome))
        target = p.target_of(found, outcome)
        if target == p.END:
            self.end(f"{found.key}.{outcome}")
        elif target == p.BACK:
            self.back(found, outcome)
        else:
            self.enter(target)

    def back(self, found: p.Step, outcome: str) -> None:
        """Return to the open question without sending anything again."""
        if self.question is None:
            self.end(f"{found.key}.{outcome}")
            return
        self.drop_timers(KEPT_ON_LEAVING)
        self.step, self.phase = self.question.step, "answer"
        self.because("waits_for_answer", until=self.question.until)

    def end(self, outcome: str) -> None:
        """End by an outcome."""
        self.over(ENDED, outcome)

    def exit(self, reason: str) -> None:
        """Leave at once for a reason; what is not yet sent is taken back."""
        self.effects.append(do.CancelMessages(reason))
        self.over(EXITED, reason)

    def ask(self, proposal: do.SendMessage | do.Reserve) -> None:
        """Put a proposal before the host."""
        self.asked = proposal
        self.effects.append(proposal)

    def fail(self, reason: str, detail: str) -> None:
        """Stop in error; nothing of this signal is done."""
        self.because(reason, detail=detail)
        self.effects = [do.CancelMessages(reason)]
        self.over(FAILED, reason)

    def over(self, status: str, outcome: str) -> None:
        """Finish in any way: no timer, no question remains."""
        self.status, self.outcome, self.phase = status, outcome, ""
        self.asked = None
        self.timers, self.question = (), None
        self.effects.append(do.End(status, outcome))

    def propose(self, found: p.Send | p.Ask, valid_until: int | None) -> None:
        """Put the step's message before the gate."""
        self.phase = "verdict"
        self.ask(
            do.SendMessage(
                step=found.key,
                visit=self.visit,
                message=found.message,
                channels=self._in_order(found.message.channels),
                valid_until=valid_until,
                variables=self.variables,
                expects_reply=isinstance(found, p.Ask),
            )
        )

    def _in_order(self, channels: tuple[str, ...]) -> tuple[str, ...]:
        if self.channel not in channels:
            return channels
        return (self.channel, *(channel for channel in channels if channel != self.channel))


Enter: TypeAlias = Callable[[Run, p.Step], None]
