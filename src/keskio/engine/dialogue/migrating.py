"""Moving somebody from one version of a dialogue to another, as a plan says.

Rule 1: what has been passed is never run again: who follows makes no new visit and nothing is sent.
Rule 2: a deadline is counted anew from when the waiting began, and never into the past: what would be
overdue keeps the deadline it had, unless the plan says that it is due now.
Rule 3: what cannot be moved sensibly stays on its version, with a reason.
Rule 4: a message that is claimed keeps its text; one that is not yet claimed gets the new one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.enrolment import Enrolment, Question, Timer
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.moments import Around, anchored_at, moment_at
from keskio.engine.dialogue.reasons import Reason
from keskio.engine.dialogue.run import KEPT_ON_LEAVING, Taken
from keskio.engine.dialogue.signals import Due, Signal, Withdrawn
from keskio.engine.dialogue.step import Answer, rest

Kind: TypeAlias = Literal["follow", "stay", "move", "exit"]
Verdict: TypeAlias = Literal["followed", "stayed", "moved", "exited"]
# What became of a deadline: untouched, counted anew, kept because the new one is past, due now, or
# counted from now because there was none before.
Deadline: TypeAlias = Literal["", "recomputed", "kept", "due_now", "from_now"]
# By these events the host is told to move one enrolment as a change says, or to bring it back.
MOVING, RETURNING = "dialogue.moving", "dialogue.returning"
CHANGES = frozenset({MOVING, RETURNING})
DOORSTEP = "~"  # no step's key: what a move leaves from
TRANSIENT = frozenset({"", "verdict", "stock"})  # phases in which nothing rests


class Instruction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done with those who are at a step: `move` names the `step` of the new version.

    `due_now`: who would be overdue by the new deadline is due at once, instead of keeping the old.
    """

    kind: Kind = "follow"
    step: str = ""
    due_now: bool = False


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done with those inside, by the step of the old version that they are at."""

    steps: Mapping[str, Instruction] = {}
    otherwise: Instruction = Instruction()

    def at(self, step: str) -> Instruction:
        """Return the instruction for those who are at `step`."""
        return self.steps.get(step, self.otherwise)


class Journey(msgspec.Struct, frozen=True):
    """A signal that must be taken for the move to come about: of which program, in which state."""

    program: p.Program
    enrolment: Enrolment
    signal: Signal


class Prepared(msgspec.Struct, frozen=True):
    """How somebody moves. Where `journey` is None, `taken` is all of it.

    `deadline` says what became of the present deadline.
    """

    verdict: Verdict
    taken: Taken
    deadline: Deadline = ""
    journey: Journey | None = None


class Migrated(msgspec.Struct, frozen=True):
    """What came of it. `taken` is as of any signal: state, effects, reasons, and what was passed."""

    verdict: Verdict
    taken: Taken
    deadline: Deadline = ""

    @property
    def is_reversible(self) -> bool:
        """Tell whether nothing was done but moving: then the state before can be put back."""
        quiet = all(isinstance(effect, do.SetTimer) for effect in self.taken.effects)
        return quiet and not self.taken.passed and not self.taken.enrolment.is_over


class _CannotFollow(Exception):
    """Somebody stays, for a reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def migrate(  # noqa: PLR0913 - what a move hangs on
    old: p.Program,
    new: p.Program,
    enrolment: Enrolment,
    instruction: Instruction,
    facts: Facts,
    now: int,
    *,
    had: Collection[str] = (),
    answer: Answer | None = None,
) -> Migrated:
    """Move `enrolment` from `old` to `new`: the same arguments give the same result, always.

    `had` names the steps whose message this enrolment has had; `answer` answers proposals of a step
    that is entered, as in `step.rest`. Who stays is unchanged, in the old version.
    """
    found = prepare(old, new, enrolment, instruction, facts, now, had=had)
    if found.journey is None:
        return Migrated(found.verdict, found.taken, found.deadline)
    way = found.journey
    taken = rest(way.program, way.enrolment, way.signal, facts, now, answer)
    return arrived(found, taken)


def prepare(  # noqa: PLR0911, PLR0913 - one answer for each instruction; what a move hangs on
    old: p.Program,
    new: p.Program,
    enrolment: Enrolment,
    instruction: Instruction,
    facts: Facts,
    now: int,
    *,
    had: Collection[str] = (),
) -> Prepared:
    """Return how somebody moves; a host that answers proposals takes the journey's signal itself."""
    step = enrolment.step
    if enrolment.is_over:
        return _stays(enrolment, Reason("over", step))
    if instruction.kind == "stay":
        return _stays(enrolment, Reason("stays_by_plan", step))
    if instruction.kind == "exit":
        way = Journey(old, enrolment, Withdrawn(now, "ended_by_change"))
        return Prepared("exited", Taken(enrolment, (), ()), journey=way)
    if enrolment.phase in TRANSIENT:
        return _stays(enrolment, Reason("not_at_rest", step))
    if instruction.kind == "move":
        return _moves(new, enrolment, instruction.step, now, had)
    try:
        return _follows(old, new, enrolment, instruction, facts, now)
    except _CannotFollow as refusal:
        return _stays(enrolment, refusal.reason)


