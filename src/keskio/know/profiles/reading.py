"""What the wing reads of others: purchases out of the log, customers in force, what is known of them.

The one place that knows where these lie. A row's customer in the log is whoever that customer is now.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from django.db import connections
from django.utils import timezone

from keskio.kernel.clock import Micros, from_micros
from keskio.kernel.sql import fetch
from keskio.know.profiles.histories import Ints, Purchases, purchases_of

_DAY = 86_400_000_000
_ROWS = 5000


class _Body(msgspec.Struct):
    properties: dict[str, object] = {}


_body = msgspec.json.Decoder(_Body).decode


def day_of(at: Micros) -> int:
    """Return the company's calendar day of an instant, as days since 1970."""
    local: datetime = timezone.localtime(from_micros(at))
    return local.date().toordinal() - 719_163


def read_purchases(event: str, prop: str) -> Purchases:
    """Return what customers in force have bought: `event` is a purchase, `prop` its value.

    A value that is no number counts as 0, purchases of a calendar day as one.
    """
    customers: list[int] = []
    instants: list[int] = []
    values: list[float] = []
    sql = "SELECT customer_id, occurred_at, body FROM events_event WHERE name = %s"
    for customer, at, body in streamed(sql, (event,)):
        value = _body(body).properties.get(prop)
        customers.append(customer)
        instants.append(at)
        values.append(_number(value))
    found = np.array(customers, dtype=np.int64)
    at_all = np.array(instants, dtype=np.int64)
    in_force = np.isin(found, customers_in_force())
    days = _days(at_all[in_force])
    return purchases_of(found[in_force], days, np.array(values)[in_force])


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value)


def _days(instants: Ints) -> Ints:
    """Return the company's calendar days of instants; the offset is asked once an hour of the past."""
    if not len(instants):
        return instants
    hours, place = np.unique(instants // 3_600_000_000, return_inverse=True)
    days = np.array([day_of(int(hour) * 3_600_000_000) for hour in hours], dtype=np.int64)
    return days[place]


def customers_in_force() -> Ints:
    """Return the ids of customers that are not merged into others, erased or restricted, ascending."""
    sql = (
        "SELECT id FROM know_customer WHERE merged_into_id IS NULL AND erased_at IS NULL"
        " AND restricted_at IS NULL AND known_at IS NOT NULL ORDER BY id"
    )
    return np.array([row[0] for row in streamed(sql, ())], dtype=np.int64)


def event_names() -> list[str]:
    """Return the names of events that could be purchases, most frequent first: those not our own."""
    sql = (
        "SELECT name, count(*) FROM (SELECT name FROM events_event ORDER BY id DESC LIMIT 50000)"
        " AS latest GROUP BY name ORDER BY count(*) DESC, name LIMIT 200"
    )
    return [name for name, _ in fetch(sql) if "." not in name]


def streamed(sql: str, params: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield rows a few thousand at a time, so that memory does not hold them all as tuples."""
    with connections["default"].chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(_ROWS):
            yield from rows
