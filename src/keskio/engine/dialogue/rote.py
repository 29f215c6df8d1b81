"""Transitions learnt by heart: what `drive` once found out need not be found out for the next customer.

A campaign sends a hundred thousand people through the same few transitions, which differ only in their
moments. `Rote` lets the engine itself take the first of a kind with stand-ins for moments. A stand-in
notes every comparison that the engine makes of it, and where in the result it ends up. The next customer
in the same state, with the same signal, gets that result with her own moments put in, provided that all
noted comparisons come out the same for them.

Rule 1: the engine is the only source of transitions; here are none.
Rule 2: whatever a stand-in cannot follow (conditions, dates by the calendar, properties of events, an
answer of the host other than a plain "send") is not learnt: `drive` takes it, each time.
Rule 3: the result is that of `drive`, value by value (`tests/engine/test_rote.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, cast

import msgspec

from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.composing import Hold, Make, fill, holding, written
from keskio.engine.dialogue.drive import Admitting, Host, drive
from keskio.engine.dialogue.effects import Proposal, SendMessage
from keskio.engine.dialogue.enrolment import FAILED, WAITING, Enrolment, Question, Timer
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.run import Taken
from keskio.engine.dialogue.standins import (
    Moments,
    Opaque,
    Same,
    Tripwire,
    Unlearnable,
)
from keskio.engine.dialogue.step import counted_from, rest

MOST_LEARNT = 5_000  # lessons; beyond that all are forgotten, and learnt again as they come
OFTEN = 5  # so many have been made before the making is written as code: that takes as long
MOST_ALIKE = 6  # lessons for one situation, by what their comparisons came to
LONGEST_TEXT = 40  # characters of a reply that may be a choice among letters
SIGNAL_AT, NOW, SINCE, STATED = range(4)


class Lesson:
    """One way through a situation: the comparisons it hangs on, and the result or a proposal.

    `hold` tells whether the comparisons come to the same for other moments; `make` makes the result
    with them. What has been made often is written as code.
    """

    __slots__ = ("_made", "_template", "endings", "hold", "make", "moments")

    def __init__(
        self, moments: Moments, template: Any, endings: dict[str, list[Lesson]] | None = None
    ) -> None:
        self.moments, self.endings = moments, endings
        self.hold: Hold = moments.hold
        self.make: Make = self._make
        self._template, self._made = template, 0

    def _make(self, values: Sequence[int], given: Any) -> Any:
        self._made += 1
        if self._made == OFTEN:
            self.hold, self.make = holding(self.moments), written(self._template)
        return fill(self._template, values, given)


class Rote:
    """What has been learnt of a program. For one thread; forgetting is harmless."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._learnt: dict[Hashable, list[Lesson]] = {}
        self._hopeless: set[Hashable] = set()

    def drive(
        self,
        enrolment: Enrolment,
        signal: s.Signal,
        facts: Facts,
        now: int,
        host: Host,
    ) -> Taken:
        """Return what `drive` would, with the same calls of `host`."""
        key = _situation(enrolment, signal, facts)
        lessons = () if key is None else self._learnt.get(key, ())
        if not lessons and (key is None or key in self._hopeless):
            return drive(self.program, enrolment, signal, facts, now, host)
        given = _moments_of(enrolment, signal, now)
        for lesson in lessons:
            if lesson.hold(given):
                break
        else:
            return self._learn(key, enrolment, signal, facts, now, host)
        if lesson.endings is None:
            return lesson.make(given, enrolment)  # type: ignore[no-any-return]
        at = counted_from(signal, enrolment, now)
        answer = host.judge(lesson.make(given, enrolment), at)
        if answer.verdict == "send" and not answer.reason and not answer.until:
            for ending in lesson.endings.get(answer.channel, ()):
                if ending.hold(given):
                    return ending.make(given, enrolment)  # type: ignore[no-any-return]
        return drive(self.program, enrolment, signal, facts, now, _Recalled(host, answer))

    def _learn(
        self,
        key: Hashable,
        enrolment: Enrolment,
        signal: s.Signal,
        facts: Facts,
        now: int,
        host: Host,
    ) -> Taken:
        """Let the engine take the signal with stand-ins, and keep what it did."""
        given = _moments_of(enrolment, signal, now)
        pupil = _Pupil(given, enrolment, host)
        try:
            taken = pupil.take(self.program, signal, facts)
            found = fill(taken, given, enrolment)
            self._keep(key, pupil, taken)
        except Unlearnable:
            self._hopeless.add(key)
            return drive(self.program, enrolment, signal, facts, now, _Recalled(host, pupil.answer))
        return cast("Taken", found)

    def _keep(self, key: Hashable, pupil: _Pupil, taken: Taken) -> None:
        if len(self._learnt) + len(self._hopeless) >= MOST_LEARNT:
            self._learnt, self._hopeless = {}, set()
        alike = self._learnt.setdefault(key, [])
        ending = Lesson(pupil.after, taken)
        if pupil.answer is None:
            alike.append(Lesson(pupil.before, taken))
        else:
            same = next((n for n in alike if n.endings and n.moments.is_like(pupil.before)), None)
            if same is None:
                same = Lesson(pupil.before, pupil.proposal, {})
                alike.append(same)
            assert same.endings is not None
            endings = same.endings.setdefault(pupil.answer.channel, [])
            endings.append(ending)
            del endings[:-MOST_ALIKE]
        del alike[:-MOST_ALIKE]


