"""What was caused: the difference between those who were treated and the control group, with intervals.

Rule 1: shares are compared by Newcombe's hybrid score interval (Newcombe 1998, Statistics in Medicine
17, method 10): Wilson intervals of both, put together. It holds for small and for lopsided groups.
Rule 2: means are compared by Welch's interval (Welch 1947): variances need not be equal.
Rule 3: no verdict before there is enough: `ENOUGH_PEOPLE` in each group and `ENOUGH_GOALS` of both
outcomes together; money needs `ENOUGH_BUYERS` in each group, for its few large values rule the mean.
Rule 4: people among whom different shares were held out are compared within each such stratum, never
thrown together: a better season with a smaller control group would look like an effect (Simpson 1951).
The strata weigh as many as were treated in them, and their intervals are put together by MOVER (Zou and
Donner 2008, Statistics in Medicine 27, equation 3 for a sum).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, sqrt
from typing import Literal, TypeAlias

import msgspec

from keskio.engine.scores.normal import Z95

ENOUGH_PEOPLE, ENOUGH_GOALS, ENOUGH_BUYERS = 100, 10, 30
Z80 = 0.8416212335729143  # four times of five a difference that is there is seen
SMALLEST_FREEDOM = 2.0
Verdict: TypeAlias = Literal["more", "less", "no_difference", "not_enough"]


class Group(msgspec.Struct, frozen=True, gc=False):
    """One group: how many people, how many reached the goal, the sum and the squares of their euros."""

    n: int
    goals: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def share(self) -> float:
        """The share that reached the goal; 0 of nobody."""
        return self.goals / self.n if self.n else 0.0

    @property
    def mean(self) -> float:
        """Euros a person; 0 of nobody."""
        return self.total / self.n if self.n else 0.0


Stratum: TypeAlias = tuple[Group, Group]  # the treated, and the control group among the same people


class Difference(msgspec.Struct, frozen=True, gc=False):
    """Treated less control, with its 95 % interval and what may be said of it."""

    difference: float
    low: float
    high: float
    verdict: Verdict


def wilson(goals: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share (Wilson 1927). Raises ValueError for nobody."""
    if n <= 0 or not 0 <= goals <= n:
        raise ValueError("a share needs somebody, and no more goals than people")
    share = goals / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    # rounding may put an end a hair beyond what is possible, or beyond the share itself
    return max(0.0, min(share, (centre - half) / whole)), min(
        1.0, max(share, (centre + half) / whole)
    )


def together(groups: Sequence[Group]) -> Group:
    """Return several groups as one."""
    return Group(
        sum(group.n for group in groups),
        sum(group.goals for group in groups),
        sum(group.total for group in groups),
        sum(group.squares for group in groups),
    )


def goal_difference_over(strata: Sequence[Stratum]) -> Difference:
    """Return the difference of the shares that reached the goal, compared within each stratum.

    Raises ValueError for no strata, and for nobody on one side of one of them.
    """
    found = _over(strata, goal_difference)
    treated, control = (together(side) for side in zip(*strata, strict=True))
    return _judged(found, is_enough=_are_enough(treated, control))


def money_difference_over(strata: Sequence[Stratum]) -> Difference:
    """Return the difference of euros a person, compared within each stratum.

    Raises ValueError for no strata, and for fewer than two on one side of one of them.
    """
    found = _over(strata, money_difference)
    treated, control = (together(side) for side in zip(*strata, strict=True))
    return _judged(found, is_enough=_buy_enough(treated, control))


def _over(
    strata: Sequence[Stratum], compare: Callable[[Group, Group], Difference]
) -> tuple[float, float, float]:
    """Return the weighted difference and its interval."""
    if not strata:
        raise ValueError("there is nothing to compare")
    whole = sum(treated.n for treated, _ in strata)
    parts = [(treated.n / whole, compare(treated, control)) for treated, control in strata]
    difference = sum(weight * one.difference for weight, one in parts)
    below = sqrt(sum((weight * (one.difference - one.low)) ** 2 for weight, one in parts))
    above = sqrt(sum((weight * (one.high - one.difference)) ** 2 for weight, one in parts))
    return difference, difference - below, difference + above


def goal_difference(treated: Group, control: Group) -> Difference:
    """Return the difference of the shares that reached the goal. Raises ValueError for nobody.

    >>> found = goal_difference(Group(70, 56), Group(80, 48))
    >>> round(found.difference, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    low1, high1 = wilson(treated.goals, treated.n)
    low2, high2 = wilson(control.goals, control.n)
    p1, p2 = treated.share, control.share
    low = p1 - p2 - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = p1 - p2 + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return _judged((p1 - p2, low, high), is_enough=_are_enough(treated, control))


def money_difference(treated: Group, control: Group) -> Difference:
    """Return the difference of euros a person. Raises ValueError for fewer than two in a group."""
    if min(treated.n, control.n) < 2:
        raise ValueError("a mean's interval needs two people in each group")
    of1, of2 = _variance(treated) / treated.n, _variance(control) / control.n
    error, difference = sqrt(of1 + of2), treated.mean - control.mean
    half = _t95(_freedom(of1, treated.n, of2, control.n)) * error
    found = (difference, difference - half, difference + half)
    return _judged(found, is_enough=_buy_enough(treated, control))


def people_needed(base: float, lift: float, control_share: float) -> int:
    """Return how many people in all it takes to see a relative `lift` of a share `base`.

    With 95 % confidence and 80 % power, when `control_share` of them are the control group (Fleiss,
    Statistical Methods for Rates and Proportions, without the correction for continuity). Raises
    ValueError for shares that are not between 0 and 1.
    """
    other = base * (1 + lift)
    if not (0 < base < 1 and 0 < other < 1 and 0 < control_share < 1 and lift):
        raise ValueError("the shares must lie between nothing and all")
    spread = base * (1 - base) / control_share + other * (1 - other) / (1 - control_share)
    return ceil((Z95 + Z80) ** 2 * spread / (other - base) ** 2)


def _are_enough(treated: Group, control: Group) -> bool:
    goals = treated.goals + control.goals
    return min(treated.n, control.n) >= ENOUGH_PEOPLE and goals >= ENOUGH_GOALS


def _buy_enough(treated: Group, control: Group) -> bool:
    return min(treated.goals, control.goals) >= ENOUGH_BUYERS


def _judged(found: tuple[float, float, float], *, is_enough: bool) -> Difference:
    difference, low, high = found
    verdict: Verdict = "no_difference"
    if not is_enough:
        verdict = "not_enough"
    elif low > 0:
        verdict = "more"
    elif high < 0:
        verdict = "less"
    return Difference(difference, low, high, verdict)


def _variance(group: Group) -> float:
    return max(0.0, (group.squares - group.n * group.mean**2) / (group.n - 1))


def _freedom(of1: float, n1: int, of2: float, n2: int) -> float:
    """Welch's degrees of freedom (Welch 1947, equation 27)."""
    below = of1**2 / (n1 - 1) + of2**2 / (n2 - 1)
    return max(SMALLEST_FREEDOM, (of1 + of2) ** 2 / below) if below else float(n1 + n2)


def _t95(freedom: float) -> float:
    """Return Student's 97.5 % point by its expansion (Abramowitz and Stegun 26.7.5)."""
    z = Z95
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
