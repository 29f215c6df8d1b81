"""Fits against published parameters of CDNOW, against the plain formulas, and on made customers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from keskio.engine.scores.clv import (
    Purchasing,
    expected_purchases,
    log_likelihood,
    probability_alive,
)
from keskio.kernel.errors import Mistake
from keskio.know.profiles import predicting
from keskio.know.profiles.fitting import TooFew, fit_purchasing, fit_spending, groups_of
from keskio.know.profiles.guards import DEPENDENT, STEADY, correlation_of, doubts_of
from keskio.know.profiles.histories import (
    Histories,
    Purchases,
    bought_between,
    histories_of,
    purchases_of,
)
from tests.sources import find_cdnow

CALIBRATED = int(np.datetime64("1997-09-30").astype(int))
HELD_OUT = CALIBRATED + 39 * 7


@pytest.fixture(scope="module")
def cdnow() -> Purchases:
    """The sample of CDNOW's customers: one in ten of those who began in the first quarter of 1997."""
    file = find_cdnow()
    assert file is not None
    rows = [line.split() for line in file.read_text().splitlines()]
    rows = [row for row in rows if len(row) == 5]
    days = [
        int(np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}").astype(int))
        for _master, _own, day, _, _ in rows
    ]
    return purchases_of([int(row[1]) for row in rows], days, [float(row[4]) for row in rows])


