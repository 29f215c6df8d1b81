"""Two customers become one, and two again: what becomes of what they are in.

Law 16, said plainly:

- What the two are in goes on under the one number. Where both are in the same dialogue about the same
  object, and one customer could not have been in both, only one passage goes on: the one that has come
  further. The other ends with the reason `merged`, and what it had not yet sent is taken back.
- **Further** is who has taken more steps; then who has come to an end of the dialogue; then who entered
  earlier; then the lower number.
- What the other passage has sent counts as sent: when the one that goes on comes to that step for the
  first time, it passes it by without sending. (A step that it has sent itself it may send again, where
  its dialogue is made so.)
- Parted again, each goes back to whom it came from. What had ended because of the merge is opened where
  it was, unless what it waited for has passed meanwhile: then it stays ended, for nothing is made up
  for late. What had not left by then is put before the gate anew. What was passed by stays passed by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from keskio.engine.dialogue.enrolment import ENDED, EXITED, Enrolment, Timer
from keskio.engine.dialogue.program import Program
from keskio.engine.times import add

MERGED = "merged"  # the reason
JOINED, PARTED = "customer.merged", "customer.unmerged"  # the events
MERGES = frozenset({JOINED, PARTED})
NOT_YET_SENT = frozenset({"verdict", "held", "result", "delivery", "answer"})


class Belonging(msgspec.Struct, frozen=True, gc=False):
    """One enrolment of a customer, open or over, and what the ledger says of it.

    `side` is whose it is; `left_at` is None while it is open. `had`: by step, the channel of what has
    gone out or may have. `unsent`: by visit, the step of what is claimed and not handed over.
    """

    id: int
    program: Program
    dialogue: int
    side: int
    entered_at: int
    left_at: int | None
    enrolment: Enrolment
    had: Mapping[str, str] = {}
    unsent: Mapping[int, str] = {}

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on."""
        return self.left_at is None


class Aside(msgspec.Struct, frozen=True, gc=False):
    """What ended because `by` goes on instead; `state` is what it is opened with again."""

    id: int
    by: int
    state: Enrolment


class United(msgspec.Struct, frozen=True):
    """What a merge does to enrolments: those set aside, and those that go on differently.

    `needless` lists, as (enrolment, visit), claimed messages that the person has already had.
    """

    asides: tuple[Aside, ...] = ()
    changed: Mapping[int, Enrolment] = {}
    needless: tuple[tuple[int, int], ...] = ()


class Parted(msgspec.Struct, frozen=True):
    """What parting does: those opened again, those that stay aside (by whom now), those forgotten.

    `changed` go on differently, for what the other has had is no longer theirs.
    """

    reopened: Mapping[int, Enrolment] = {}
    still: tuple[Aside, ...] = ()
    expired: tuple[int, ...] = ()
    changed: Mapping[int, Enrolment] = {}


def unite(belongings: Iterable[Belonging]) -> United:
    """Return what becomes of what two customers are in, as they become one."""
    asides: list[Aside] = []
    changed: dict[int, Enrolment] = {}
    needless: list[tuple[int, int]] = []
    for group in _groups(belongings):
        going = [one for one in group if one.is_open]
        if not going or len({one.side for one in group}) == 1:
            continue
        kept, others = _chosen(group, going)
        asides += [Aside(one.id, kept.id, to_reopen(one)) for one in others if one.is_open]
        if kept.is_open:
            told = _told(kept, others)
            skipped = {visit: step for visit, step in kept.unsent.items() if step in told}
            needless += [(kept.id, visit) for visit in sorted(skipped)]
            ahead = {s: told[s] for s in told.keys() - set(skipped.values())}
            if ahead:
                told = {**kept.enrolment.told, **ahead}
                changed[kept.id] = msgspec.structs.replace(kept.enrolment, told=told)
    return United(tuple(asides), changed, tuple(needless))


def part(belongings: Iterable[Belonging], asides: Iterable[Aside], now: int) -> Parted:
    """Return what becomes of what one customer was in, as they are two again.

    `side` of each is already whose it is from now on; `asides` are all those of both.
    """
    reopened: dict[int, Enrolment] = {}
    still: list[Aside] = []
    expired: list[int] = []
    changed: dict[int, Enrolment] = {}
    aside_by_id = {aside.id: aside for aside in asides}
    for group in _groups(belongings):
        side_of = {one.id: one.side for one in group}
        for side in sorted(set(side_of.values())):
            own = [one for one in group if one.side == side]
            bereft = [
                one
                for one in own
                if one.id in aside_by_id and side_of.get(aside_by_id[one.id].by) != side
            ]
            back = _reopen(own, bereft, aside_by_id, still)
            if back is not None and _is_past(back.state, now):
                expired.append(back.id)
            elif back is not None:
                reopened[back.id] = back.state
            changed.update(_untold(own))
    return Parted(reopened, tuple(still), tuple(expired), changed)


