from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.scores.rfm import cut_points, make_cuts, recency_score, score_of, scores_of

values = st.lists(st.integers(0, 50), min_size=1, max_size=200)


@given(values)
def test_equal_values_have_equal_scores_and_more_is_never_worse(column: list[int]) -> None:
    cuts = cut_points(column)
    scores = [score_of(value, cuts) for value in sorted(column)]
    assert scores == sorted(scores)
    assert set(scores) <= {1, 2, 3, 4, 5}


@given(values, st.randoms(use_true_random=False))
def test_cut_points_do_not_know_the_order_of_rows(column: list[int], dice: object) -> None:
    mixed = sorted(column, key=lambda value: (value * 7919) % 101)
    assert cut_points(mixed) == cut_points(column)


def test_distinct_values_make_five_equal_parts() -> None:
    column = list(range(100))
    cuts = cut_points(column)
    scores = [score_of(value, cuts) for value in column]
    assert [scores.count(part) for part in range(1, 6)] == [20] * 5


def test_recency_is_the_other_way_round() -> None:
    column = list(range(100))
    cuts = cut_points(column)
    scores = [recency_score(days, cuts) for days in column]
    assert scores[0] == 5
    assert scores[-1] == 1
    assert [scores.count(part) for part in range(1, 6)] == [20] * 5


def test_one_customer_is_scored() -> None:
    cuts = make_cuts([10, 20, 30, 40, 50], [1, 2, 3, 4, 5], [5, 10, 20, 40, 80])
    assert scores_of(5, 5, 80, cuts=cuts) == (5, 5, 5)
    assert scores_of(60, 1, 5, cuts=cuts) == (1, 1, 1)