def bought(rng: np.random.Generator, count: int, model: Purchasing, *, span: int) -> Purchases:
    """Customers who buy and leave as BG/NBD says, to the day."""
    customers, days = [], []
    for customer in range(count):
        day = float(rng.integers(0, span // 2))
        rate, leaves = rng.gamma(model.r, 1 / model.alpha), rng.beta(model.a, model.b)
        while day < span:
            customers.append(customer)
            days.append(int(day))
            day += rng.exponential(1 / rate) * 7
            if len(days) > 1 and customers[-1] == customer and rng.random() < leaves:
                break
    return purchases_of(customers, days, rng.gamma(6.0, 6.0, len(days)))


@pytest.mark.cdnow
def test_histories_of_cdnow_are_the_papers(cdnow: Purchases) -> None:
    histories = histories_of(cdnow, until=CALIBRATED)
    assert len(histories) == 2357
    assert int(histories.x.sum()) == 2457
    assert int((histories.x == 0).sum()) == 1411


@pytest.mark.cdnow
def test_bg_nbd_of_cdnow_is_as_published(cdnow: Purchases) -> None:
    histories = histories_of(cdnow, until=CALIBRATED)
    fit = fit_purchasing(histories.x, histories.t_x, histories.age)
    assert [round(float(value), 3) for value in fit.values] == [0.243, 4.414, 0.793, 2.426]
    assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    for name, (low, high) in fit.intervals().items():
        assert low < fit.as_dict()[name] < high


@pytest.mark.cdnow
def test_mbg_nbd_of_cdnow_is_as_published(cdnow: Purchases) -> None:
    histories = histories_of(cdnow, until=CALIBRATED)
    fit = fit_purchasing(histories.x, histories.t_x, histories.age, leaves_at_first=True)
    assert fit.as_dict() == pytest.approx(
        {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, abs=0.001
    )


@pytest.mark.cdnow
def test_gamma_gamma_of_cdnow_is_as_published(cdnow: Purchases) -> None:
    histories = histories_of(cdnow, until=CALIBRATED)
    fit = fit_spending(histories.x, histories.mean)
    assert fit.groups == 946
    assert fit.as_dict() == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, rel=0.002)
    assert fit.log_likelihood == pytest.approx(-4055.92, abs=0.01)
    found = predicting.expected_spend(fit.spending(), x=histories.x[:10], mean=histories.mean[:10])
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert found.tolist() == pytest.approx(published, abs=0.06)


@pytest.mark.cdnow
def test_hold_out_of_cdnow_is_as_recomputed(cdnow: Purchases) -> None:
    histories = histories_of(cdnow, until=CALIBRATED)
    model = fit_purchasing(histories.x, histories.t_x, histories.age).purchasing()
    after = bought_between(cdnow, histories.customer, after=CALIBRATED, until=HELD_OUT)
    told = predicting.expected(model, 39, x=histories.x, t_x=histories.t_x, age=histories.age)
    assert int(after.sum()) == 1882
    assert round(float(told.sum())) == pytest.approx(1653, abs=1)
    by_x = [
        (float(after[of].mean()), float(told[of].mean()))
        for of in (np.minimum(histories.x, 7) == x for x in range(8))
    ]
    actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    expected = [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157]
    assert [pair[0] for pair in by_x] == pytest.approx(actual, abs=0.0006)
    assert [pair[1] for pair in by_x] == pytest.approx(expected, abs=0.0015)


@pytest.mark.cdnow
def test_cdnow_raises_no_doubt_about_spending(cdnow: Purchases) -> None:
    histories = histories_of(cdnow, until=CALIBRATED)
    assert correlation_of(histories) == pytest.approx(0.11, abs=0.005)
    assert doubts_of(histories) == []


def test_likelihood_and_its_gradient_are_the_plain_formulas() -> None:
    rng = np.random.default_rng(7)
    made = bought(rng, 400, Purchasing(0.8, 4.0, 0.9, 2.5), span=400)
    histories = histories_of(made, until=400)
    for leaves in (False, True):
        fit = fit_purchasing(histories.x, histories.t_x, histories.age, leaves_at_first=leaves)
        one_by_one = math.fsum(
            log_likelihood(fit.purchasing(), x=int(x), t_x=t_x, age=age)
            for x, t_x, age in zip(histories.x, histories.t_x, histories.age, strict=True)
        )
        assert fit.log_likelihood == pytest.approx(one_by_one, rel=1e-10)
        for place in range(4):
            for step in (0.99, 1.01):
                other = fit.values.copy()
                other[place] *= step
                worse = math.fsum(
                    log_likelihood(_model(other, leaves), x=int(x), t_x=t_x, age=age)
                    for x, t_x, age in zip(histories.x, histories.t_x, histories.age, strict=True)
                )
                assert worse < one_by_one


def _model(values: np.ndarray, leaves: bool) -> Purchasing:
    r, alpha, a, b = values.tolist()
    return Purchasing(r, alpha, a, b, leaves_at_first=leaves)


def test_columns_say_the_same_as_one_customer_at_a_time() -> None:
    x, t_x, age = np.array([0, 1, 5, 60]), np.array([0, 2.5, 20, 39]), np.array([30.0, 9, 21, 40])
    for leaves in (False, True):
        model = Purchasing(0.5, 5.0, 0.9, 2.0, leaves_at_first=leaves)
        rows = list(zip(x.tolist(), t_x.tolist(), age.tolist(), strict=True))
        found = predicting.alive(model, x=x, t_x=t_x, age=age)
        assert found.tolist() == pytest.approx(
            [probability_alive(model, x=a, t_x=b, age=c) for a, b, c in rows]
        )
        ahead = predicting.expected(model, 26, x=x, t_x=t_x, age=age)
        assert ahead.tolist() == pytest.approx(
            [expected_purchases(model, 26, x=a, t_x=b, age=c) for a, b, c in rows]
        )
        new = predicting.expected_of_new(model, np.array([1.0, 26.0]))
        assert new.tolist() == pytest.approx([expected_purchases(model, t) for t in (1.0, 26.0)])


def test_large_numbers_of_groups_come_to_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    from keskio.know.profiles import fitting

    rng = np.random.default_rng(3)
    made = bought(rng, 3000, Purchasing(0.8, 4.0, 0.9, 2.5), span=500)
    histories = histories_of(made, until=500)
    columns = (histories.x, histories.t_x, histories.age)
    plain = fit_purchasing(*columns)
    monkeypatch.setattr(fitting, "LARGE", 100)
    monkeypatch.setattr(fitting, "SAMPLE", 400)
    begun_small = fit_purchasing(*columns)
    assert begun_small.values.tolist() == pytest.approx(plain.values.tolist(), rel=1e-4)


def test_equal_histories_are_counted_once_and_times_are_not_rounded() -> None:
    groups = groups_of([1, 1, 0, 1], [3 / 7, 3 / 7, 0.0, 3.0000001 / 7], [1.0, 1.0, 1.0, 1.0])
    assert len(groups) == 3
    assert sorted(groups.n.tolist()) == [1.0, 1.0, 2.0]


def test_ranges_hold_what_customers_then_do() -> None:
    rng = np.random.default_rng(5)
    truth = Purchasing(0.8, 4.0, 0.9, 2.5)
    made = bought(rng, 4000, truth, span=800)
    histories = histories_of(made, until=500)
    buying = fit_purchasing(histories.x, histories.t_x, histories.age).purchasing()
    spending = fit_spending(histories.x, histories.mean).spending()
    terms = predicting.Terms(horizon=299 / 7, margin=1.0, discount=0.0)
    low, high = np.empty(len(histories)), np.empty(len(histories))
    for part, lows, highs in predicting.ranges(buying, spending, histories, terms):
        low[part], high[part] = lows, highs
    later = (made.day > 500) & (made.day <= 799)
    places = np.searchsorted(histories.customer, made.customer[later])
    known = np.isin(made.customer[later], histories.customer)
    spent = np.bincount(places[known], weights=made.value[later][known], minlength=len(histories))
    inside = float(((spent >= low - 1e-9) & (spent <= high + 1e-9)).mean())
    assert 0.78 < inside < 0.97


def test_few_who_came_back_are_refused() -> None:
    with pytest.raises(TooFew, match="Only 2 customers have bought again"):
        fit_purchasing([0, 1, 1], [0, 1, 2], [5, 5, 5])


def test_histories_that_cannot_be_are_told_of() -> None:
    with pytest.raises(Mistake, match="2 are not so"):
        fit_purchasing([1, 0, 1], [6.0, 1.0, 2.0], [5.0, 5.0, 5.0])


def test_purchases_of_a_day_are_one() -> None:
    made = purchases_of([7, 7, 7, 3], [10, 10, 17, 12], [5.0, 6.0, 20.0, 1.0])
    histories = histories_of(made, until=24)
    assert histories.customer.tolist() == [3, 7]
    assert histories.x.tolist() == [0, 1]
    assert histories.t_x.tolist() == [0.0, 1.0]
    assert histories.age.tolist() == [12 / 7, 2.0]
    assert histories.mean.tolist() == [0.0, 20.0]
    assert histories.total.tolist() == [1.0, 31.0]


def _histories(x: np.ndarray, mean: np.ndarray, steadiness: float) -> Histories:
    n = len(x)
    zeros = np.zeros(n)
    return Histories(
        np.arange(n), x, zeros, zeros, mean, np.arange(n), x + 1, mean, np.full(n, steadiness)
    )


def test_doubts_are_raised() -> None:
    x = np.arange(1, 501)
    assert doubts_of(_histories(x, x * 2.0, 1.0)) == [DEPENDENT]
    assert doubts_of(_histories(x, np.tile([1.0, 2.0], 250), 0.05)) == [STEADY]
