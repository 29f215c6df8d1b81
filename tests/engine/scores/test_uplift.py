"""Differences between treated and control, against published and other people's figures."""

from __future__ import annotations

import random
from math import sqrt

import pytest
from scipy import stats

from keskio.engine.scores.uplift import (
    Group,
    goal_difference,
    goal_difference_over,
    money_difference,
    money_difference_over,
    people_needed,
    together,
    wilson,
)


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_shares_are_compared_as_published(
    a: int, m: int, b: int, n: int, low: float, high: float
) -> None:
    found = goal_difference(Group(m, a), Group(n, b))
    assert found.difference == pytest.approx(a / m - b / n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("goals", "n"), [(0, 1), (1, 1), (3, 10), (81, 263), (0, 20)])
def test_the_interval_of_a_share_is_wilson_s(goals: int, n: int) -> None:
    told = stats.binomtest(goals, n).proportion_ci(method="wilson")
    assert wilson(goals, n) == pytest.approx((told.low, told.high), abs=1e-12)


def group_of(values: list[float]) -> Group:
    return Group(len(values), sum(v > 0 for v in values), sum(values), sum(v * v for v in values))


@pytest.mark.parametrize("sizes", [(200, 40), (1000, 1000), (30, 12)])
def test_means_are_compared_as_welch_did(sizes: tuple[int, int]) -> None:
    dice = random.Random(7)
    one, two = ([dice.expovariate(0.02) for _ in range(size)] for size in sizes)
    found = money_difference(group_of(one), group_of(two))
    told = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    width = told.high - told.low
    assert found.low == pytest.approx(told.low, abs=width * 1e-3)
    assert found.high == pytest.approx(told.high, abs=width * 1e-3)


def test_nothing_is_said_before_there_is_enough() -> None:
    assert goal_difference(Group(50, 40), Group(50, 5)).verdict == "not_enough"
    assert goal_difference(Group(5000, 6), Group(5000, 3)).verdict == "not_enough"
    assert goal_difference(Group(1000, 120), Group(1000, 60)).verdict == "more"
    assert goal_difference(Group(1000, 60), Group(1000, 120)).verdict == "less"
    assert goal_difference(Group(1000, 100), Group(1000, 95)).verdict == "no_difference"
    rich = Group(1000, 20, 90_000.0, 9e6)
    assert money_difference(rich, Group(1000, 200, 1000.0, 9e3)).verdict == "not_enough"


def test_nobody_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="somebody"):
        goal_difference(Group(0), Group(10))
    with pytest.raises(ValueError, match="two people"):
        money_difference(Group(1), Group(10))


def test_the_people_needed_see_the_lift_four_times_of_five() -> None:
    n = people_needed(0.05, 0.2, 0.5)
    assert n == 2 * 8_155  # (1.96 + 0.8416)² · (0.05 · 0.95 + 0.06 · 0.94) / 0.01²
    dice = random.Random(3)
    seen = 0
    for _ in range(300):
        half = n // 2
        treated, control = (
            round(dice.gauss(half * p, sqrt(half * p * (1 - p)))) for p in (0.06, 0.05)
        )
        seen += goal_difference(Group(half, treated), Group(half, control)).verdict == "more"
    assert 0.72 < seen / 300 < 0.88
    with pytest.raises(ValueError, match="between"):
        people_needed(0.0, 0.2, 0.5)


def test_the_interval_covers_what_is_true_nineteen_times_of_twenty() -> None:
    dice = random.Random(11)
    covered = 0
    for _ in range(400):
        treated = sum(dice.random() < 0.1 for _ in range(300))
        control = sum(dice.random() < 0.07 for _ in range(60))
        found = goal_difference(Group(300, treated), Group(60, control))
        covered += found.low <= 0.03 <= found.high
    assert covered / 400 > 0.92


# Two seasons of the same dialogue, in which it does nothing: in the poor one half was held out, in the
# good one a tenth.
POOR = (Group(1000, 50, 500.0, 5000.0), Group(1000, 50, 500.0, 5000.0))
GOOD = (Group(1800, 540, 9000.0, 90_000.0), Group(200, 60, 1000.0, 10_000.0))


def test_a_season_with_a_smaller_control_group_is_no_effect() -> None:
    """Thrown together, those treated are 12 points better; within each season there is no difference."""
    thrown = goal_difference(together([POOR[0], GOOD[0]]), together([POOR[1], GOOD[1]]))
    assert (round(thrown.difference, 3), thrown.verdict) == (0.119, "more")
    for compare in (goal_difference_over, money_difference_over):
        found = compare([POOR, GOOD])
        assert found.difference == pytest.approx(0, abs=1e-12)
        assert found.verdict == "no_difference"


def test_one_stratum_is_compared_as_it_is() -> None:
    for over, plain in (
        (goal_difference_over, goal_difference),
        (money_difference_over, money_difference),
    ):
        found, wanted = over([GOOD]), plain(*GOOD)
        assert (found.difference, found.low, found.high) == pytest.approx(
            (wanted.difference, wanted.low, wanted.high)
        )


def test_the_interval_over_strata_holds_what_it_says() -> None:
    """A true effect of five points, in a thousand worlds of two unlike strata."""
    dice = random.Random(11)

    def group(n: int, share: float) -> Group:
        return Group(n, sum(dice.random() < share for _ in range(n)))

    held = 0
    for _ in range(1000):
        found = goal_difference_over(
            [(group(150, 0.15), group(150, 0.10)), (group(300, 0.45), group(40, 0.40))]
        )
        held += found.low <= 0.05 <= found.high
    assert 0.93 <= held / 1000 <= 0.98


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        goal_difference_over([])
