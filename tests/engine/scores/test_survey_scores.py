"""Shares, changes and response rates: golden values of the formulas, and what cannot be told."""

from __future__ import annotations

import pytest

from keskio.engine.scores.nps import nps_of_counts
from keskio.engine.scores.rates import Asked, rates_of
from keskio.engine.scores.shares import (
    ces_of,
    change_of_nps,
    change_of_share,
    csat_of,
    needed_for,
    needed_of,
    share_of,
)

NPS = [  # promoters, passives, detractors: score and adjusted interval
    ((50, 33, 17), 33.0, 17.56, 46.52),
    ((45, 30, 25), 20.0, 3.77, 35.06),
    ((6, 3, 1), 50.0, -0.20, 77.13),
    ((180, 90, 30), 50.0, 41.93, 57.08),
]


@pytest.mark.parametrize(("counts", "score", "low", "high"), NPS)
def test_adjusted_intervals_of_nps(
    counts: tuple[int, int, int], score: float, low: float, high: float
) -> None:
    found = nps_of_counts(*counts)
    assert (found.nps, round(found.low, 2), round(found.high, 2)) == (score, low, high)


def test_a_change_of_nps_that_one_cannot_tell_and_one_that_one_can() -> None:
    doubtful = change_of_nps(nps_of_counts(45, 30, 25), nps_of_counts(50, 33, 17))
    assert (round(doubtful.by, 2), round(doubtful.low, 2), round(doubtful.high, 2)) == (
        12.62,
        -8.70,
        33.94,
    )
    assert (round(doubtful.z, 3), doubtful.is_told) == (1.160, False)
    clear = change_of_nps(nps_of_counts(180, 90, 30), nps_of_counts(220, 70, 10))
    assert (round(clear.by, 2), round(clear.low, 2), round(clear.high, 2)) == (19.80, 10.14, 29.47)
    assert (round(clear.z, 3), clear.is_told) == (4.016, True)


def test_top_boxes_of_satisfaction_and_ease() -> None:
    assert csat_of([1, 2, 3, 4, 5, 5]).share == 50.0
    assert ces_of([1, 4, 5, 6, 7]).share == 60.0
    found = share_of(0, 10)  # Wilson: never below nothing, never a point
    assert (found.low, round(found.high, 2)) == (0.0, 27.75)
    with pytest.raises(ValueError, match="at least one"):
        csat_of([])


def test_a_change_of_a_share_is_told_only_beyond_chance() -> None:
    assert not change_of_share(share_of(40, 100), share_of(45, 100)).is_told
    assert change_of_share(share_of(400, 1000), share_of(460, 1000)).is_told


def test_how_many_answers_are_needed() -> None:
    assert [needed_for(m) for m in (5, 10, 15)] == [1045, 262, 117]
    assert [needed_for(m, variance=1) for m in (5, 10, 15)] == [1537, 385, 171]
    assert [needed_of(n) for n in (100, 500, 1_000, 10_000)] == [80, 218, 278, 370]


def test_response_rates_by_their_definitions() -> None:
    asked = Asked(complete=40, partial=10, refused=5, silent=35, unknown=10)
    rates = rates_of(asked, eligible=0.5)
    assert (rates.rr1, rates.rr2) == (0.4, 0.5)
    assert (round(rates.rr3 or 0, 4), round(rates.rr4 or 0, 4)) == (0.4211, 0.5263)
    assert (round(rates.rr5 or 0, 4), round(rates.rr6 or 0, 4)) == (0.4444, 0.5556)
    assert rates.completion == 0.8
    assert rates_of(Asked()).rr1 is None
