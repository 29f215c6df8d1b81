"""What the lake is told of customers: who they are, traits, consents in force, and who was merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from keskio.kernel.sql import any_of, fetch, listed
from keskio.lake import api as lake

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode
_IN_FORCE = "merged_into_id IS NULL AND erased_at IS NULL AND restricted_at IS NULL"

Row = tuple[Any, ...]


def register() -> None:
    """Feed the lake's views of customers. Named in the settings, called on first use of the lake."""
    lake.register_everyone(everyone)
    lake.register_feed(lake.Feed("customers", rows_of=customer_rows))
    lake.register_feed(lake.Feed("traits", rows_of=trait_rows))
    lake.register_feed(lake.Feed("consents", rows_of=consent_rows))
    lake.register_feed(lake.Feed("redirects", rows_of=redirect_rows))


def everyone(after: int, limit: int) -> list[int]:
    """Return up to `limit` records behind `after`, in order, also those merged away."""
    sql = "SELECT id FROM know_customer WHERE id > %s ORDER BY id LIMIT %s"
    return [row[0] for row in fetch(sql, (after, limit))]


def customer_rows(customers: Sequence[int]) -> Iterator[Row]:
    """Yield (customer, known, created_at, language, zone, email, phone) of those in force."""
    columns = "id, known_at, created_at, language, zone, email, phone"
    for customer, known_at, created_at, language, zone, email, phone in _in_force(
        columns, customers
    ):
        yield customer, known_at is not None, created_at, language, zone, bool(email), bool(phone)


def trait_rows(customers: Sequence[int]) -> Iterator[Row]:
    """Yield (customer, name, kind, text, number) of every trait; an element of a list is a row too."""
    for customer, told in _in_force("id, traits", customers):
        if told != "{}":
            for name, value in _decode(told).items():
                for kind, text, number in typed(value):
                    yield customer, name, kind, text, number


def consent_rows(customers: Sequence[int]) -> Iterator[Row]:
    """Yield (customer, purpose, channel, state) of consents in force; purpose `*` speaks of all."""
    for customer, told in _in_force("id, consents", customers):
        if told != "{}":
            for key, state in _decode(told).items():
                purpose, _, channel = key.rpartition("/")
                yield customer, purpose, channel, state


def redirect_rows(customers: Sequence[int]) -> list[Row]:
    """Return (record, customer) of those that have been merged, from or into one of `customers`."""
    sql = (
        "SELECT id, merged_into_id FROM know_customer WHERE merged_into_id IS NOT NULL"  # noqa: S608 - constants
        f" AND ({any_of('id')} OR {any_of('merged_into_id')})"
    )
    return fetch(sql, (listed(customers), listed(customers)))


def typed(value: Any) -> Iterator[Row]:
    """Yield a trait's value as (kind, text, number): one row, and one more for each element of a list.

    >>> list(typed(["a", 2]))
    [('other', '["a",2]', None), ('item_text', 'a', None), ('item_number', None, 2.0)]
    """
    if isinstance(value, list):
        yield "other", _encode(value).decode(), None
        for item in value:
            for kind, text, number in typed(item):
                if kind in {"text", "number", "flag"}:
                    yield f"item_{kind}", text, number
    elif isinstance(value, bool):
        yield "flag", None, float(value)
    elif isinstance(value, int | float):
        yield "number", None, float(value)
    elif isinstance(value, str):
        yield "text", value, None
    elif value is not None:
        yield "other", _encode(value).decode(), None


def _in_force(columns: str, customers: Sequence[int]) -> list[Row]:
    sql = f"SELECT {columns} FROM know_customer WHERE {any_of('id')} AND {_IN_FORCE}"  # noqa: S608 - constants
    return fetch(sql, (listed(customers),))