class _Recalled:
    """The host, after it has answered the first proposal already."""

    def __init__(self, host: Host, answer: s.Judged | None) -> None:
        self._host, self._answer = host, answer
        self.reserve, self.direct = host.reserve, host.direct
        if isinstance(host, Admitting):
            self.admit = host.admit

    def judge(self, effect: SendMessage, at: int) -> s.Judged:
        answer, self._answer = self._answer, None
        return self._host.judge(effect, at) if answer is None else answer


class _Pupil:
    """One run of the engine with stand-ins; `before` and `after` the host's answer."""

    def __init__(self, given: Sequence[int], enrolment: Enrolment, host: Host) -> None:
        self.given, self._enrolment, self._host = given, enrolment, host
        self.before = self.after = Moments(given)
        self.proposal: SendMessage | None = None
        self.answer: s.Judged | None = None

    def take(self, program: Program, signal: s.Signal, facts: Facts) -> Taken:
        """Return the engine's result, made of stand-ins; raises Unlearnable."""
        moments = self.after
        signal_at, now = moments.stand_in(SIGNAL_AT), moments.stand_in(NOW)
        told = msgspec.structs.replace(signal, at=signal_at)
        if isinstance(signal, (s.Entered, s.Happened)):
            told = msgspec.structs.replace(told, properties=Tripwire())
        if isinstance(signal, s.Entered) and signal.object:
            told = msgspec.structs.replace(told, object=Opaque())
        state = _with_stand_ins(self._enrolment, moments)
        known: Any = Tripwire(zone=facts.zone, calendar=Tripwire())
        taken = rest(program, state, told, known, now, self._judged)
        if taken.enrolment.status == FAILED:
            raise Unlearnable  # a stand-in where the engine wanted a number, or a real fault
        if taken.enrolment is state:
            taken = msgspec.structs.replace(taken, enrolment=Same())
        return taken

    def _judged(self, proposal: Proposal, at: Any) -> s.Judged:
        if not isinstance(proposal, SendMessage) or self.answer is not None:
            raise Unlearnable
        self.proposal = proposal
        effect = fill(proposal, self.given, self._enrolment)
        self.answer = self._host.judge(effect, at.value)
        self.before = self.after.cut()
        if self.answer.verdict != "send" or self.answer.reason or self.answer.until:
            raise Unlearnable
        return msgspec.structs.replace(self.answer, at=at)


def _situation(enrolment: Enrolment, signal: s.Signal, facts: Facts) -> Hashable | None:
    """Return everything that a transition hangs on but its moments; None for what is not learnt."""
    e = enrolment
    if e.variables or e.places or e.told or e.status != WAITING:
        return None
    kind = _KEYS.get(type(signal))
    told = kind(signal) if kind is not None else None
    if told is None:
        return None
    q = e.question
    return (
        told,
        e.step,
        e.visit,
        e.phase,
        e.channel,
        _timers(e.timers),
        None if q is None else (q.step, q.visit, q.channel, q.others),
        facts.zone,
        bool(e.object),
    )


def _timers(timers: Sequence[Timer]) -> Hashable:
    if len(timers) == 1:  # as most have
        (timer,) = timers
        return timer.kind, timer.visit
    return tuple([(timer.kind, timer.visit) for timer in timers])


def _replied(signal: s.Replied) -> Hashable | None:
    if len(signal.text) > LONGEST_TEXT:
        return None
    return ("replied", signal.channel, signal.text, signal.visit)


_KEYS: dict[type, Callable[[Any], Hashable | None]] = {
    s.Entered: lambda told: ("entered", told.channel),
    s.Happened: lambda told: ("happened", told.name),
    s.Replied: _replied,
    s.Reported: lambda told: ("reported", told.visit, told.state, told.reason),
    s.Due: lambda told: ("due", told.kind, told.visit),
    s.Answered: lambda told: ("answered", told.visit, told.result),
    s.Withdrawn: lambda told: ("withdrawn", told.reason),
}


def _moments_of(enrolment: Enrolment, signal: s.Signal, now: int) -> list[int]:
    """Return the moments of a situation, in the order of their stand-ins."""
    given = [signal.at, now, enrolment.since]
    for timer in enrolment.timers:
        given.append(timer.due)  # noqa: PERF401 - mostly one: faster than a comprehension
    if enrolment.question is not None:
        given += (enrolment.question.until, enrolment.question.asked_at)
    return given


def _with_stand_ins(enrolment: Enrolment, moments: Moments) -> Enrolment:
    place = STATED
    timers: list[Timer] = []
    for timer in enrolment.timers:
        timers.append(msgspec.structs.replace(timer, due=moments.stand_in(place)))
        place += 1
    question: Question | None = enrolment.question
    if question is not None:
        until, asked_at = moments.stand_in(place), moments.stand_in(place + 1)
        question = msgspec.structs.replace(question, until=until, asked_at=asked_at)
    return msgspec.structs.replace(
        enrolment,
        since=moments.stand_in(SINCE),
        timers=tuple(timers),
        question=question,
        object=Opaque() if enrolment.object else "",
    )