def arrived(found: Prepared, taken: Taken) -> Migrated:
    """Return what came of a journey whose signal led to `taken`: the doorstep is not told of."""
    if found.verdict != "moved":
        return Migrated(found.verdict, taken, found.deadline)
    reasons = [reason for reason in taken.reasons if reason.step != DOORSTEP]
    told = Reason("moved_by_change", found.taken.enrolment.step, {"to": taken.enrolment.step})
    passed = tuple(one for one in taken.passed if one[0] != DOORSTEP)
    whole = Taken(taken.enrolment, taken.effects, (told, *reasons), passed)
    return Migrated("moved", whole, found.deadline)


def comes_before(program: p.Program, step: str, other: str) -> bool:
    """Tell whether `step` lies wholly behind those at `other`: passed, and no way leads back to it."""
    if step == other or step not in program.steps or other not in program.steps:
        return False
    return other in _beyond(program, step) and step not in _beyond(program, other)


def can_follow(old: p.Program, new: p.Program, step: str) -> bool:
    """Tell whether those at `step` of the old version find the same step in the new one."""
    before, after = old.steps.get(step), new.steps.get(step)
    return before is not None and after is not None and before.kind == after.kind


def _beyond(program: p.Program, step: str) -> set[str]:
    found: set[str] = set()
    waiting = [step]
    while waiting:
        for target in program.steps[waiting.pop()].outcomes.values():
            if target in program.steps and target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _stays(enrolment: Enrolment, why: Reason) -> Prepared:
    return Prepared("stayed", Taken(enrolment, (), (why,)))


def _moves(
    new: p.Program, enrolment: Enrolment, step: str, now: int, had: Collection[str]
) -> Prepared:
    """A move is like a wait that ends now and leads to the step: nothing is passed but a doorstep."""
    target = new.steps.get(step)
    if target is None:
        return _stays(enrolment, Reason("step_gone", enrolment.step))
    if step in had:
        return _stays(enrolment, Reason("been_there", enrolment.step, {"of": step}))
    door = p.Wait(key=DOORSTEP, kind="wait", outcomes={"timeout": step}, deadline=None, events={})
    program = msgspec.structs.replace(new, steps={**new.steps, DOORSTEP: door})
    question = enrolment.question
    if question is not None and (
        question.step == enrolment.step or not isinstance(new.steps.get(question.step), p.Ask)
    ):
        question = None
    kept = KEPT_ON_LEAVING if question is not None else KEPT_ON_LEAVING - {"question"}
    leaving = Timer(now, "deadline", enrolment.visit)
    at_door = msgspec.structs.replace(
        enrolment,
        step=DOORSTEP,
        phase="time",
        question=question,
        timers=(*(timer for timer in enrolment.timers if timer.kind in kept), leaving),
    )
    way = Journey(program, at_door, Due(now, "deadline", enrolment.visit))
    return Prepared("moved", Taken(enrolment, (), ()), journey=way)


def _follows(
    old: p.Program,
    new: p.Program,
    enrolment: Enrolment,
    instruction: Instruction,
    facts: Facts,
    now: int,
) -> Prepared:
    if not can_follow(old, new, enrolment.step):
        return _stays(enrolment, Reason("step_gone", enrolment.step))
    moving = _Following(old, new, enrolment, instruction, facts, now)
    moving.ends()
    moving.question()
    moving.wait()
    moving.rhythm()
    moving.items()
    state = msgspec.structs.replace(
        enrolment, timers=moving.timers, question=moving.asked, places=moving.places
    )
    if state == enrolment:
        state = enrolment
    effects = tuple(
        do.SetTimer(timer.due, timer.kind, timer.visit)
        for timer in state.timers
        if timer not in enrolment.timers
    )
    told = Reason(
        "followed_change", enrolment.step, {"deadline": moving.told} if moving.told else {}
    )
    return Prepared("followed", Taken(state, effects, (told, *moving.reasons)), moving.told)


