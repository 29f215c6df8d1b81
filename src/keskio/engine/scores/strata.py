"""Groups that were not drawn by lot, compared within strata of the alike.

The difference of shares is that of Mantel and Haenszel (1959), each stratum weighing n1 n0 / (n1 + n0),
with Sato's variance (1989, Biometrics 45), which holds for few large and for many small strata. It is no
proof of a cause: people may differ in what the strata do not see. Strata that have only one of the two
groups cannot be compared, and are counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import TypeAlias

import msgspec

from keskio.engine.scores.normal import Z95

Verdict: TypeAlias = str
ENOUGH, ENOUGH_GOALS = 30, 10


class Stratum(msgspec.Struct, frozen=True, gc=False):
    """People of one stratum: how many with and without, and how many of each reached the goal."""

    with_n: int = 0
    with_goals: int = 0
    without_n: int = 0
    without_goals: int = 0

    @property
    def is_shared(self) -> bool:
        """Tell whether both groups are there."""
        return bool(self.with_n and self.without_n)


class Compared(msgspec.Struct, frozen=True, gc=False):
    """The difference of shares (with less without), its 95 % interval, and what may be said of it.

    `with_n` and `without_n` are the people of the shared strata, `left_out` all others. `verdict`: more,
    less, no_difference, not_enough.
    """

    difference: float
    low: float
    high: float
    with_n: int
    without_n: int
    left_out: int
    verdict: Verdict


def compare(strata: Mapping[str, Stratum]) -> Compared | None:
    """Return the difference within strata; None when no stratum has both groups.

    >>> found = compare({"a": Stratum(50, 40, 50, 30), "b": Stratum(10, 9, 0, 0)})
    >>> found and (round(found.difference, 3), found.left_out, found.verdict)
    (0.2, 10, 'more')
    """
    shared = [one for one in strata.values() if one.is_shared]
    left_out = sum(one.with_n + one.without_n for one in strata.values() if not one.is_shared)
    if not shared:
        return None
    weight = weighted = ps = qs = 0.0
    for one in shared:
        n1, y1, n0, y0 = one.with_n, one.with_goals, one.without_n, one.without_goals
        whole = n1 + n0
        weight += n1 * n0 / whole
        weighted += (y1 * n0 - y0 * n1) / whole
        ps += (n1 * n1 * y0 - n0 * n0 * y1 + n1 * n0 * (n0 - n1) / 2) / whole**2
        qs += (y1 * (n0 - y0) + y0 * (n1 - y1)) / (2 * whole)
    difference = weighted / weight
    error = sqrt(max(0.0, difference * ps + qs)) / weight
    low, high = max(-1.0, difference - Z95 * error), min(1.0, difference + Z95 * error)
    with_n = sum(one.with_n for one in shared)
    without_n = sum(one.without_n for one in shared)
    goals = sum(one.with_goals + one.without_goals for one in shared)
    is_enough = min(with_n, without_n) >= ENOUGH and goals >= ENOUGH_GOALS
    return Compared(
        difference, low, high, with_n, without_n, left_out, _verdict(low, high, is_enough=is_enough)
    )


def _verdict(low: float, high: float, *, is_enough: bool) -> Verdict:
    if not is_enough:
        return "not_enough"
    if low > 0:
        return "more"
    return "less" if high < 0 else "no_difference"