def set_aside(enrolment: Enrolment) -> Enrolment:
    """Return the enrolment as it ends because of a merge."""
    return msgspec.structs.replace(
        enrolment, status=EXITED, outcome=MERGED, phase="", timers=(), question=None
    )


def to_reopen(one: Belonging) -> Enrolment:
    """Return the state with which an enrolment that is set aside would be opened again.

    A message that had not left is proposed anew, as a new visit: its rules are looked at again.
    """
    state = one.enrolment
    if one.unsent.get(state.visit) != state.step or state.phase not in NOT_YET_SENT:
        return state
    visit = state.visit + 1
    timers = tuple(timer for timer in state.timers if timer.kind == "ends")
    question = state.question
    if question is not None and question.visit == state.visit:
        question = msgspec.structs.replace(question, visit=visit, channel="", asked_at=0)
    elif question is not None:
        timers += tuple(timer for timer in state.timers if timer.kind == "question")
    again = Timer(state.since, "gate", visit)
    return msgspec.structs.replace(
        state, visit=visit, phase="held", timers=(*timers, again), question=question
    )


def further(one: Belonging) -> tuple[int, bool, int, int]:
    """Return by what it is compared how far an enrolment has come: the greater, the further."""
    state = one.enrolment
    has_arrived = state.status == ENDED or (state.status, state.outcome) == (EXITED, "goal_reached")
    return state.visit, has_arrived, -one.entered_at, -one.id


def _groups(belongings: Iterable[Belonging]) -> list[list[Belonging]]:
    found: dict[tuple[int, str], list[Belonging]] = {}
    for one in belongings:
        found.setdefault((one.dialogue, one.enrolment.object), []).append(one)
    return list(found.values())


def _chosen(
    group: Sequence[Belonging], going: Sequence[Belonging]
) -> tuple[Belonging, list[Belonging]]:
    """Return the passage that stays, and the others that are the same passage."""
    kept = max(going, key=further)
    others = [
        one for one in group if one is not kept and (one.is_open or _is_same_passage(one, kept))
    ]
    arrived = [one for one in others if not one.is_open and _has_arrived(one)]
    first = max([kept, *arrived], key=further)
    if first is kept:
        return kept, others
    return first, [kept, *(one for one in others if one is not first)]


def _has_arrived(one: Belonging) -> bool:
    return further(one)[1]


def _is_same_passage(over: Belonging, going: Belonging) -> bool:
    """Tell whether one customer could not have been in both: the later one would have been refused."""
    if over.side == going.side:
        return False
    earlier, later = sorted((over, going), key=lambda one: (one.entered_at, one.id))
    if earlier.left_at is None or later.entered_at < earlier.left_at:
        return True
    rule = later.program.reentry
    if rule.kind == "after":
        return later.entered_at < add(earlier.entered_at, rule.span, later.program.zone)
    return rule.kind == "never"


def _told(kept: Belonging, others: Collection[Belonging]) -> dict[str, str]:
    """Return what the person has had from the other passages and not from the one that goes on."""
    told: dict[str, str] = {}
    for one in others:
        told.update(one.enrolment.told)
        told.update(one.had)
    return {step: channel for step, channel in sorted(told.items()) if step not in kept.had}


def _reopen(
    own: Sequence[Belonging],
    bereft: Sequence[Belonging],
    asides: Mapping[int, Aside],
    still: list[Aside],
) -> Aside | None:
    """Return which of `bereft` is opened again; the others stay aside by it, or by what is open."""
    if not bereft:
        return None
    going = [one for one in own if one.is_open]
    first = max(going or bereft, key=further)
    still += [
        msgspec.structs.replace(asides[one.id], by=first.id) for one in bereft if one is not first
    ]
    return None if going else asides[first.id]


def _is_past(state: Enrolment, now: int) -> bool:
    return any(timer.due <= now for timer in state.timers if timer.kind != "gate")


def _untold(own: Sequence[Belonging]) -> dict[int, Enrolment]:
    """Return those that go on without what only the other person has had."""
    changed: dict[int, Enrolment] = {}
    for one in own:
        if one.is_open and one.enrolment.told:
            others = [other for other in own if other is not one]
            had = {step for other in others for step in (*other.had, *other.enrolment.told)}
            told = {s: channel for s, channel in one.enrolment.told.items() if s in had}
            if told != one.enrolment.told:
                changed[one.id] = msgspec.structs.replace(one.enrolment, told=told)
    return changed
