from __future__ import annotations

import pytest

from keskio.engine.scores.nps import nps_of, nps_of_counts


@pytest.mark.parametrize(
    ("counts", "score", "low", "high"),
    [
        ((50, 33, 17), 33.00, 17.56, 46.52),
        ((45, 30, 25), 20.00, 3.77, 35.06),
        ((6, 3, 1), 50.00, -0.20, 77.13),
        ((180, 90, 30), 50.00, 41.93, 57.08),
    ],
)
def test_score_and_adjusted_interval_are_the_golden_ones(
    counts: tuple[int, int, int], score: float, low: float, high: float
) -> None:
    found = nps_of_counts(*counts)
    assert (found.nps, round(found.low, 2), round(found.high, 2)) == (score, low, high)
    assert (found.promoters, found.passives, found.detractors) == counts


def test_answers_are_parted_at_six_and_nine() -> None:
    found = nps_of(range(11))
    assert (found.promoters, found.passives, found.detractors) == (2, 2, 7)


def test_interval_stays_within_the_scale() -> None:
    assert nps_of_counts(3, 0, 0).high <= 100.0


@pytest.mark.parametrize("scores", [[], [11], [-1]])
def test_what_is_no_answer_is_told_of(scores: list[int]) -> None:
    with pytest.raises(ValueError, match="answer"):
        nps_of(scores)
