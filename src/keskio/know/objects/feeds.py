"""What the lake is told of objects: all that customers have had, and their fields as typed rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.queries import records_of
from keskio.lake import api as lake

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode

Row = tuple[Any, ...]


def register() -> None:
    """Feed the lake's views of objects. Called once by the wiring."""
    lake.register_feed(lake.Feed("objects", rows_of=object_rows))
    lake.register_feed(lake.Feed("object_fields", rows_of=field_rows))


def object_rows(customers: Sequence[int]) -> Iterable[Row]:
    """Return (object, customer, kind, key, ended) of everything that `customers` have or had."""
    return [
        (number, customer, kind, key, ended_at is not None)
        for number, customer, kind, key, ended_at, _ in _objects(customers)
    ]


def field_rows(customers: Sequence[int]) -> Iterable[Row]:
    """Return (object, customer, name, kind, text, number) of every field, lists an element a row too."""
    for number, customer, _, _, _, properties in _objects(customers):
        for name, value in _decode(properties).items():
            for kind, text, figure in typed(value):
                yield number, customer, name, kind, text, figure


def typed(value: Any) -> Iterator[tuple[str, str | None, float | None]]:
    """Yield a value as (kind, text, number) rows: one, and one more for each element of a list.

    >>> list(typed(["a", 2]))
    [('other', '["a",2]', None), ('item_text', 'a', None), ('item_number', None, 2.0)]
    """
    if isinstance(value, bool):
        yield "flag", None, float(value)
    elif isinstance(value, int | float):
        yield "number", None, float(value)
    elif isinstance(value, str):
        yield "text", value, None
    elif value is not None:
        yield "other", _encode(value).decode(), None
        for item in value if isinstance(value, list) else ():
            if isinstance(item, str | int | float):
                yield from ((f"item_{kind}", *rest) for kind, *rest in typed(item))  # type: ignore[misc]


def _objects(customers: Sequence[int]) -> list[Row]:
    records = records_of(customers)
    if not records:
        return []
    rows = fetch(
        "SELECT id, record_id, kind, key, ended_at, properties FROM objects_object"  # noqa: S608 - constants
        f" WHERE {any_of('record_id')} ORDER BY id",
        (listed(records),),
    )
    return [(number, records[record], *rest) for number, record, *rest in rows]
