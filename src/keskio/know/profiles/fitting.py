"""Fits BG/NBD, MBG/NBD and gamma-gamma by maximum likelihood, at a million customers in a second.

Equal histories are counted once; gamma functions are taken of distinct numbers of purchases only,
logarithms of times of distinct times only, so that each of the some ten evaluations costs one
exponential and one logarithm a group. Gradients are exact. Formulas: see `engine.scores.clv`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from pyarrow import compute
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, psi

from keskio.engine.scores.clv import Purchasing, Spending
from keskio.kernel.errors import Mistake
from keskio.know.profiles.histories import Floats, Ints

FEWEST_REPEATERS = 30
# More groups than this are begun with a sample of them.
LARGE = 60_000
SAMPLE = 20_000
_BLOCK = 8_192  # fits the cache, and is too little for BLAS to wake threads for
# Where customers hardly differ the best parameters lie at infinity: no logarithm goes further.
_FARTHEST = 7.0
_WIDEST = 12.0
_FLATTEST = 1e-7
_STEEP = 700.0  # the largest number whose exponential is a number

Objective: TypeAlias = Callable[[Floats], tuple[float, Floats]]


class TooFew(Mistake):
    """There are too few customers with repeat purchases to fit a model of value."""

    code = "too_few_repeaters"


@dataclass(frozen=True)
class Fit:
    """Parameters by the papers' names with their covariance in logarithms, and the log-likelihood."""

    names: tuple[str, ...]
    values: Floats
    log_covariance: Floats
    log_likelihood: float
    evaluations: int
    groups: int
    leaves_at_first: bool = False

    def as_dict(self) -> dict[str, float]:
        """Return the parameters by name."""
        return dict(zip(self.names, (float(value) for value in self.values), strict=True))

    def intervals(self, *, z: float = 1.96) -> dict[str, tuple[float, float]]:
        """Return the 95 % interval of each parameter; it is symmetric in logarithms."""
        half = np.minimum(z * np.sqrt(np.diag(self.log_covariance)), _WIDEST)
        low, high = self.values * np.exp(-half), self.values * np.exp(half)
        pairs = zip(low.tolist(), high.tolist(), strict=True)
        return dict(zip(self.names, pairs, strict=True))

    def purchasing(self) -> Purchasing:
        """Return a fit of purchases as the engine's parameters."""
        r, alpha, a, b = (float(value) for value in self.values)
        return Purchasing(r, alpha, a, b, leaves_at_first=self.leaves_at_first)

    def spending(self) -> Spending:
        """Return a fit of spending as the engine's parameters."""
        return Spending(*(float(value) for value in self.values))


@dataclass(frozen=True)
class Groups:
    """Equal histories counted, each column as a place in the list of its distinct values."""

    n: Floats
    x_at: Ints
    late_at: Ints
    age_at: Ints
    xs: Floats
    lates: Floats
    ages: Floats

    def __len__(self) -> int:
        return len(self.n)

    def some(self, chosen: Ints) -> Groups:
        """Return only the `chosen` groups."""
        return Groups(
            self.n[chosen],
            self.x_at[chosen],
            self.late_at[chosen],
            self.age_at[chosen],
            self.xs,
            self.lates,
            self.ages,
        )


def groups_of(x: Any, t_x: Any, age: Any) -> Groups:
    """Count equal histories. Raises Mistake for histories that cannot be."""
    x, t_x, age = (np.ascontiguousarray(column, dtype=np.float64) for column in (x, t_x, age))
    if not len(x):
        raise TooFew
    is_fine = (x >= 0) & (t_x >= 0) & (t_x <= age) & np.isfinite(age) & ((x > 0) | (t_x == 0))
    if not is_fine.all():
        raise Mistake(
            "A purchase history is told by x, t_x and T with x >= 0 and 0 <= t_x <= T, in one unit"
            f" of time; {int((~is_fine).sum())} are not so."
        )
    x_at, xs = _places(x)
    late_at, lates = _places(t_x)
    age_at, ages = _places(age)
    keys, counts = np.unique((x_at * len(lates) + late_at) * len(ages) + age_at, return_counts=True)
    n = counts.astype(np.float64)
    rest, of_age = np.divmod(keys, len(ages))
    of_x, of_late = np.divmod(rest, len(lates))
    return Groups(n, of_x, of_late, of_age, xs, lates, ages)


def _places(column: Any) -> tuple[Ints, Any]:
    """Return for each value its place among the distinct ones, and those. By hashing, not by order."""
    kind = pa.float64() if column.dtype == np.float64 else pa.int64()
    # From its memory as it is: pa.array() would load pandas, where that is installed.
    coded = pa.Array.from_buffers(kind, len(column), [None, pa.py_buffer(column)])
    coded = compute.dictionary_encode(coded)
    places = np.frombuffer(coded.indices.buffers()[1], dtype=np.int32, count=len(column))
    distinct = coded.dictionary
    values = np.frombuffer(distinct.buffers()[1], dtype=column.dtype, count=len(distinct))
    return places.astype(np.int64), values


