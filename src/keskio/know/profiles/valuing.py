"""The model of value: fitted to all histories, checked against what it was not shown, told as a card."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np

from keskio.engine.scores.clv import Purchasing
from keskio.know.profiles import predicting
from keskio.know.profiles.fitting import Fit, TooFew, fit_purchasing, fit_spending
from keskio.know.profiles.guards import UNSURE, correlation_of, doubts_of
from keskio.know.profiles.histories import (
    UNITS,
    Floats,
    Histories,
    Ints,
    Purchases,
    bought_between,
    histories_of,
)
from keskio.know.profiles.models import PurchaseRule
from keskio.know.profiles.shapes import (
    Curve,
    Decile,
    FitTold,
    Holdout,
    HoldoutRow,
    ModelCard,
)

# The last part of the history that the model is not shown when it is tried.
HELD_OUT = 1 / 3
MOST_POINTS = 80
WIDEST = 12.0  # how many times its lower end an interval's upper end may be
_LAST_ROW = 7


@dataclass(frozen=True)
class Valued:
    """What a fit says: the card, and columns of the customers in the order of `histories`."""

    card: ModelCard
    histories: Histories
    alive: Floats
    purchases: Floats
    low: Floats
    high: Floats
    middle: Floats
    percentile: Ints


@dataclass(frozen=True)
class _Fits:
    """The three models, fitted to the same histories."""

    bg: Fit
    mbg: Fit
    spending: Fit


def value_customers(
    rule: PurchaseRule,
    purchases: Purchases,
    *,
    until: int,
    step: Callable[[int], None] = lambda _percent: None,
) -> Valued:
    """Fit the models to `purchases` by the day `until` and value every customer.

    `step` is told how many hundredths are done; it may raise to stop. Raises Mistake when nothing
    can be fitted.
    """
    begun = time.monotonic()
    histories = histories_of(purchases, until=until, unit=rule.unit)
    columns = (histories.x, histories.t_x, histories.age)
    fits = _Fits(
        fit_purchasing(*columns),
        fit_purchasing(*columns, leaves_at_first=True),
        fit_spending(histories.x, histories.mean),
    )
    step(15)
    buying, worth, terms = fits.bg.purchasing(), fits.spending.spending(), _terms(rule)
    x, t_x, age = columns
    ahead = predicting.expected(buying, terms.horizon, x=x, t_x=t_x, age=age)
    mean = predicting.expected_spend(worth, x=x, mean=histories.mean)
    low, high = np.empty(len(histories)), np.empty(len(histories))
    for part, lows, highs in predicting.ranges(buying, worth, histories, terms):
        low[part], high[part] = lows, highs
        step(15 + 70 * part.stop // len(histories))
    middle = predicting.worth(ahead, mean, terms)
    # BG/NBD cannot tell of one purchase; MBG/NBD can.
    of_one = predicting.alive(fits.mbg.purchasing(), x=x, t_x=t_x, age=age)
    alive = np.where(x > 0, predicting.alive(buying, x=x, t_x=t_x, age=age), of_one)
    percentile = percentiles(middle)
    deciles = _deciles(percentile, low=low, high=high, middle=middle, alive=alive)
    card = _card(rule, purchases, histories, fits, deciles=deciles, until=until)
    card = msgspec.structs.replace(card, seconds=time.monotonic() - begun)
    return Valued(card, histories, alive, ahead, low, high, middle, percentile)


def _terms(rule: PurchaseRule) -> predicting.Terms:
    days = UNITS[rule.unit]
    return predicting.Terms(
        horizon=rule.horizon_days / days,
        margin=rule.margin / 100,
        discount=(1 + rule.discount / 100) ** (days / 365.25) - 1,
    )


def _card(
    rule: PurchaseRule,
    purchases: Purchases,
    histories: Histories,
    fits: _Fits,
    *,
    deciles: list[Decile],
    until: int,
) -> ModelCard:
    first_day = int(purchases.day.min())
    tried = _tried(rule, purchases, until=until, first_day=first_day)
    doubts = doubts_of(histories, is_contractual=rule.is_contractual, days=until - first_day)
    return ModelCard(
        event=rule.event,
        property=rule.property,
        unit=rule.unit,
        margin=rule.margin,
        horizon_days=rule.horizon_days,
        discount=rule.discount,
        customers=len(histories),
        repeaters=int((histories.x > 0).sum()),
        purchases=int(histories.times.sum()),
        first_day=first_day,
        bg=_told(fits.bg),
        mbg=_told(fits.mbg),
        spending=_told(fits.spending),
        correlation=correlation_of(histories),
        doubts=[*doubts, UNSURE] if _is_unsure(fits.bg) else doubts,
        deciles=deciles,
        curve=tried[0] if tried else None,
        holdout=tried[1] if tried else None,
    )


def percentiles(values: Floats) -> Ints:
    """Return the hundredth in which each value lies, from 1 to 100; equal values are in the same one."""
    order = np.sort(values)
    below = np.searchsorted(order, values, side="right")
    return np.asarray(np.ceil(100 * below / len(values)).clip(1, 100), dtype=np.int64)


def _told(fit: Fit) -> FitTold:
    return FitTold(fit.as_dict(), fit.intervals(), fit.log_likelihood)


def _is_unsure(fit: Fit) -> bool:
    return any(high > WIDEST * low for low, high in fit.intervals().values())


def _deciles(
    percentile: Ints, *, low: Floats, high: Floats, middle: Floats, alive: Floats
) -> list[Decile]:
    told = []
    whole = float(middle.sum()) or 1.0
    decile_of = (percentile - 1) // 10 + 1
    for decile in range(10, 0, -1):
        of = decile_of == decile
        if of.any():
            told.append(
                Decile(
                    decile,
                    int(of.sum()),
                    float(np.median(low[of])),
                    float(np.median(high[of])),
                    float(middle[of].sum()) / whole,
                    float(alive[of].mean()),
                )
            )
    return told


def _tried(
    rule: PurchaseRule, purchases: Purchases, *, until: int, first_day: int
) -> tuple[Curve, Holdout] | None:
    """Fit to the first part of the history alone and compare what follows; None when that is too little."""
    cut = until - round((until - first_day) * HELD_OUT)
    try:
        before = histories_of(purchases, until=cut, unit=rule.unit)
        columns = (before.x, before.t_x, before.age)
        model = fit_purchasing(*columns).purchasing()
        other = fit_purchasing(*columns, leaves_at_first=True).purchasing()
    except TooFew:
        return None
    days = UNITS[rule.unit]
    ahead = (until - cut) / days
    after = bought_between(purchases, before.customer, after=cut, until=until)
    told = predicting.expected(model, ahead, x=before.x, t_x=before.t_x, age=before.age)
    other_told = predicting.expected(other, ahead, x=before.x, t_x=before.t_x, age=before.age)
    rows = []
    for x in range(_LAST_ROW + 1):
        of = np.minimum(before.x, _LAST_ROW) == x
        if of.any():
            rows.append(
                HoldoutRow(x, int(of.sum()), float(after[of].mean()), float(told[of].mean()))
            )
    holdout = Holdout(
        until - cut, int(after.sum()), float(told.sum()), float(other_told.sum()), rows
    )
    return _curve(model, purchases, before, cut=cut, until=until, days_in_unit=days), holdout


def _curve(
    model: Purchasing,
    purchases: Purchases,
    before: Histories,
    *,
    cut: int,
    until: int,
    days_in_unit: float,
) -> Curve:
    """Return actual and expected repeat purchases, in all, of those who had begun before the cut."""
    of_them = np.isin(purchases.customer, before.customer) & (purchases.day <= until)
    who, day = purchases.customer[of_them], purchases.day[of_them]
    is_repeat = np.r_[False, who[1:] == who[:-1]]
    births = day[~is_repeat]
    repeats = np.sort(day[is_repeat])
    first = int(births.min())
    points = np.unique(np.linspace(first, until, MOST_POINTS).astype(np.int64))
    actual = np.searchsorted(repeats, points, side="right")
    expected = predicting.cumulative(model, births, points, days_in_unit=days_in_unit)
    return Curve(
        days=[int(point) for point in points],
        actual=[float(count) for count in actual],
        expected=[round(float(count), 2) for count in expected],
        cut_day=cut,
    )
