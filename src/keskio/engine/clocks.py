"""The clocks of a case: first and next response, resolution, whose wait it was; and what they come to.

A fold over what happened (`Mark`s in order of time), without a clock of its own: taking the marks at once
or in parts gives the same. Rules (as the help desks that define them best do, and their mistakes avoided):

- First response runs from the opening, and anew from each re-opening, to the first public message of a
  person. Automatic messages are no marks at all.
- Next response runs from the oldest customer's message that nobody has answered to the next public
  message of a person. While a first response is due, further messages neither start it nor move the
  first deadline: a later target never overrules an earlier one.
- Resolution runs from the opening (and anew from each re-opening) to the closing, also while the customer
  is waited for, unless the targets freeze it then. What it took is told from opening to closing either way.
- Closing without an answer drops the response clocks: missed if the deadline had passed, else no verdict.
- The deadline of a clock that runs follows the targets in force; one that has stopped keeps its own.
- Each duration is kept in working time and by the calendar.

Instants and spans are microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from keskio.engine.working import ALWAYS, Hours, add_working, working_between

Clock: TypeAlias = Literal["first", "next", "resolution"]
Verdict: TypeAlias = Literal["met", "missed", "open", "dropped", "no_target"]
NEW, OPEN, WAITING, SNOOZED, CLOSED = "new", "open", "waiting", "snoozed", "closed"
REQUESTER_WAITS = (NEW, OPEN, SNOOZED)
AGENT_WORKS = (NEW, OPEN)


class Targets(msgspec.Struct, frozen=True):
    """What is promised, in microseconds of working time (None: nothing), and by which hours.

    `warn` is the share of the time after which somebody is reminded (0-1).
    """

    first: int | None = None
    next: int | None = None
    resolution: int | None = None
    hours: Hours = ALWAYS
    warn: float = 0.75
    freezes_waiting: bool = False

    def of(self, clock: Clock) -> int | None:
        """Return the target of one clock."""
        if clock == "first":
            return self.first
        return self.next if clock == "next" else self.resolution


class Mark(msgspec.Struct, frozen=True):
    """Something that moves clocks.

    `opened`; `customer`: the customer wrote; `answer`: a person's public message; `state`: the case is
    now in `state` (closed and then another: re-opened); `targets`: these are in force from now on.
    """

    at: int
    what: Literal["opened", "customer", "answer", "state", "targets"]
    state: str = ""
    targets: Targets | None = None


class Run(msgspec.Struct, frozen=True):
    """One run of a clock. `due_at` and `warn_at` are None without a target, and while it is frozen.

    `working` and `calendar` are how long it took until it stopped (None: it runs). `is_dropped`: the case
    was closed without what the clock waited for. `has_target` tells a frozen clock from a free one.
    """

    clock: Clock
    number: int
    started_at: int
    due_at: int | None = None
    warn_at: int | None = None
    stopped_at: int | None = None
    working: int | None = None
    calendar: int | None = None
    is_dropped: bool = False
    has_target: bool = False


class Standing(msgspec.Struct, frozen=True):
    """How a case stands after some marks. `stays`: (state, from, until) of the states it has left."""

    at: int = 0
    opened_at: int | None = None
    state: str = NEW
    since: int = 0
    unanswered_since: int | None = None
    first_answered_at: int | None = None
    stays: tuple[tuple[str, int, int], ...] = ()
    runs: tuple[Run, ...] = ()
    targets: Targets = Targets()

    def running(self, clock: Clock) -> Run | None:
        """Return the run of a clock that has not stopped."""
        return next((r for r in self.runs if r.clock == clock and r.stopped_at is None), None)

    @property
    def next_due(self) -> Run | None:
        """Return the running clock whose deadline comes first; None when nothing is due."""
        due = [run for run in self.runs if run.stopped_at is None and run.due_at is not None]
        return min(due, key=lambda run: run.due_at or 0, default=None)


def fold(marks: Iterable[Mark], standing: Standing | None = None) -> Standing:
    """Return how a case stands after `marks`, which come in order of time, given how it stood before.

    A mark that is earlier than the last one taken counts as simultaneous with it.
    """
    now = standing or Standing()
    for mark in marks:
        now = _retimed(_taken(now, replace(mark, at=max(mark.at, now.at))))
    return now


def _taken(now: Standing, mark: Mark) -> Standing:
    now = replace(now, at=mark.at)
    if mark.what == "targets":
        return replace(now, targets=mark.targets or Targets())
    if mark.what == "opened":
        now = replace(now, opened_at=mark.at, since=mark.at, state=mark.state or NEW)
        return _started(_started(now, "first"), "resolution")
    if mark.what == "customer":
        return _written_to(now)
    if mark.what == "answer":
        now = _stopped(_stopped(now, "first"), "next")
        first = now.at if now.first_answered_at is None else now.first_answered_at
        return replace(now, unanswered_since=None, first_answered_at=first)
    return _in_state(now, mark.state)


def _written_to(now: Standing) -> Standing:
    since = now.at if now.unanswered_since is None else now.unanswered_since
    now = replace(now, unanswered_since=since)
    if now.state == CLOSED or now.running("first") or now.running("next"):
        return now
    return _started(now, "next")


def _in_state(now: Standing, state: str) -> Standing:
    if state == now.state:
        return now
    left, stays = now.state, (*now.stays, (now.state, now.since, now.at))
    now = replace(now, state=state, since=now.at, stays=stays)
    if state == CLOSED:
        now = _stopped(_stopped(now, "first", dropped=True), "next", dropped=True)
        return replace(_stopped(now, "resolution"), unanswered_since=None)
    if left == CLOSED:
        now = _started(_started(now, "first"), "resolution")
    return now


def _started(now: Standing, clock: Clock) -> Standing:
    if now.running(clock):
        return now
    number = 1 + sum(run.clock == clock for run in now.runs)
    return replace(now, runs=(*now.runs, Run(clock, number, now.at)))


def _stopped(now: Standing, clock: Clock, *, dropped: bool = False) -> Standing:
    run = now.running(clock)
    if run is None:
        return now
    target = now.targets.of(clock)
    intervals = list(_intervals(now, run, now.at))
    ended = replace(
        run,
        stopped_at=now.at,
        working=working_between(run.started_at, now.at, now.targets.hours),
        calendar=now.at - run.started_at,
        is_dropped=dropped,
        has_target=target is not None,
        due_at=None if target is None else _reached(intervals, target, now.at, now.targets.hours),
        warn_at=None,
    )
    return replace(now, runs=tuple(ended if one is run else one for one in now.runs))


def _retimed(now: Standing) -> Standing:
    """Give the clocks that run the deadlines that follow from the targets in force."""
    return replace(
        now, runs=tuple(r if r.stopped_at is not None else _timed(now, r) for r in now.runs)
    )


def _timed(now: Standing, run: Run) -> Run:
    target = now.targets.of(run.clock)
    if target is None:
        return replace(run, due_at=None, warn_at=None, has_target=False)
    hours, intervals = now.targets.hours, list(_intervals(now, run, now.at))
    goes_on = None if _is_frozen(now, run) else now.at
    due, warn = (
        _reached(intervals, span, goes_on, hours)
        for span in (target, round(target * now.targets.warn))
    )
    return replace(run, due_at=due, warn_at=warn, has_target=True)


def _is_frozen(now: Standing, run: Run) -> bool:
    return run.clock == "resolution" and now.targets.freezes_waiting and now.state == WAITING


def _intervals(now: Standing, run: Run, until: int) -> Iterator[tuple[int, int]]:
    """Yield when a clock has run, from its start to `until`."""
    if run.clock != "resolution" or not now.targets.freezes_waiting:
        yield run.started_at, until
        return
    for state, since, left in (*now.stays, (now.state, now.since, until)):
        begins, ends = max(since, run.started_at), min(left, until)
        if state not in (WAITING, CLOSED) and begins < ends:
            yield begins, ends


def _reached(
    intervals: Sequence[tuple[int, int]], span: int, goes_on: int | None, hours: Hours
) -> int | None:
    """Return when `span` of working time has passed in `intervals`.

    When they are too short: as if the clock ran on from `goes_on` (None: it stands still, so not yet).
    """
    left = span
    for begins, ends in intervals:
        due = add_working(begins, left, hours)
        if due <= ends:
            return due
        left -= working_between(begins, ends, hours)
    return None if goes_on is None else add_working(goes_on, left, hours)


class Took(msgspec.Struct, frozen=True):
    """How long something took, by both measures."""

    working: int
    calendar: int


def time_in(now: Standing, states: Sequence[str], until: int) -> Took:
    """Return how long a case has been in `states` up to `until`: whose wait, whose work it was."""
    stays = [*now.stays, (now.state, now.since, max(until, now.since))]
    spent = [(since, left) for state, since, left in stays if state in states]
    hours = now.targets.hours
    return Took(
        sum(working_between(since, left, hours) for since, left in spent),
        sum(left - since for since, left in spent),
    )


def resolutions(now: Standing) -> tuple[Took | None, Took | None]:
    """Return the first and the full resolution: from the opening to the first and the last closing.

    The full one is None while the case is open (again).
    """
    closings = [run.stopped_at for run in now.runs if run.clock == "resolution" and run.stopped_at]
    if now.opened_at is None or not closings:
        return None, None
    first = _took(now, now.opened_at, min(closings))
    return first, _took(now, now.opened_at, max(closings)) if now.state == CLOSED else None


def _took(now: Standing, since: int, until: int) -> Took:
    return Took(working_between(since, until, now.targets.hours), until - since)


def verdict_of(run: Run, at: int) -> Verdict:
    """Return what a run has come to by `at`; open and late is missed now, not only when it ends."""
    if not run.has_target:
        return "no_target"
    if run.due_at is not None and (at if run.stopped_at is None else run.stopped_at) > run.due_at:
        return "missed"
    if run.stopped_at is None:
        return "open"
    return "dropped" if run.is_dropped else "met"


def met_rate(verdicts: Iterable[str]) -> float | None:
    """Return met / (met + missed), None for neither.

    >>> met_rate(["met", "met", "missed", "open", "dropped"])
    0.6666666666666666
    """
    told = list(verdicts)
    met, missed = told.count("met"), told.count("missed")
    return met / (met + missed) if met + missed else None


def quantile(durations: Sequence[tuple[int, bool]], share: float) -> int | None:
    """Return the duration by which `share` of cases are over, where some are not over yet.

    `durations`: (how long, whether it is over); those that go on have lasted at least that long. The
    estimate of Kaplan and Meier (1958, JASA 53:457): the least duration at which the survival function
    is at or below 1 - share. None when too few are over to tell.

    >>> quantile([(1, True), (2, True), (3, True), (9, False)], 0.5), quantile([(5, False)], 0.5)
    (2, None)
    """
    at_risk, surviving = len(durations), 1.0
    ordered = sorted(durations, key=lambda one: (one[0], not one[1]))
    for index, (duration, is_over) in enumerate(ordered):
        if is_over:
            surviving *= 1 - 1 / at_risk
            is_last = index + 1 == len(ordered) or ordered[index + 1] != (duration, True)
            # Rounding must not move an exact half behind the next duration.
            if is_last and surviving <= 1 - share + 1e-12:
                return duration
        at_risk -= 1
    return None
