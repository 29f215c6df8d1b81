"""Events of the log as rows of the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import to_micros
from keskio.lake.shape import HOT_NUMBERS, HOT_TEXTS, columns_of, schema_of

DAY = 86_400_000_000  # microseconds

_Properties = msgspec.defstruct(
    "_Properties", [(name, Any, None) for name in (*HOT_NUMBERS, *HOT_TEXTS)], gc=False
)
_Body = msgspec.defstruct("_Body", [("properties", _Properties, None)], gc=False)
_decode: Callable[[str], Any] = msgspec.json.Decoder(_Body).decode
_decode_any = msgspec.json.Decoder(dict[str, Any]).decode
_NONE = _Properties()


def table_of_events(events: Sequence[LoggedEvent]) -> pa.Table:
    """Return events as the lake's rows, in the order in which they are given."""
    told = [_properties_of(event.body) for event in events]
    numbers = {name: [_number(getattr(p, name)) for p in told] for name in HOT_NUMBERS}
    texts = {name: [_text(getattr(p, name)) for p in told] for name in HOT_TEXTS}
    columns: dict[str, list[Any]] = {
        "id": [e.id for e in events],
        "record": [e.record or e.customer for e in events],
        "name": [e.name for e in events],
        "occurred_at": [e.at for e in events],
        "received_at": [e.received_at for e in events],
        "source": [e.source for e in events],
        "message_id": [e.message_id for e in events],
        **numbers,
        **texts,
        "body": [e.body for e in events],
    }
    return _table(columns, "events")


def table_of_rows(
    rows: Iterable[tuple[Any, ...]], table: str, *, turn: int | None = None
) -> pa.Table:
    """Return rows of a fed view as Arrow; instants may be microseconds or aware datetimes.

    `turn` is put behind each row, where the table of files has it.
    """
    names = list(columns_of(table))
    if turn is not None:
        names.remove("turn")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    lists = list(columns.values())
    for row in rows:
        for values, value in zip(lists, row, strict=True):
            values.append(value)
    if turn is not None:
        columns["turn"] = [turn] * len(lists[0])
    return _table(columns, table)


def _table(columns: dict[str, list[Any]], table: str) -> pa.Table:
    schema = schema_of(table)
    arrays = []
    for field in schema:
        values = columns[field.name]
        if pa.types.is_timestamp(field.type):
            micros = [to_micros(v) if isinstance(v, datetime) else v for v in values]
            arrays.append(pa.array(micros, pa.int64()).cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _properties_of(body: str) -> Any:
    if body == "{}":
        return _NONE
    try:
        return _decode(body).properties or _NONE
    except msgspec.DecodeError:
        return _NONE  # properties that are no object, or a number beyond all numbers


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def merged_ids(events: Iterable[LoggedEvent]) -> set[int]:
    """Return the customers that merges and un-merges among `events` tell of in their properties."""
    told: set[int] = set()
    for event in events:
        if event.name in {"customer.merged", "customer.unmerged"}:
            properties = _decode_any(event.body).get("properties") or {}
            ids = (properties.get(key) for key in ("customer", "into", "from"))
            told.update(value for value in ids if isinstance(value, int))
    return told
