"""At which hour does somebody answer? Own answers first, and those of the groups where one belongs.

The score of an hour is the number of one's own answers in it, plus `BELIEF` times the share that the
groups' answers have in it: a prior of five answers (a Dirichlet prior whose mean is the group's
histogram), so that a few answers of one's own already weigh more than what others do.
"""

from __future__ import annotations

from collections.abc import Mapping

BELIEF = 5.0
FIRST, LAST = 8, 20  # hours of the day in which a message may be read gladly


def best_hour(own: Mapping[int, int], others: Mapping[int, int]) -> int | None:
    """Return the hour (0 to 23) with the greatest score, the earliest among equals; None with no answers.

    `own` and `others` count answers by the hour of the day. Answers at night count for the nearest
    hour of the day.

    >>> best_hour({9: 1}, {17: 40}), best_hour({9: 9}, {17: 40}), best_hour({}, {})
    (17, 9, None)
    """
    total = sum(others.values())
    scores: dict[int, float] = {}
    for hour, count in own.items():
        scores[_by_day(hour)] = scores.get(_by_day(hour), 0.0) + count
    for hour, count in others.items():
        scores[_by_day(hour)] = scores.get(_by_day(hour), 0.0) + BELIEF * count / total
    if not scores:
        return None
    return min(scores, key=lambda hour: (-scores[hour], hour))


def _by_day(hour: int) -> int:
    if FIRST <= hour <= LAST:
        return hour
    return FIRST if hour < FIRST else LAST
