"""The value of one customer: BG/NBD, MBG/NBD and gamma-gamma, for one purchase history.

A history is told as papers do: `x` repeat purchases (the first does not count, those of one day are one),
`t_x` the time of the last since the first, `age` (T) the time since the first; one unit for all.

Rule 1: BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24): while alive a customer buys as a Poisson
process, and may leave after each repeat purchase. Who never came back cannot have left, so that nothing
is said of whether such a customer is alive.
Rule 2: MBG/NBD (Batislam, Denizel & Filiztekin 2007): one may leave after the first purchase too.
Rule 3: gamma-gamma (Fader & Hardie 2013): what a purchase is worth does not depend on how often one buys;
who uses it has to look whether that is so.

(1-z)^(r+x) F(r+x, b+m; c; z) = (1-z)^(a-1) F(c-r-x, a-1; c; z) after Euler, with c = a+b+m-1: the numbers
of the right side stay small however large x is, those of the left however large a is.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p

import msgspec

EULER_BELOW = 15.0
"""From this `a` on the hypergeometric functions are taken as the papers write them."""
_TERMS = 100_000
_SMALL = 1e-14


class Purchasing(msgspec.Struct, frozen=True, gc=False):
    """Parameters of how customers buy and leave; `leaves_at_first` makes BG/NBD into MBG/NBD."""

    r: float
    alpha: float
    a: float
    b: float
    leaves_at_first: bool = False

    def chances(self, x: int) -> int:
        """Return how many times a customer with `x` repeat purchases could have left."""
        return x + 1 if self.leaves_at_first else x


class Spending(msgspec.Struct, frozen=True, gc=False):
    """Parameters of what a purchase is worth (gamma-gamma)."""

    p: float
    q: float
    v: float


def log_likelihood(model: Purchasing, *, x: int, t_x: float, age: float) -> float:
    """Return the log-likelihood of one history."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    m = model.chances(x)
    told = lgamma(r + x) - lgamma(r) + r * log(alpha) + _lbeta(a, b + m) - _lbeta(a, b)
    told -= (r + x) * log(alpha + age)
    if m == 0:
        return told
    left = _log_odds_of_having_left(model, x=x, t_x=t_x, age=age)
    return told + max(left, 0.0) + log1p(exp(-abs(left)))


def probability_alive(model: Purchasing, *, x: int, t_x: float, age: float) -> float:
    """Return the probability that the customer still buys; 1 at x = 0 under BG/NBD."""
    if model.chances(x) == 0:
        return 1.0
    left = _log_odds_of_having_left(model, x=x, t_x=t_x, age=age)
    return 1 / (1 + exp(left)) if left < 0 else exp(-left) / (1 + exp(-left))


def expected_purchases(
    model: Purchasing, t: float, *, x: int = 0, t_x: float = 0.0, age: float = 0.0
) -> float:
    """Return how many purchases are to be expected in the next `t`; without a history, of somebody new.

    >>> cdnow = Purchasing(0.243, 4.414, 0.793, 2.426)
    >>> round(expected_purchases(cdnow, 39, x=2, t_x=30.43, age=38.86), 3)
    1.226
    """
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    m = model.chances(x)
    z = t / (alpha + age + t)
    sum_of = a + b + m - 1
    if a < EULER_BELOW:
        left = exp((a - 1) * log1p(-z)) * _hypergeometric(sum_of - r - x, a - 1, sum_of, z)
    else:
        left = exp((r + x) * log1p(-z)) * _hypergeometric(r + x, b + m, sum_of, z)
    return sum_of / (a - 1) * (1 - left) * probability_alive(model, x=x, t_x=t_x, age=age)


def expected_spend(model: Spending, *, x: int, mean: float) -> float:
    """Return what a purchase of a customer is expected to be worth, after `x` worth `mean` on average.

    >>> round(expected_spend(Spending(6.25, 3.74, 15.44), x=0, mean=0.0), 2)
    35.22
    """
    return (model.p * x * mean + model.p * model.v) / (model.p * x + model.q - 1)


def present_value(per_period: float, *, periods: int, rate: float) -> float:
    """Return what `per_period`, had in the middle of each of `periods`, is worth now.

    `rate` is the interest of one period.

    >>> round(present_value(100.0, periods=12, rate=0.01), 2)
    1131.12
    """
    factors: list[float] = [(1.0 + rate) ** -(period + 0.5) for period in range(periods)]
    return per_period * sum(factors)


def _log_odds_of_having_left(model: Purchasing, *, x: int, t_x: float, age: float) -> float:
    m = model.chances(x)
    ratio = log((model.alpha + age) / (model.alpha + t_x))
    return log(model.a / (model.b + m - 1)) + (model.r + x) * ratio


def _lbeta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """Return Gauss's 2F1 for 0 <= z < 1 as its series."""
    term = total = 1.0
    for k in range(_TERMS):
        term *= (a + k) * (b + k) / ((c + k) * (k + 1)) * z
        total += term
        if abs(term) <= _SMALL * abs(total):
            break
    return total
