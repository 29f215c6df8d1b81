"""RFM: recency, frequency and monetary value as scores from 1 to 5, by cut points.

Rule 1: cut points are the quintiles of the customers at one moment, and are kept: whoever has the same
value has the same score, whatever the order of rows and however many share the value.
Rule 2: 5 is best: the most recent, the most frequent, the largest.
Rule 3: under the same cut points a score changes only when the customer does something, or stops.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

SCORES = 5


class Cuts(msgspec.Struct, frozen=True):
    """Cut points, ascending: four for each part. A score is one more than how many lie below."""

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]


def cut_points(values: Sequence[float], *, parts: int = SCORES) -> tuple[float, ...]:
    """Return `parts` - 1 cut points of `values`: the nearest-rank quantiles.

    A value on a cut point belongs below it, so that equal values are never parted.

    >>> cut_points([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    (2, 4, 6, 8)
    >>> cut_points([1, 1, 1, 1, 1, 1, 1, 1, 2, 9])
    (1, 1, 1, 1)
    """
    if not values:
        raise ValueError("cut points need at least one value")
    ordered = sorted(values)
    n = len(ordered)
    return tuple(ordered[(n * part + parts - 1) // parts - 1] for part in range(1, parts))


def score_of(value: float, cuts: Sequence[float]) -> int:
    """Return the score from 1 to 5 of `value`, more being better.

    >>> [score_of(value, (2, 4, 6, 8)) for value in (1, 2, 3, 8, 9)]
    [1, 1, 2, 4, 5]
    """
    return 1 + bisect_left(cuts, value)


def recency_score(days: float, cuts: Sequence[float]) -> int:
    """Return the score from 1 to 5 of days since the last purchase, fewer being better.

    >>> [recency_score(days, (2, 4, 6, 8)) for days in (1, 2, 3, 8, 9)]
    [5, 5, 4, 2, 1]
    """
    return SCORES - bisect_left(cuts, days)


def make_cuts(
    recency: Sequence[float], frequency: Sequence[float], monetary: Sequence[float]
) -> Cuts:
    """Return the cut points of customers told as three columns."""
    return Cuts(cut_points(recency), cut_points(frequency), cut_points(monetary))


def scores_of(
    recency: float, frequency: float, monetary: float, *, cuts: Cuts
) -> tuple[int, int, int]:
    """Return the scores (r, f, m) of one customer."""
    return (
        recency_score(recency, cuts.recency),
        score_of(frequency, cuts.frequency),
        score_of(monetary, cuts.monetary),
    )