class _Following:
    """The timers and the question of somebody who goes on at the same step of another version."""

    def __init__(
        self,
        old: p.Program,
        new: p.Program,
        enrolment: Enrolment,
        instruction: Instruction,
        facts: Facts,
        now: int,
    ) -> None:
        self._old, self._new, self._enrolment = old, new, enrolment
        self._due_now, self._now = instruction.due_now, now
        self._before = Around(old, enrolment.variables, facts, enrolment.object)
        self._after = Around(new, enrolment.variables, facts, enrolment.object)
        self.timers: tuple[Timer, ...] = enrolment.timers
        self.asked: Question | None = enrolment.question
        self.places = enrolment.places
        self.told: Deadline = ""
        self.reasons: list[Reason] = []

    def ends(self) -> None:
        """Follow a last day that is fixed; one that is counted from the beginning stays as it was."""
        had, given = self._old.ends, self._new.ends
        if given is None:
            self._set("ends", None, 0)
        elif _is_fixed(given) and (had is None or _is_fixed(had)):
            due, _how = self._counted(had, given, self._now, self._due_of("ends"))
            self._set("ends", due, 0)

    def question(self) -> None:
        """Keep an open question open where its step still asks; else close it."""
        question = self.asked
        if question is None:
            return
        had, asks = self._old.steps.get(question.step), self._new.steps.get(question.step)
        if not isinstance(had, p.Ask) or not isinstance(asks, p.Ask):
            self.asked = None
            self._set("question", None, question.visit)
            self.reasons.append(Reason("question_gone", question.step))
            return
        since = question.asked_at or self._enrolment.since
        due, how = self._counted(had.deadline, asks.deadline, since, question.until)
        if how:
            self.told = how
            assert due is not None
            self.asked = msgspec.structs.replace(question, until=due)
            if self._due_of("question") is not None:  # none while the message is held
                self._set("question", due, question.visit)

    def wait(self) -> None:
        """Count the deadline of a wait anew from when it began."""
        step = self._enrolment.step
        had, waits = self._old.steps[step], self._new.steps[step]
        if not isinstance(had, p.Wait) or not isinstance(waits, p.Wait):
            return
        if self._enrolment.phase != "time":
            return
        current = self._due_of("deadline")
        if waits.deadline is None:
            self.told = "recomputed" if current is not None else ""
            self._set("deadline", None, 0)
            return
        since = self._enrolment.since
        due, how = self._counted(had.deadline, waits.deadline, since, current)
        if how:
            self.told = how
            self._set("deadline", due, self._enrolment.visit)

    def rhythm(self) -> None:
        """Count the next run of a repeat anew from the last."""
        had, repeats = self._steps()
        if isinstance(had, p.Repeat) and isinstance(repeats, p.Repeat):
            current = self._due_of("run")
            due, how = self._counted(had.next, repeats.next, self._enrolment.since, current)
            if how:
                self.told = how
                self._set("run", due, self._enrolment.visit)

    def items(self) -> None:
        """Wait for the next item of a timeline as it is now; a new one that is past is passed over.

        An item that was ahead and would now be past is due now if the plan says so; else she stays.
        """
        had, line = self._steps()
        if not isinstance(had, p.Timeline) or not isinstance(line, p.Timeline):
            return
        gone = list(self.places.get(line.key, ()))
        earlier = {item.name: anchored_at(item.moment, self._before) for item in had.items}
        dues: list[int] = []
        for item in line.items:
            due = None if item.name in gone else anchored_at(item.moment, self._after)
            if due is None:
                continue
            was = earlier.get(item.name)
            if due > self._now or due == was or (self._due_now and item.name in earlier):
                dues.append(due if due > self._now or due == was else self._now)
            elif was is None:
                gone.append(item.name)
            else:
                raise _CannotFollow(Reason("deadline_past", self._enrolment.step))
        if gone != list(self.places.get(line.key, ())):
            self.places = {**self.places, line.key: gone}
        due = min(dues, default=None)
        if due != self._due_of("item"):
            self.told = "due_now" if due == self._now else "recomputed"
            self._set("item", due, self._enrolment.visit)

    def _steps(self) -> tuple[p.Step, p.Step]:
        key = self._enrolment.step
        return self._old.steps[key], self._new.steps[key]

    def _counted(
        self, had: p.Moment | None, given: p.Moment, since: int, current: int | None
    ) -> tuple[int | None, Deadline]:
        """Return when `given` is due, counted from `since`, and what became of the deadline."""
        try:
            due = moment_at(given, since, self._after)
            if had is not None and due == moment_at(had, since, self._before):
                return current, ""
            if due > self._now:
                return due, "recomputed"
            if self._due_now:
                return self._now, "due_now"
            if current is not None:
                return current, "kept"
            due = moment_at(given, self._now, self._after)
        except ValueError:
            if had == given:
                return current, ""
            raise _CannotFollow(Reason("deadline_unknown", self._enrolment.step)) from None
        if due <= self._now:
            raise _CannotFollow(Reason("deadline_past", self._enrolment.step))
        return due, "from_now"

    def _due_of(self, kind: str) -> int | None:
        return next((timer.due for timer in self.timers if timer.kind == kind), None)

    def _set(self, kind: str, due: int | None, visit: int) -> None:
        if due is not None and due == self._due_of(kind):
            return
        others = tuple(timer for timer in self.timers if timer.kind != kind)
        mine = [timer for timer in self.timers if timer.kind == kind]
        if due is None:
            self.timers = others if mine else self.timers
        else:
            self.timers = (*others, Timer(due, kind, mine[0].visit if mine else visit))


def _is_fixed(moment: p.Moment) -> bool:
    return moment.until is not None or bool(moment.of)
