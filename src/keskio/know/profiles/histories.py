"""Purchase histories as the models of value read them: columns, one place a customer.

Times are kept exact: a purchase has its day, and unit only divides. Rounding to whole weeks would
move the parameters by several per cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from keskio.kernel.errors import Mistake

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

UNITS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
"""How many days there are in each unit of time."""


@dataclass(frozen=True)
class Purchases:
    """Days on which customers bought, one row a customer and day, in the order of both.

    `customer` are ids, `day` whole days since 1970, `value` what the day's purchases were worth.
    """

    customer: Ints
    day: Ints
    value: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def until(self, day: int) -> Purchases:
        """Return the purchases up to and including `day`."""
        kept = self.day <= day
        return Purchases(self.customer[kept], self.day[kept], self.value[kept])


@dataclass(frozen=True)
class Histories:
    """Columns of the papers, in one unit of time; `mean` is the mean value of repeat purchases.

    `x` repeat purchases, `t_x` time of the last since the first, `age` time since the first (T).
    `recency_days`, `times` and `total` are for RFM: days since the last purchase, all purchases,
    all value. `steadiness`: how much the gaps between purchases vary (deviation by mean), NaN where
    there are fewer than three gaps.
    """

    customer: Ints
    x: Ints
    t_x: Floats
    age: Floats
    mean: Floats
    recency_days: Ints
    times: Ints
    total: Floats
    steadiness: Floats

    def __len__(self) -> int:
        return len(self.customer)


def purchases_of(customer: Any, day: Any, value: Any) -> Purchases:
    """Return purchases in order, those of one customer on one day as one."""
    customer = np.asarray(customer, dtype=np.int64)
    day = np.asarray(day, dtype=np.int64)
    value = np.asarray(value, dtype=np.float64)
    if not len(customer):
        return Purchases(customer, day, value)
    order = np.lexsort((day, customer))
    customer, day, value = customer[order], day[order], value[order]
    is_new = np.r_[True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])]
    starts = np.flatnonzero(is_new)
    return Purchases(customer[starts], day[starts], np.add.reduceat(value, starts))


def histories_of(purchases: Purchases, *, until: int, unit: str = "week") -> Histories:
    """Return the histories of everybody who has bought by the end of the day `until`.

    Raises Mistake when nobody has, and for a unit that there is not.
    """
    if unit not in UNITS:
        raise Mistake(f"There is no unit {unit!r} of time; there are {', '.join(UNITS)}.")
    bought = purchases.until(until)
    if not len(bought):
        raise Mistake("There are no purchases by that day: nothing can be fitted.")
    is_first = np.r_[True, bought.customer[1:] != bought.customer[:-1]]
    starts = np.flatnonzero(is_first)
    counts = np.diff(np.r_[starts, len(bought)])
    first = bought.day[starts]
    last = bought.day[starts + counts - 1]
    total = np.add.reduceat(bought.value, starts)
    x = counts - 1
    repeat = total - bought.value[starts]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(x > 0, repeat / np.maximum(x, 1), 0.0)
    days = UNITS[unit]
    return Histories(
        customer=bought.customer[starts],
        x=x,
        t_x=(last - first) / days,
        age=(until - first) / days,
        mean=mean,
        recency_days=until - last,
        times=counts,
        total=total,
        steadiness=_steadiness(bought, starts, counts),
    )


def _steadiness(bought: Purchases, starts: Ints, counts: Ints) -> Floats:
    """Return how much each customer's gaps vary, as deviation by mean."""
    gaps = np.diff(bought.day, prepend=bought.day[:1]).astype(np.float64)
    gaps[starts] = 0.0
    n = np.maximum(counts - 1, 1)
    mean = np.add.reduceat(gaps, starts) / n
    square = np.add.reduceat(gaps * gaps, starts) / n
    with np.errstate(invalid="ignore", divide="ignore"):
        varies = np.sqrt(np.maximum(square - mean**2, 0.0)) / mean
    return np.where(counts > 3, varies, np.nan)


def bought_between(purchases: Purchases, customers: Ints, *, after: int, until: int) -> Ints:
    """Return on how many days each of `customers` (ascending) bought after one day, until another."""
    kept = (purchases.day > after) & (purchases.day <= until)
    kept &= np.isin(purchases.customer, customers)
    places = np.searchsorted(customers, purchases.customer[kept])
    return np.bincount(places, minlength=len(customers)).astype(np.int64)