def fit_purchasing(x: Any, t_x: Any, age: Any, *, leaves_at_first: bool = False) -> Fit:
    """Fit BG/NBD (or MBG/NBD) to histories told as three columns in one unit of time.

    Raises TooFew when fewer than thirty customers have come back, and Mistake for histories that
    cannot be.
    """
    groups = groups_of(x, t_x, age)
    repeaters = float(groups.n[groups.xs[groups.x_at] > 0].sum())
    if repeaters < FEWEST_REPEATERS:
        raise TooFew(
            f"Only {repeaters:.0f} customers have bought again; {FEWEST_REPEATERS} are needed."
        )
    scale = 10.0 / float(groups.ages.max())
    scaled = Groups(
        groups.n,
        groups.x_at,
        groups.late_at,
        groups.age_at,
        groups.xs,
        groups.lates * scale,
        groups.ages * scale,
    )
    start = np.zeros(4)
    evaluations = 0
    if len(groups) > LARGE:
        dice = np.random.default_rng(1863)
        chosen = np.sort(dice.choice(len(groups), SAMPLE, replace=False))
        small = _Purchasing(scaled.some(chosen), leaves_at_first=leaves_at_first)
        start, _, _ = _minimised(small, start)
        metric = _metric(small, start)
    else:
        metric = np.eye(4)
    whole = _Purchasing(scaled, leaves_at_first=leaves_at_first)
    logs, lowest, evaluations = _minimised(whole, start, metric=metric)
    values = np.exp(logs)
    values[1] /= scale
    told = float((groups.n * groups.xs[groups.x_at]).sum()) * np.log(scale) - lowest * whole.weight
    return Fit(
        ("r", "alpha", "a", "b"),
        values,
        _covariance(whole, logs),
        float(told),
        evaluations,
        len(groups),
        leaves_at_first,
    )


class _Purchasing:
    """Minus the mean log-likelihood and its gradient by the logarithms of r, alpha, a, b."""

    def __init__(self, groups: Groups, *, leaves_at_first: bool) -> None:
        x = groups.xs[groups.x_at]
        self.weight = float(groups.n.sum())
        self.shift = 1.0 if leaves_at_first else 0.0
        self.xs, self.lates, self.ages = groups.xs, groups.lates, groups.ages
        self.n_x = np.bincount(groups.x_at, weights=groups.n, minlength=len(groups.xs))
        self.n_age = np.bincount(groups.age_at, weights=groups.n, minlength=len(groups.ages))
        self.x_age = np.bincount(groups.age_at, weights=groups.n * x, minlength=len(groups.ages))
        may_have_left = np.flatnonzero(x + self.shift > 0)
        self.x, self.n = x[may_have_left], groups.n[may_have_left]
        self.x_at = groups.x_at[may_have_left]
        self.late_at, self.age_at = groups.late_at[may_have_left], groups.age_at[may_have_left]

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = parameters = np.exp(logs)
        told, gradient = self._by_distinct(r, alpha, a, b)
        log_age, log_late = np.log(alpha + self.ages), np.log(alpha + self.lates)
        by_age, by_late = 1 / (alpha + self.ages), 1 / (alpha + self.lates)
        # Who could not have left yet is in no group that is looked at.
        chance = np.maximum(b + self.xs + self.shift - 1, 1e-300)
        log_chance, by_chance = np.log(a) - np.log(chance), 1 / chance
        for begin in range(0, len(self.x), _BLOCK):
            part = slice(begin, begin + _BLOCK)
            age_at, late_at, x_at = self.age_at[part], self.late_at[part], self.x_at[part]
            power = self.x[part] + r
            ratio = log_age[age_at] - log_late[late_at]
            left = log_chance[x_at] + power * ratio
            soft, share = _softplus(left)
            n = self.n[part]
            told += float(n @ soft)
            share *= n
            gradient[0] += share @ ratio
            share_power = share * power
            gradient[1] += share_power @ by_age[age_at] - share_power @ by_late[late_at]
            gradient[2] += share.sum() / a
            gradient[3] -= share @ by_chance[x_at]
        return -float(told) / self.weight, -gradient * parameters / self.weight

    def _by_distinct(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Floats]:
        """Return what depends on the number of purchases alone, or on the age alone."""
        x, m, n = self.xs, self.xs + self.shift, self.n_x
        log_age, by_age = np.log(alpha + self.ages), 1 / (alpha + self.ages)
        told = n @ (gammaln(r + x) + betaln(a, b + m))
        told += self.weight * (r * np.log(alpha) - gammaln(r) - betaln(a, b))
        told -= r * (self.n_age @ log_age) + self.x_age @ log_age
        both = psi(a + b + m)
        gradient = np.array(
            [
                n @ psi(r + x) + self.weight * (np.log(alpha) - psi(r)) - self.n_age @ log_age,
                self.weight * r / alpha - r * (self.n_age @ by_age) - self.x_age @ by_age,
                n @ -both + self.weight * psi(a + b),
                n @ (psi(b + m) - both) + self.weight * (psi(a + b) - psi(b)),
            ]
        )
        return float(told), gradient


