"""Reads of the room: what each dialogue caused, and whose each euro is.

Compared are people, once each, whose time is over: a goal that may still be reached would count
against whoever came in late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from keskio.engine.scores.uplift import (
    Difference,
    Group,
    goal_difference_over,
    money_difference_over,
    people_needed,
    together,
)
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch
from keskio.talk.api import control_shares

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
    SELECT a.experiment, a.arm, e.version, count(*), sum(CASE WHEN e.goals > 0 THEN 1 ELSE 0 END),
           sum(e.value), sum(e.value * e.value)
    FROM measure_arm a JOIN measure_exposure e ON e.enrolment_id = a.enrolment_id
    WHERE e.dialogue = %s AND e.is_first AND e.until <= %s
    GROUP BY a.experiment, a.arm, e.version ORDER BY a.experiment, a.arm, e.version
"""
CREDITS = """
    SELECT dialogue, count(*), sum(value) FROM measure_credit WHERE at >= %s AND at < %s
    GROUP BY dialogue ORDER BY 3 DESC
"""


class Effect(msgspec.Struct, frozen=True):
    """What one dialogue caused, as far as one can tell.

    `ahead`: people whose time is not over. `goal`, `money` and `stops` are None when there is nobody
    to compare with. `needed`: how many people it would take to see a difference of a fifth. `strata`: in
    how many parts, with different shares held out, they were compared.
    """

    dialogue: str
    treated: Group
    control: Group
    ahead: int = 0
    strata: int = 1
    goal: Difference | None = None
    money: Difference | None = None
    stops: Difference | None = None
    needed: int | None = None

    @property
    def expected_share(self) -> float:
        """The share of those treated who would have reached the goal anyway, told from the control group."""
        return self.treated.share - self.goal.difference if self.goal else self.control.share

    @property
    def expected_mean(self) -> float:
        """The euros a person that those treated would have spent anyway."""
        return self.treated.mean - self.money.difference if self.money else self.control.mean

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
    versions: dict[str, dict[int, dict[str, _Side]]] = {}
    for key, version, arm, *figures, stops in fetch(GROUPS.format(also=also), asked):
        by_arm = versions.setdefault(key, {}).setdefault(version, {})
        by_arm[arm] = _Side(Group(*figures), stops)
    shares = control_shares()
    strata = {key: _strata(key, by_version, shares) for key, by_version in versions.items()}
    ahead = {
        key: count for key, count in fetch(AHEAD, (now,)) if dialogue is None or key == dialogue
    }
    return [
        _effect(key, strata.get(key, []), ahead.get(key, 0))
        for key in sorted(strata.keys() | ahead.keys())
    ]


def arms_of(dialogue: str, now: Micros) -> list[ArmResult]:
    """Return how the arms of a dialogue's experiments have done."""
    arms: dict[str, dict[str, dict[int, Group]]] = {}
    for experiment, arm, version, *figures in fetch(ARMS, (dialogue, now)):
        arms.setdefault(experiment, {}).setdefault(arm, {})[version] = Group(*figures)
    return [
        ArmResult(experiment, arm, together(list(groups.values())), _than(groups, by_arm))
        for experiment, by_arm in arms.items()
        for arm, groups in by_arm.items()
    ]


def _than(
    groups: Mapping[int, Group], by_arm: Mapping[str, Mapping[int, Group]]
) -> Difference | None:
    """Return an arm against the first, within each version that had both; None for the first itself."""
    first = next(iter(by_arm.values()))
    both = [(group, first[version]) for version, group in groups.items() if version in first]
    return goal_difference_over(both) if both and first is not groups else None


def credits_between(since: Micros, until: Micros) -> list[Credited]:
    """Return whose the purchases are, each counted once, the largest sums first."""
    return [Credited(*row) for row in fetch(CREDITS, (since, until))]


class _Side(msgspec.Struct, frozen=True):
    """The people of one arm: what they did, and how many of them withdrew a permission."""

    group: Group
    stops: int

    @property
    def of_stops(self) -> Group:
        """The same people, with a withdrawn permission for their goal."""
        return Group(self.group.n, self.stops)


_Sides: TypeAlias = Mapping[str, _Side]


def _strata(
    dialogue: str, versions: Mapping[int, _Sides], shares: Mapping[tuple[str, int], float]
) -> list[_Sides]:
    """Return who may be compared with whom: versions in which the same share was held out.

    Versions without a control group are left out where others have one: their people were in the
    dialogue at other times.
    """
    strata: dict[float | str, dict[str, list[_Side]]] = {}
    for version, sides in versions.items():
        share = shares.get((dialogue, version), f"version {version}")
        stratum = strata.setdefault(share, {})
        for arm, side in sides.items():
            stratum.setdefault(arm, []).append(side)
    found: list[_Sides] = [
        {arm: _together(sides) for arm, sides in stratum.items()} for stratum in strata.values()
    ]
    return [stratum for stratum in found if stratum.keys() >= {TREATED, CONTROL}] or found


def _together(sides: Sequence[_Side]) -> _Side:
    return _Side(together([side.group for side in sides]), sum(side.stops for side in sides))


def _effect(dialogue: str, strata: Sequence[_Sides], ahead: int) -> Effect:
    treated = together([sides[TREATED].group for sides in strata if TREATED in sides])
    control = together([sides[CONTROL].group for sides in strata if CONTROL in sides])
    if not treated.n or not control.n:
        return Effect(dialogue, treated, control, ahead)
    share = control.n / (control.n + treated.n)
    needed = people_needed(control.share, LIFT, share) if 0 < control.share < 0.8 else None
    compared = [(sides[TREATED], sides[CONTROL]) for sides in strata]
    both = [(one.group, other.group) for one, other in compared]
    of_money = [pair for pair in both if min(group.n for group in pair) > 1]
    return Effect(
        dialogue=dialogue,
        treated=treated,
        control=control,
        ahead=ahead,
        strata=len(strata),
        goal=goal_difference_over(both),
        money=money_difference_over(of_money) if of_money else None,
        stops=goal_difference_over([(one.of_stops, other.of_stops) for one, other in compared]),
        needed=needed,
    )
