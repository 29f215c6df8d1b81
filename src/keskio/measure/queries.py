"""Reads of the room: what each dialogue caused, and whose each euro is.

Compared are people, once each, whose time is over: a goal that may still be reached would count
against whoever came in late.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from keskio.engine.scores.uplift import (
    Difference,
    Group,
    goal_difference,
    money_difference,
    people_needed,
)
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch

TREATED, CONTROL = "treated", "control"
LIFT = 0.2  # the relative difference for which we say how many people it takes
GROUPS = """
    SELECT dialogue, version, arm, count(*), sum(CASE WHEN goals > 0 THEN 1 ELSE 0 END), sum(value),
           sum(value * value), sum(CASE WHEN stops > 0 THEN 1 ELSE 0 END)
    FROM measure_exposure WHERE is_first AND until <= %s {also}
    GROUP BY dialogue, version, arm
"""
AHEAD = """
    SELECT dialogue, count(*) FROM measure_exposure WHERE is_first AND until > %s GROUP BY dialogue
"""
ARMS = """
    SELECT a.experiment, a.arm, count(*), sum(CASE WHEN e.goals > 0 THEN 1 ELSE 0 END),
           sum(e.value), sum(e.value * e.value)
    FROM measure_arm a JOIN measure_exposure e ON e.enrolment_id = a.enrolment_id
    WHERE e.dialogue = %s AND e.is_first AND e.until <= %s
    GROUP BY a.experiment, a.arm ORDER BY a.experiment, a.arm
"""
CREDITS = """
    SELECT dialogue, count(*), sum(value) FROM measure_credit WHERE at >= %s AND at < %s
    GROUP BY dialogue ORDER BY 3 DESC
"""


class Effect(msgspec.Struct, frozen=True):
    """What one dialogue caused, as far as one can tell.

    `ahead`: people whose time is not over. `goal`, `money` and `stops` are None when there is nobody
    to compare with. `needed`: how many people it would take to see a difference of a fifth.
    """

    dialogue: str
    treated: Group
    control: Group
    ahead: int = 0
    goal: Difference | None = None
    money: Difference | None = None
    stops: Difference | None = None
    needed: int | None = None

    @property
    def caused(self) -> float | None:
        """The euros that it is estimated to have brought from all who were treated."""
        return None if self.money is None else self.money.difference * self.treated.n


class Credited(msgspec.Struct, frozen=True):
    """Purchases credited to one dialogue ("": to none), each counted once in all."""

    dialogue: str
    purchases: int
    value: float


class ArmResult(msgspec.Struct, frozen=True):
    """How one arm of an experiment has done; `than`: against the first arm."""

    experiment: str
    arm: str
    group: Group
    than: Difference | None


def effects(now: Micros, *, dialogue: str | None = None) -> list[Effect]:
    """Return what each dialogue with a goal has caused, by its key."""
    also, asked = ("AND dialogue = %s", (now, dialogue)) if dialogue else ("", (now,))
    versions: dict[str, dict[int, dict[str, tuple[Group, int]]]] = {}
    for key, version, arm, *figures, stops in fetch(GROUPS.format(also=also), asked):
        by_arm = versions.setdefault(key, {}).setdefault(version, {})
        by_arm[arm] = (Group(*figures), stops)
    groups = {key: _together(by_version.values()) for key, by_version in versions.items()}
    ahead = {
        key: count for key, count in fetch(AHEAD, (now,)) if dialogue is None or key == dialogue
    }
    return [
        _effect(key, groups.get(key, {}), ahead.get(key, 0))
        for key in sorted(groups.keys() | ahead.keys())
    ]


def arms_of(dialogue: str, now: Micros) -> list[ArmResult]:
    """Return how the arms of a dialogue's experiments have done."""
    results: list[ArmResult] = []
    first: dict[str, Group] = {}
    for experiment, arm, n, goals, total, squares in fetch(ARMS, (dialogue, now)):
        group = Group(n, goals, total, squares)
        base = first.setdefault(experiment, group)
        than = None if base is group else goal_difference(group, base)
        results.append(ArmResult(experiment, arm, group, than))
    return results


def credits_between(since: Micros, until: Micros) -> list[Credited]:
    """Return whose the purchases are, each counted once, the largest sums first."""
    return [Credited(*row) for row in fetch(CREDITS, (since, until))]


def _together(
    versions: Collection[Mapping[str, tuple[Group, int]]],
) -> dict[str, tuple[Group, int]]:
    """Return the groups of all versions in which both were: others were in the dialogue at other times.

    Where there is no such version, those of all, of whom there is nobody to compare with.
    """
    compared = [one for one in versions if one.keys() >= {TREATED, CONTROL}] or versions
    found: dict[str, tuple[Group, int]] = {}
    for version in compared:
        for arm, (group, stops) in version.items():
            whole, all_stops = found.get(arm, (Group(0), 0))
            found[arm] = (_sum(whole, group), all_stops + stops)
    return found


def _sum(one: Group, other: Group) -> Group:
    return Group(
        one.n + other.n,
        one.goals + other.goals,
        one.total + other.total,
        one.squares + other.squares,
    )


def _effect(dialogue: str, groups: Mapping[str, tuple[Group, int]], ahead: int) -> Effect:
    treated, left = groups.get(TREATED, (Group(0), 0))
    control, left_of_control = groups.get(CONTROL, (Group(0), 0))
    if not treated.n or not control.n:
        return Effect(dialogue, treated, control, ahead)
    share = control.n / (control.n + treated.n)
    needed = people_needed(control.share, LIFT, share) if 0 < control.share < 0.8 else None
    stops = goal_difference(Group(treated.n, left), Group(control.n, left_of_control))
    return Effect(
        dialogue=dialogue,
        treated=treated,
        control=control,
        ahead=ahead,
        goal=goal_difference(treated, control),
        money=money_difference(treated, control) if min(treated.n, control.n) > 1 else None,
        stops=stops,
        needed=needed,
    )
