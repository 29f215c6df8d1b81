"""RFM of all customers: scores by kept cut points, the grid, and who moved or was moved.

The same rules as `engine.scores.rfm`, for columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keskio.engine.scores.rfm import SCORES, Cuts
from keskio.know.profiles.histories import Floats, Histories, Ints
from keskio.know.profiles.shapes import Cell, Moved, Movement

PARTS = ("r", "f", "m")


@dataclass(frozen=True)
class Scored:
    """Scores of customers, ascending by id: one column a part."""

    customer: Ints
    r: Ints
    f: Ints
    m: Ints


def cuts_of(histories: Histories) -> Cuts:
    """Return the quintiles of customers: nearest rank, on values that occur."""
    return Cuts(
        _quintiles(histories.recency_days.astype(np.float64)),
        _quintiles(histories.times.astype(np.float64)),
        _quintiles(np.round(histories.total, 2)),
    )


def _quintiles(values: Floats) -> tuple[float, ...]:
    ordered = np.sort(values)
    n = len(ordered)
    return tuple(float(ordered[(n * part + SCORES - 1) // SCORES - 1]) for part in range(1, SCORES))


def score(histories: Histories, cuts: Cuts) -> Scored:
    """Return the scores of customers under `cuts`."""

    def more_is_better(values: Floats | Ints, points: tuple[float, ...]) -> Ints:
        return np.asarray(1 + np.searchsorted(np.array(points), values, side="left"))

    return Scored(
        histories.customer,
        np.asarray(SCORES + 1 - more_is_better(histories.recency_days, cuts.recency)),
        more_is_better(histories.times, cuts.frequency),
        more_is_better(np.round(histories.total, 2), cuts.monetary),
    )


def cells_of(scored: Scored, total: Floats) -> list[Cell]:
    """Return the cells of the grid that somebody is in."""
    place = (scored.r - 1) * SCORES + scored.f - 1
    count = np.bincount(place, minlength=SCORES**2)
    money = np.bincount(place, weights=total, minlength=SCORES**2)
    score_sum = np.bincount(place, weights=scored.m, minlength=SCORES**2)
    return [
        Cell(at // SCORES + 1, at % SCORES + 1, int(n), float(money[at]), float(score_sum[at] / n))
        for at, n in enumerate(count.tolist())
        if n
    ]


def movement(then: Histories, now: Histories, *, old: Cuts, new: Cuts, since: str) -> Movement:
    """Tell apart who moved from who was moved.

    A customer moved when the score under the old cut points is another now than it was then; the
    cut points moved a customer when the new ones give another score than the old ones now.
    """
    before, after, recut = score(then, old), score(now, old), score(now, new)
    at = np.searchsorted(now.customer, then.customer)
    is_there = at < len(now)
    is_there[is_there] = now.customer[at[is_there]] == then.customer[is_there]
    at = at[is_there]
    parts = {}
    is_moved = np.zeros(len(at), dtype=bool)
    for part in PARTS:
        was, became = getattr(before, part)[is_there], getattr(after, part)[at]
        cut_again = getattr(recut, part)[at]
        is_moved |= (was != became) | (became != cut_again)
        parts[part] = Moved(
            customers_up=int((became > was).sum()),
            customers_down=int((became < was).sum()),
            cuts_up=int((cut_again > became).sum()),
            cuts_down=int((cut_again < became).sum()),
        )
    return Movement(since=since, new=len(now) - len(at), stayed=int((~is_moved).sum()), **parts)
