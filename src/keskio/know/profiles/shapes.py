"""Frozen types of what is kept as JSON text: model cards, RFM versions, reports of clusters."""

from __future__ import annotations

import msgspec


class FitTold(msgspec.Struct, frozen=True):
    """A fit as it is kept: parameters with their 95 % intervals, and the log-likelihood."""

    parameters: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    log_likelihood: float


class Curve(msgspec.Struct, frozen=True):
    """Repeat purchases of all customers up to each day; the model knew only those before `cut_day`."""

    days: list[int]
    actual: list[float]
    expected: list[float]
    cut_day: int


class HoldoutRow(msgspec.Struct, frozen=True):
    """Customers with `x` repeat purchases before the cut: what each bought after it, and was expected to."""

    x: int
    customers: int
    actual: float
    expected: float


class Holdout(msgspec.Struct, frozen=True):
    """What happened in days that the model did not know, and what it had expected."""

    days: int
    actual: int
    expected: float
    expected_mbg: float
    rows: list[HoldoutRow]


class Decile(msgspec.Struct, frozen=True):
    """A tenth of the customers by value, 10 the most valuable; the range is that of its middle customer."""

    decile: int
    customers: int
    low: float
    high: float
    share: float
    alive: float


class ModelCard(msgspec.Struct, frozen=True):
    """All that is told of a fit of value."""

    event: str
    property: str
    unit: str
    margin: float
    horizon_days: int
    discount: float
    customers: int
    repeaters: int
    purchases: int
    first_day: int
    bg: FitTold
    mbg: FitTold
    spending: FitTold
    correlation: float
    doubts: list[str]
    deciles: list[Decile]
    curve: Curve | None = None
    holdout: Holdout | None = None
    seconds: float = 0.0


class Cell(msgspec.Struct, frozen=True):
    """A cell of the RFM grid: how many customers, their value in all, their mean score of money."""

    r: int
    f: int
    customers: int
    total: float
    m: float


class Moved(msgspec.Struct, frozen=True):
    """How many scores of a part went up and down: customers', and because cut points moved."""

    customers_up: int = 0
    customers_down: int = 0
    cuts_up: int = 0
    cuts_down: int = 0


class Movement(msgspec.Struct, frozen=True):
    """What changed between a version and the one before it."""

    since: str = ""
    new: int = 0
    stayed: int = 0
    r: Moved = Moved()
    f: Moved = Moved()
    m: Moved = Moved()
