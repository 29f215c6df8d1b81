"""What fitted models say of each customer: alive or not, purchases to come, and a range of value.

The same formulas as `engine.scores.clv`, for columns. A range is simulated: what one customer will do
is uncertain even where the parameters are known exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import hyp2f1

from keskio.engine.scores.clv import EULER_BELOW, Purchasing, Spending
from keskio.know.profiles.histories import Floats, Histories, Ints

DRAWS = 200
LOW, HIGH = 0.1, 0.9
_BLOCK = 2_000


@dataclass(frozen=True)
class Terms:
    """How value is reckoned: time ahead in the model's unit, share of margin, discounts in it."""

    horizon: float
    margin: float
    discount: float


def alive(model: Purchasing, *, x: Ints, t_x: Floats, age: Floats) -> Floats:
    """Return the probability of each customer to buy still."""
    m = x + (1 if model.leaves_at_first else 0)
    ratio = (model.r + x) * np.log((model.alpha + age) / (model.alpha + t_x))
    with np.errstate(over="ignore"):
        odds = model.a / np.maximum(model.b + m - 1, 1e-300) * np.exp(np.minimum(ratio, 700.0))
    return np.asarray(np.where(m > 0, 1 / (1 + odds), 1.0))


def expected(model: Purchasing, t: float, *, x: Ints, t_x: Floats, age: Floats) -> Floats:
    """Return the purchases to be expected of each customer in the next `t`."""
    # The hypergeometric part knows only x and age: once for each pair that there is.
    pairs, place = np.unique(np.column_stack([x, age]), axis=0, return_inverse=True)
    ahead = _ahead_alive(model, t, x=pairs[:, 0].astype(np.int64), age=pairs[:, 1])
    return np.asarray(ahead[np.ravel(place)] * alive(model, x=x, t_x=t_x, age=age))


def expected_of_new(model: Purchasing, times: Floats) -> Floats:
    """Return the purchases to be expected of somebody new in each of `times` since the first one."""
    nothing, none = np.zeros(len(times)), np.zeros(len(times), dtype=np.int64)
    told = _ahead_alive(model, times, x=none, age=nothing)
    return told * alive(model, x=none, t_x=nothing, age=nothing)


def _ahead_alive(model: Purchasing, t: float | Floats, *, x: Ints, age: Floats) -> Floats:
    """Return the purchases to be expected of customers who are alive."""
    z = t / (model.alpha + age + t)
    m = x + (1 if model.leaves_at_first else 0)
    whole = model.a + model.b + m - 1
    a = model.a if abs(model.a - 1) > 1e-9 else 1 + 1e-9
    if a < EULER_BELOW:
        left = np.exp((a - 1) * np.log1p(-z)) * hyp2f1(whole - model.r - x, a - 1, whole, z)
    else:
        left = np.exp((model.r + x) * np.log1p(-z)) * hyp2f1(model.r + x, model.b + m, whole, z)
    return np.asarray(whole / (a - 1) * (1 - left))


def expected_spend(model: Spending, *, x: Ints, mean: Floats) -> Floats:
    """Return what a purchase of each customer is expected to be worth."""
    return np.asarray((model.p * x * mean + model.p * model.v) / (model.p * x + model.q - 1))


def worth(purchases: Floats, spend: Floats, terms: Terms) -> Floats:
    """Return the margin of purchases over the horizon, at what it is worth today."""
    return purchases * spend * terms.margin * discounted(terms)


def discounted(terms: Terms) -> float:
    """Return what one euro, had evenly over the horizon, is worth today."""
    if terms.discount <= 0 or terms.horizon <= 0:
        return 1.0
    rate = np.log1p(terms.discount)
    return float(-np.expm1(-rate * terms.horizon) / (rate * terms.horizon))


def ranges(
    buying: Purchasing, spending: Spending, histories: Histories, terms: Terms, *, seed: int = 1
) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield, a few thousand customers at a time, the range in which eight of ten values will lie.

    While alive one buys until leaving: the number of purchases is the lesser of a Poisson and a
    geometric number, both of what the history says of this customer.
    """
    dice = np.random.default_rng(seed)
    factor = terms.margin * discounted(terms)
    for begin in range(0, len(histories), _BLOCK):
        part = slice(begin, min(begin + _BLOCK, len(histories)))
        x, t_x, age = histories.x[part], histories.t_x[part], histories.age[part]
        shape = (DRAWS, len(x))
        is_alive = dice.random(shape) < alive(buying, x=x, t_x=t_x, age=age)
        rate = dice.gamma(buying.r + x, 1 / (buying.alpha + age), size=shape)
        m = x + (1 if buying.leaves_at_first else 0)
        leaves = np.maximum(dice.beta(buying.a, buying.b + m, size=shape), 1e-12)
        bought = np.minimum(dice.poisson(rate * terms.horizon), dice.geometric(leaves)) * is_alive
        tempo = dice.gamma(spending.p * x + spending.q, size=shape)
        tempo /= spending.v + x * histories.mean[part]
        value = np.zeros(shape)
        some = bought > 0
        value[some] = dice.gamma(spending.p * bought[some]) / tempo[some]
        low, high = np.quantile(value * factor, (LOW, HIGH), axis=0)
        yield part, low, high


def cumulative(model: Purchasing, births: Ints, days: Ints, *, days_in_unit: float) -> Floats:
    """Return the repeat purchases that the model expects by each of `days` of customers born so."""
    span = int(days.max() - births.min()) + 1 if len(days) else 0
    curve = expected_of_new(model, np.arange(span) / days_in_unit)
    born = np.bincount(births - births.min(), minlength=span)[:span]
    whole = np.convolve(born, curve)[:span]
    return np.asarray(whole[days - births.min()])
