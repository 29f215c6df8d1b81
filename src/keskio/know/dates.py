"""Who has a date near: customers by a trait, objects by a field, found set-wise by their day.

Dates are written YYYY-MM-DD, with or without a time; other texts are no dates here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from keskio.kernel.sql import any_of, fetch, is_postgres, listed

CUSTOMERS = """
    SELECT id FROM know_customer
    WHERE id > %s AND id <= %s AND merged_into_id IS NULL AND erased_at IS NULL AND {dated}
    ORDER BY id
"""
OBJECTS = """
    SELECT DISTINCT customer_id FROM objects_object
    WHERE kind = %s AND customer_id > %s AND customer_id <= %s AND ended_at IS NULL AND {dated}
    ORDER BY customer_id
"""


def customers_dated(
    trait: str, days: Sequence[date], *, yearly: bool, after: int, upto: int
) -> list[int]:
    """Return customers whose date in `trait` is one of `days` (`yearly`: in any year), in order.

    Only those with numbers over `after` and up to `upto`.
    """
    where, wanted = _dated("traits", trait, days, yearly=yearly)
    return [row[0] for row in fetch(CUSTOMERS.format(dated=where), (after, upto, *wanted))]


def owners_dated(
    kind: str, field: str, days: Sequence[date], *, yearly: bool, after: int, upto: int
) -> list[int]:
    """Return who has an object of `kind` whose date in `field` is one of `days`; as above."""
    where, wanted = _dated("properties", field, days, yearly=yearly)
    return [row[0] for row in fetch(OBJECTS.format(dated=where), (kind, after, upto, *wanted))]


def between(first: date, last: date) -> list[date]:
    """Return the days from `first` to `last`."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _dated(
    column: str, name: str, days: Sequence[date], *, yearly: bool
) -> tuple[str, tuple[object, ...]]:
    """Return the condition on a JSON column, and its parameters."""
    if is_postgres():
        value, key = f"({column}::jsonb ->> %s)", name
    else:
        quoted = name.replace('"', '""')
        value, key = f"json_extract({column}, %s)", f'$."{quoted}"'
    texts = {day.isoformat() for day in days}
    if yearly:
        # whoever was born on 29 February has her day on the 28th in other years
        texts = {text[5:] for text in texts} | ({"02-29"} if any(map(_is_28th, days)) else set())
        return (
            any_of(f"substr({value}, 6, 5)", kind="text"),
            (key, listed(sorted(texts))),
        )
    return any_of(f"substr({value}, 1, 10)", kind="text"), (key, listed(sorted(texts)))


def _is_28th(day: date) -> bool:
    return (day.month, day.day) == (2, 28)
