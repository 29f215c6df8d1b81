"""Alarms are worth it: seldom in quiet months, soon in a rise, once for each."""

from __future__ import annotations

import statistics
from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.scores.rising import (
    WEEK,
    Baseline,
    Look,
    baseline_of,
    count_interval,
    judge,
    ratio_interval,
    shares_of,
    sigmas_of,
    stand_out,
    tail,
)
from tests.engine.rising_world import HISTORY, Rise, alerts, delay

EVEN = tuple([1 / WEEK] * WEEK)


def look(authors: int, per_day: float = 4.0, spread: float = 1.0, theme: str = "queues") -> Look:
    """Return a look at six hours of a theme that is spread evenly over the week."""
    return Look(theme, {6: authors}, Baseline(per_day, EVEN, spread, per_day * 28))


def test_quiet_months_seldom_alarm() -> None:
    counts = [len(alerts(seed)) for seed in range(6)]
    assert sum(counts) <= 6
    assert max(counts) <= 2


@pytest.mark.parametrize(("theme", "more", "within"), [(2, 2.0, 4), (6, 3.0, 6)])
def test_rises_are_noticed_within_hours(theme: int, more: float, within: int) -> None:
    delays = [delay(seed, theme, more) for seed in range(5)]
    hours = [found for found in delays if found is not None]
    assert len(hours) == 5
    assert statistics.median(hours) <= within


def test_a_rise_alarms_once() -> None:
    at = HISTORY * 24 + 5 * 24 + 14
    told = alerts(7, days=8, rise=Rise(4, at, 4.0, hours=30))
    assert [theme for hour, theme in told if hour >= at] == [4]


def test_four_authors_never_alarm_however_unlikely() -> None:
    assert judge([look(4, per_day=0.25)], hour=9)[0].is_rising is False
    assert judge([look(5, per_day=0.25)], hour=9)[0].is_rising is True


def test_the_more_themes_are_looked_at_the_more_a_rise_must_stand_out() -> None:
    alone = judge([look(7)], hour=9)[0]
    quiet = [look(1, theme=str(n)) for n in range(200)]
    among = judge([look(7), *quiet], hour=9)[0]
    assert (alone.is_rising, among.is_rising) == (True, False)
    assert alone.sigmas == among.sigmas


def test_an_alert_ends_when_the_count_is_usual_again() -> None:
    verdicts = judge([look(1), look(3), look(7)], hour=9)
    assert [verdict.is_over for verdict in verdicts] == [True, False, False]


def test_the_tail_is_poissons_where_nothing_is_uneven() -> None:
    exact = 1 - sum(exp(-4.0) * 4.0**k / factorial(k) for k in range(9))
    assert tail(9, 4.0, 1.0) == pytest.approx(exact, rel=1e-4)
    assert tail(0, 4.0, 1.0) == 1.0


@given(st.integers(0, 300), st.floats(0.01, 200), st.floats(1, 20))
def test_the_tail_is_a_probability_that_falls_with_the_count(
    count: int, mean: float, spread: float
) -> None:
    here, further = tail(count, mean, spread), tail(count + 1, mean, spread)
    assert 0 <= further <= here + 1e-12 <= 1 + 1e-12


def test_sigmas_are_those_of_a_normal_curve() -> None:
    assert sigmas_of(0.00134990) == pytest.approx(3.0, abs=1e-4)


def test_benjamini_and_hochberg_keep_what_stands_under_the_line() -> None:
    # Benjamini and Hochberg (1995), section 3.3: fifteen p-values, q 0.05, four are kept.
    ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    ps += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert stand_out(ps, 0.05) == [True] * 4 + [False] * 11


def test_baselines_need_a_week_and_cut_the_highest_days_down() -> None:
    day = [1] * 24
    assert baseline_of(day * 6, 0) is None
    usual = baseline_of(day * 20, 0)
    with_peak = baseline_of([*day * 18, *[9] * 24, *day], 0)
    assert usual is not None
    assert with_peak is not None
    assert usual.per_day == with_peak.per_day == 24.0


def test_shares_know_the_hours_of_the_week() -> None:
    monday_nine = [1 if hour % WEEK == 9 else 0 for hour in range(WEEK * 200)]
    shares = shares_of(monday_nine, 0)
    assert sum(shares) == pytest.approx(1.0)
    assert shares[9] == max(shares)
    assert Baseline(10.0, tuple(shares), 1.0, 70).expected(9, 6) > 20


def test_intervals_of_counts_are_those_of_the_tables() -> None:
    # Exact limits of a Poisson count of 10 are 4.80 and 18.39.
    low, high = count_interval(10)
    assert low == pytest.approx(4.80, abs=0.03)
    assert high == pytest.approx(18.39, abs=0.03)
    assert count_interval(0)[0] == 0.0


def test_ratios_of_periods_say_when_one_cannot_tell() -> None:
    found = ratio_interval(20, 10)
    assert found is not None
    assert found[0] < 1.0
    assert found[1] > 2.0
    assert ratio_interval(0, 0) is None
    many = ratio_interval(200, 100)
    assert many is not None
    assert many[0] > 1.5
