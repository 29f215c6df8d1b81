"""Against Fader, Hardie & Lee 2005 and Hardie's notes."""

from __future__ import annotations

from math import isfinite

import pytest

from keskio.engine.scores.clv import (
    Purchasing,
    Spending,
    expected_purchases,
    expected_spend,
    log_likelihood,
    present_value,
    probability_alive,
)

CDNOW = Purchasing(0.243, 4.414, 0.793, 2.426)
REFITTED = Purchasing(0.2426, 4.4135, 0.7929, 2.4258)
MBG = Purchasing(0.525, 6.183, 0.891, 1.614, leaves_at_first=True)


@pytest.mark.parametrize(
    ("t", "expected"),
    [(0.1429, 0.0078), (1, 0.0532), (3, 0.1506), (31.8571, 1.0405), (32, 1.0437), (78, 1.8576)],
)
def test_purchases_of_somebody_new_are_as_published(t: float, expected: float) -> None:
    assert expected_purchases(REFITTED, t) == pytest.approx(expected, abs=0.0005)


def test_conditional_expectation_is_as_published() -> None:
    told = expected_purchases(CDNOW, 39, x=2, t_x=30.43, age=38.86)
    assert told == pytest.approx(1.226, abs=0.0005)
    alive = probability_alive(CDNOW, x=2, t_x=30.43, age=38.86)
    assert alive == pytest.approx(0.7266, abs=0.0001)


def test_bg_cannot_tell_of_one_purchase_whether_the_customer_is_alive_and_mbg_can() -> None:
    assert probability_alive(CDNOW, x=0, t_x=0, age=500) == 1.0
    early, late = (probability_alive(MBG, x=0, t_x=0, age=age) for age in (5, 500))
    assert late < early < 1


def test_somebody_new_is_who_has_no_history_in_both_models() -> None:
    for model in (CDNOW, MBG):
        alone = expected_purchases(model, 30)
        assert alone == pytest.approx(expected_purchases(model, 30, x=0, t_x=0, age=0))


def test_mbg_of_somebody_new_is_the_papers_formula() -> None:
    from scipy.special import hyp2f1

    r, alpha, a, b = 0.525, 6.183, 0.891, 1.614
    told = (
        b / (a - 1) * (1 - (alpha / (alpha + 30)) ** r * hyp2f1(r, b + 1, a + b, 30 / (alpha + 30)))
    )
    assert expected_purchases(MBG, 30) == pytest.approx(told, rel=1e-9)


def test_many_purchases_do_not_overflow() -> None:
    assert 0 < expected_purchases(CDNOW, 52, x=3000, t_x=300, age=301) < 3000
    assert isfinite(log_likelihood(CDNOW, x=400, t_x=1, age=400))


def test_spending_leans_to_the_mean_of_all() -> None:
    model = Spending(6.25, 3.74, 15.44)
    assert expected_spend(model, x=0, mean=0.0) == pytest.approx(35.22, abs=0.01)
    assert expected_spend(model, x=50, mean=100.0) == pytest.approx(100.0, rel=0.02)


def test_money_of_later_is_worth_less() -> None:
    assert present_value(100.0, periods=12, rate=0.0) == 1200.0
    assert present_value(100.0, periods=12, rate=0.02) < present_value(100, periods=12, rate=0.01)


@pytest.mark.parametrize("leaves", [False, True])
def test_both_forms_of_the_expectation_agree(leaves: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from keskio.engine.scores import clv

    model = Purchasing(0.6, 5.0, 3.0, 4.0, leaves_at_first=leaves)
    euler = expected_purchases(model, 26, x=4, t_x=20, age=30)
    monkeypatch.setattr(clv, "EULER_BELOW", 0.0)
    assert expected_purchases(model, 26, x=4, t_x=20, age=30) == pytest.approx(euler, rel=1e-9)