def _softplus(left: Floats) -> tuple[Floats, Floats]:
    """Return log(1 + exp(left)) and its derivative, for any `left`."""
    steep = float(left.max(initial=0.0)) > _STEEP
    grown = np.exp(np.minimum(left, _STEEP) if steep else left)
    soft = np.log1p(grown)
    if steep:
        soft = np.where(left > _STEEP, left, soft)
    return soft, grown / (1 + grown)


def fit_spending(x: Any, mean: Any) -> Fit:
    """Fit gamma-gamma to customers with repeat purchases and the mean value of these.

    Those without repeat purchases or without value are passed over. Raises TooFew.
    """
    x, mean = np.asarray(x, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    kept = (x > 0) & (mean > 0)
    x, mean = x[kept], mean[kept]
    if len(x) < FEWEST_REPEATERS:
        raise TooFew(
            f"Only {len(x)} customers have bought again for some value;"
            f" {FEWEST_REPEATERS} are needed."
        )
    scale = float(mean.mean())
    objective = _Spending(x, mean / scale)
    logs, lowest, evaluations = _minimised(objective, np.zeros(3))
    values = np.exp(logs)
    values[2] *= scale
    told = -lowest * len(x) - len(x) * np.log(scale)
    covariance = _covariance(objective, logs)
    return Fit(("p", "q", "v"), values, covariance, float(told), evaluations, len(x))


class _Spending:
    """Minus the mean log-likelihood of gamma-gamma and its gradient by logarithms of p, q, v."""

    def __init__(self, x: Floats, mean: Floats) -> None:
        self.weight = float(len(x))
        self.x, self.total = x, x * mean
        self.xs, self.n_x = np.unique(x, return_counts=True)
        self.x_logs = float((x * np.log(self.total)).sum())
        self.mean_logs = float(np.log(mean).sum())

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        p, q, v = parameters = np.exp(logs)
        x, n, weight = self.xs, self.n_x, self.weight
        whole = self.total + v
        log_whole = np.log(whole)
        sum_log, x_log = float(log_whole.sum()), float((self.x * log_whole).sum())
        told = n @ (gammaln(p * x + q) - gammaln(p * x)) + weight * (q * np.log(v) - gammaln(q))
        told += p * self.x_logs - self.mean_logs - p * x_log - q * sum_log
        of_sum = psi(p * x + q)
        gradient = np.array(
            [
                n @ (x * (of_sum - psi(p * x))) + self.x_logs - x_log,
                n @ of_sum + weight * (np.log(v) - psi(q)) - sum_log,
                weight * q / v - float(((p * self.x + q) / whole).sum()),
            ]
        )
        return -float(told) / weight, -gradient * parameters / weight


def _minimised(
    objective: Any, start: Floats, *, metric: Floats | None = None
) -> tuple[Floats, float, int]:
    """Return where `objective` is lowest, how low, and after how many evaluations.

    `metric`: a matrix in whose coordinates the valley is about round.
    """
    turn = np.eye(len(start)) if metric is None else metric

    def turned(steps: Floats) -> tuple[float, Floats]:
        asked = start + turn @ steps
        logs = np.clip(asked, -_FARTHEST, _FARTHEST)
        over = asked - logs
        value, gradient = objective(logs)
        gradient = np.where(over == 0, gradient, 2 * over)
        return value + float((over**2).sum()), turn.T @ gradient

    found = minimize(
        turned,
        np.zeros(len(start)),
        jac=True,
        method="L-BFGS-B",
        options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500},
    )
    logs = np.clip(start + turn @ found.x, -_FARTHEST, _FARTHEST)
    return logs, float(objective(logs)[0]), int(found.nfev)


def _covariance(objective: Any, logs: Floats) -> Floats:
    """Return the covariance of the logarithms: the inverse of the Hessian."""
    axes, steep = _valley(objective, logs)
    return np.asarray((axes / steep) @ axes.T / objective.weight)


def _metric(objective: Any, logs: Floats) -> Floats:
    """Return the matrix in whose coordinates the valley is about round."""
    axes, steep = _valley(objective, logs)
    return np.asarray(axes / np.sqrt(np.maximum(steep, 1e-4 * steep.max())))


def _valley(objective: Any, logs: Floats, *, step: float = 1e-4) -> tuple[Floats, Floats]:
    """Return the axes of the valley and how steep it is along each: differences of the exact gradient."""
    size = len(logs)
    hessian = np.empty((size, size))
    for place in range(size):
        move = np.zeros(size)
        move[place] = step
        hessian[place] = (objective(logs + move)[1] - objective(logs - move)[1]) / (2 * step)
    steep, axes = np.linalg.eigh((hessian + hessian.T) / 2)
    return axes, np.maximum(steep, _FLATTEST)
