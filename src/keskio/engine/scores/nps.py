"""The net promoter score with an interval that holds for few answers too.

Rule 1: a promoter answers 9 or 10, a detractor 0 to 6, the rest are passive; the score is the share of
promoters less the share of detractors, in hundredths.
Rule 2: the interval is the adjusted Wald interval (Rocks 2016, The American Statistician 70): three
answers are added, three quarters of one to promoters and to detractors. The plain interval is far too
narrow for few answers.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from keskio.engine.scores.normal import Z95

PROMOTER, DETRACTOR, HIGHEST = 9, 6, 10
ADDED, ADDED_TO_EACH = 3.0, 0.75


class Nps(msgspec.Struct, frozen=True, gc=False):
    """A score with its 95 % interval and its counts."""

    nps: float
    low: float
    high: float
    n: int
    promoters: int
    passives: int
    detractors: int


def nps_of(scores: Iterable[int]) -> Nps:
    """Return the net promoter score of answers from 0 to 10.

    Raises ValueError for other answers, and when there are none.

    >>> score = nps_of([10] * 45 + [8] * 30 + [3] * 25)
    >>> score.nps, round(score.low, 2), round(score.high, 2)
    (20.0, 3.77, 35.06)
    """
    promoters = passives = detractors = 0
    for score in scores:
        if not 0 <= score <= HIGHEST:
            raise ValueError(f"{score} is not an answer from 0 to {HIGHEST}")
        if score >= PROMOTER:
            promoters += 1
        elif score > DETRACTOR:
            passives += 1
        else:
            detractors += 1
    return nps_of_counts(promoters, passives, detractors)


def nps_of_counts(promoters: int, passives: int, detractors: int, *, z: float = Z95) -> Nps:
    """Return the score of counted answers. Raises ValueError when there are none."""
    n = promoters + passives + detractors
    if n == 0:
        raise ValueError("a score needs at least one answer")
    score = 100 * (promoters - detractors) / n
    adjusted = n + ADDED
    up, down = (promoters + ADDED_TO_EACH) / adjusted, (detractors + ADDED_TO_EACH) / adjusted
    centre = up - down
    half = z * ((up + down - centre**2) / adjusted) ** 0.5
    low, high = max(-100.0, 100 * (centre - half)), min(100.0, 100 * (centre + half))
    return Nps(score, low, high, n, promoters, passives, detractors)
