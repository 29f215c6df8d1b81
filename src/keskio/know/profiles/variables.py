"""What clusters can be made of, and judged by: purchases, traits that are numbers, counts of events.

A variable is named by a word: `recency`, `frequency`, `monetary`, `average` of purchases,
`trait:NAME`, `times:EVENT`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch
from keskio.know.profiles.histories import Floats, Histories, Ints, Purchases, histories_of
from keskio.know.profiles.models import PurchaseRule
from keskio.know.profiles.reading import customers_in_force, day_of, read_purchases, streamed

PURCHASE = ("recency", "frequency", "monetary", "average")
TRAIT, TIMES = "trait:", "times:"
# What this wing itself tells would judge clusters by themselves.
OWN_TRAITS = frozenset({"rfm_r", "rfm_f", "rfm_m", "value_decile", "cluster"})
NAMING = frozenset({"name", "first_name", "last_name", "firstName", "lastName", "email", "phone"})
PERIOD_DAYS = 90
MOST_CATEGORIES = 30
_LOOKED_AT = 3000
_SHARE_KNOWN = 0.2
_MOST_EVENTS = 12

_traits = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class Columns:
    """Columns of customers, ascending by id. Categories are texts, "" where unknown."""

    customer: Ints
    numbers: dict[str, Floats]
    categories: dict[str, npt.NDArray[Any]]
    total: Floats
    before: dict[str, Floats]


def variables_there_are() -> list[str]:
    """Return the words of the variables that enough customers have: a look at the newest ones."""
    rows = fetch(
        "SELECT traits FROM know_customer WHERE merged_into_id IS NULL AND known_at IS NOT NULL"
        " ORDER BY id DESC LIMIT %s",
        (_LOOKED_AT,),
    )
    counts: dict[str, int] = {}
    for (text,) in rows:
        for name, value in _traits(text).items():
            if is_number(value) and name not in OWN_TRAITS:
                counts[name] = counts.get(name, 0) + 1
    enough = _SHARE_KNOWN * len(rows)
    traits = sorted(name for name, count in counts.items() if count >= enough)
    return [
        *PURCHASE,
        *(f"{TRAIT}{name}" for name in traits),
        *(f"{TIMES}{name}" for name in counted_events()),
    ]


def counted_events() -> list[str]:
    """Return the most frequent names of what sources tell, of late."""
    sql = (
        "SELECT name, count(*) FROM (SELECT name FROM events_event ORDER BY id DESC LIMIT 50000)"
        " AS latest WHERE name NOT LIKE %s GROUP BY name ORDER BY count(*) DESC, name LIMIT %s"
    )
    return [name for name, _ in fetch(sql, ("%.%", _MOST_EVENTS))]


def is_number(value: object) -> bool:
    """Tell whether a trait's value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_columns(chosen: list[str], rule: PurchaseRule | None, now: Micros) -> Columns:
    """Return columns of everybody whom the `chosen` variables can speak of, and of all that judges.

    With a variable of purchases: those who have bought; else all customers in force.
    """
    histories, before = None, None
    if rule is not None:
        purchases = read_purchases(rule.event, rule.property)
        until = day_of(now)
        if len(purchases):
            histories = histories_of(purchases, until=until, unit="day")
            before = _past(purchases, until - PERIOD_DAYS)
    needs_purchases = any(name in PURCHASE for name in chosen)
    everyone = customers_in_force()
    if needs_purchases:
        everyone = histories.customer if histories is not None else everyone[:0]
    numbers, categories = _read_traits(everyone)
    for name in counted_events():
        numbers[f"{TIMES}{name}"] = _counted(everyone, name)
    total = np.zeros(len(everyone))
    if histories is not None:
        for name, column in _of_purchases(histories).items():
            numbers[name] = _placed(everyone, histories.customer, column)
        total = np.nan_to_num(numbers["monetary"])
    past = {}
    if before is not None and all(name in PURCHASE for name in chosen):
        past = {
            name: _placed(everyone, before.customer, column)
            for name, column in _of_purchases(before).items()
            if name in chosen
        }
    return Columns(everyone, numbers, categories, total, past)


def _past(purchases: Purchases, until: int) -> Histories | None:
    if not len(purchases.until(until)):
        return None
    return histories_of(purchases, until=until, unit="day")


def _of_purchases(histories: Histories) -> dict[str, Floats]:
    return {
        "recency": histories.recency_days.astype(np.float64),
        "frequency": histories.times.astype(np.float64),
        "monetary": histories.total,
        "average": histories.total / histories.times,
    }


def _placed(everyone: Ints, customers: Ints, column: Floats) -> Floats:
    """Return `column` of `customers` in the places of `everyone`, NaN for the others."""
    placed = np.full(len(everyone), np.nan)
    at = np.searchsorted(everyone, customers)
    is_there = at < len(everyone)
    is_there[is_there] = everyone[at[is_there]] == customers[is_there]
    placed[at[is_there]] = column[is_there]
    return placed


def _counted(everyone: Ints, event: str) -> Floats:
    sql = "SELECT customer_id, count(*) FROM events_event WHERE name = %s GROUP BY customer_id"
    rows = np.array(list(streamed(sql, (event,))), dtype=np.int64).reshape(-1, 2)
    rows = rows[np.argsort(rows[:, 0])]
    return np.nan_to_num(_placed(everyone, rows[:, 0], rows[:, 1].astype(np.float64)))


def _read_traits(everyone: Ints) -> tuple[dict[str, Floats], dict[str, npt.NDArray[Any]]]:
    """Return traits: numbers with NaN for gaps; short texts, yes and no as categories."""
    numbers: dict[str, dict[int, float]] = {}
    texts: dict[str, dict[int, str]] = {}
    place_of = {customer: place for place, customer in enumerate(everyone.tolist())}
    sql = "SELECT id, language, traits FROM know_customer WHERE merged_into_id IS NULL"
    for customer, language, told in streamed(sql, ()):
        place = place_of.get(customer)
        if place is None:
            continue
        if language:
            texts.setdefault("language", {})[place] = language
        for name, value in _traits(told).items():
            if name in OWN_TRAITS or name in NAMING:
                continue
            if is_number(value):
                numbers.setdefault(name, {})[place] = float(value)
            elif isinstance(value, bool):
                texts.setdefault(name, {})[place] = "yes" if value else "no"
            elif isinstance(value, str) and value and len(value) <= 80:
                texts.setdefault(name, {})[place] = value
    count = len(everyone)
    enough = _SHARE_KNOWN * count
    columns = {
        f"{TRAIT}{name}": _column(values, count)
        for name, values in numbers.items()
        if len(values) >= enough
    }
    categories = {
        f"{TRAIT}{name}": _text_column(values, count)
        for name, values in texts.items()
        if len(values) >= enough and 2 <= len(set(values.values())) <= MOST_CATEGORIES
    }
    return columns, categories


def _column(values: dict[int, float], count: int) -> Floats:
    column = np.full(count, np.nan)
    column[list(values)] = list(values.values())
    return column


def _text_column(values: dict[int, str], count: int) -> npt.NDArray[Any]:
    column = np.full(count, "", dtype="U80")
    column[list(values)] = list(values.values())
    return column
