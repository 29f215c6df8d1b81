"""Shares and their intervals: satisfaction, effort, and what has changed between two periods.

CSAT is the share of 4-5 on 1-5, CES 2.0 the share of 5-7 on 1-7, with Wilson's interval (Wilson 1927).
How many answers a figure needs before it is shown: below 10 none, below 50 with a warning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from keskio.engine.scores.normal import Z95
from keskio.engine.scores.nps import ADDED, ADDED_TO_EACH, Nps

HIDDEN, WEAK = 10, 50


class Share(msgspec.Struct, frozen=True, gc=False):
    """A share in hundredths with its 95 % interval; `part` of `n`."""

    share: float
    low: float
    high: float
    part: int
    n: int


class Change(msgspec.Struct, frozen=True, gc=False):
    """A difference in points with its 95 % interval and its z; `is_told`: it is larger than chance."""

    by: float
    low: float
    high: float
    z: float

    @property
    def is_told(self) -> bool:
        """Tell whether zero lies outside the interval; otherwise one cannot tell."""
        return self.low > 0 or self.high < 0


def share_of(part: int, n: int, *, z: float = Z95) -> Share:
    """Return `part` of `n` with Wilson's interval. Raises ValueError when n is 0.

    >>> found = share_of(81, 263)
    >>> round(found.share, 2), round(found.low, 2), round(found.high, 2)
    (30.8, 25.53, 36.62)
    """
    if n <= 0 or not 0 <= part <= n:
        raise ValueError("a share needs at least one answer")
    p = part / n
    divisor = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / divisor
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / divisor
    return Share(
        100 * p, max(0.0, 100 * (centre - half)), min(100.0, 100 * (centre + half)), part, n
    )


def csat_of(scores: Sequence[int]) -> Share:
    """Return the share of 4 and 5 among answers from 1 to 5. Raises ValueError for none."""
    return share_of(sum(score >= 4 for score in scores), len(scores))


def ces_of(scores: Sequence[int]) -> Share:
    """Return the share of 5 to 7 among answers from 1 to 7. Raises ValueError for none."""
    return share_of(sum(score >= 5 for score in scores), len(scores))


def change_of_nps(before: Nps, after: Nps, *, z: float = Z95) -> Change:
    """Return the change of a net promoter score between two sets of people (adjusted-Wald estimates).

    Not for the same people asked twice. Source: Rocks 2016, as in `nps`.
    """
    (first, first_variance), (second, second_variance) = _adjusted(before), _adjusted(after)
    by, error = second - first, math.sqrt(first_variance + second_variance)
    return Change(100 * by, 100 * (by - z * error), 100 * (by + z * error), by / error)


def _adjusted(score: Nps) -> tuple[float, float]:
    n = score.n + ADDED
    up, down = (score.promoters + ADDED_TO_EACH) / n, (score.detractors + ADDED_TO_EACH) / n
    return up - down, (up + down - (up - down) ** 2) / n


def change_of_share(before: Share, after: Share, *, z: float = Z95) -> Change:
    """Return the change of a share, with Newcombe's interval of the difference (1998, method 10)."""
    p1, p2 = before.share, after.share
    by = p2 - p1
    low = by - math.hypot(p2 - after.low, before.high - p1)
    high = by + math.hypot(after.high - p2, p1 - before.low)
    together = (before.part + after.part) / (before.n + after.n)
    error = 100 * math.sqrt(together * (1 - together) * (1 / before.n + 1 / after.n))
    del z  # the intervals of the two shares were made with it
    return Change(by, low, high, by / error if error else 0.0)


def needed_for(margin: float, *, variance: float = 0.68, z: float = Z95) -> int:
    """Return how many answers a net promoter score needs to be known within `margin` points.

    >>> needed_for(5), needed_for(10), needed_for(15), needed_for(5, variance=1)
    (1045, 262, 117, 1537)
    """
    return math.ceil(z * z * variance / (margin / 100) ** 2)


def needed_of(population: int, *, margin: float = 0.05, p: float = 0.5, z: float = Z95) -> int:
    """Return how many of `population` must answer for a share to be known within `margin` (0 to 1).

    >>> [needed_of(n) for n in (100, 500, 1_000, 10_000)]
    [80, 218, 278, 370]
    """
    endless = z * z * p * (1 - p) / margin**2
    return math.ceil(endless / (1 + (endless - 1) / population))
