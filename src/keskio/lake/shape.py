"""The columns of the lake: what its files and views hold. docs/lake.md promises them."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

MOMENT = pa.timestamp("us", tz="UTC")
TYPES: dict[str, pa.DataType] = {
    "BIGINT": pa.int64(),
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMPTZ": MOMENT,
}

# Properties that are often asked for have a column of their own.
HOT_NUMBERS = ("value", "revenue", "total", "quantity", "price")
HOT_TEXTS = ("currency", "product_id", "category", "order_id", "path", "channel", "dialogue")

EVENT_COLUMNS: dict[str, str] = {
    "id": "BIGINT",
    "record": "BIGINT",
    "name": "VARCHAR",
    "occurred_at": "TIMESTAMPTZ",
    "received_at": "TIMESTAMPTZ",
    "source": "BIGINT",
    "message_id": "VARCHAR",
    **dict.fromkeys(HOT_NUMBERS, "DOUBLE"),
    **dict.fromkeys(HOT_TEXTS, "VARCHAR"),
    "body": "VARCHAR",
}
TALLY_COLUMNS: dict[str, str] = {
    "record": "BIGINT",
    "measure": "VARCHAR",
    "first_at": "TIMESTAMPTZ",
    "last_at": "TIMESTAMPTZ",
    "times": "BIGINT",
    "total": "DOUBLE",
}


@dataclass(frozen=True)
class View:
    """A view that rooms above the lake feed: its columns, whose rows they are, its files' order."""

    columns: dict[str, str]
    key: str
    order: str


_FIELD = {"name": "VARCHAR", "kind": "VARCHAR", "text": "VARCHAR", "number": "DOUBLE"}
VIEWS: dict[str, View] = {
    "redirects": View({"record": "BIGINT", "customer": "BIGINT"}, "record", "record"),
    "customers": View(
        {
            "customer": "BIGINT",
            "known": "BOOLEAN",
            "created_at": "TIMESTAMPTZ",
            "language": "VARCHAR",
            "zone": "VARCHAR",
            "email": "BOOLEAN",
            "phone": "BOOLEAN",
        },
        "customer",
        "customer",
    ),
    "traits": View({"customer": "BIGINT", **_FIELD}, "customer", "name, customer"),
    "consents": View(
        {"customer": "BIGINT", "purpose": "VARCHAR", "channel": "VARCHAR", "state": "VARCHAR"},
        "customer",
        "purpose, channel, customer",
    ),
    "objects": View(
        {
            "object": "BIGINT",
            "customer": "BIGINT",
            "kind": "VARCHAR",
            "key": "VARCHAR",
            "ended": "BOOLEAN",
        },
        "customer",
        "kind, customer, object",
    ),
    "object_fields": View(
        {"object": "BIGINT", "customer": "BIGINT", **_FIELD},
        "customer",
        "name, customer, object",
    ),
    "memberships": View(
        {"customer": "BIGINT", "segment": "VARCHAR", "since": "TIMESTAMPTZ"},
        "customer",
        "segment, customer",
    ),
    "stages": View(
        {
            "customer": "BIGINT",
            "model": "VARCHAR",
            "stage": "VARCHAR",
            "since": "TIMESTAMPTZ",
        },
        "customer",
        "model, stage, customer",
    ),
}


def columns_of(table: str) -> dict[str, str]:
    """Return the columns of a table of files, by name, with their types.

    Tables are `events`, `events_tail`, `by_record`, `tallies`, `tallies_new`, and for each view its
    own name (the base), `…_new` (rows of customers touched since) and `…_touched` (who they are).
    """
    if table in {"events", "events_tail", "by_record"}:
        return EVENT_COLUMNS
    if table in {"tallies", "tallies_new"}:
        return TALLY_COLUMNS
    if table.endswith("_touched"):
        return {VIEWS[table.removesuffix("_touched")].key: "BIGINT", "turn": "BIGINT"}
    if table.endswith("_new"):
        return {**VIEWS[table.removesuffix("_new")].columns, "turn": "BIGINT"}
    return VIEWS[table].columns


def schema_of(table: str) -> pa.Schema:
    """Return the columns of a table of files as Arrow has them."""
    return pa.schema([(name, TYPES[kind]) for name, kind in columns_of(table).items()])


TABLES: tuple[str, ...] = (
    "events",
    "events_tail",
    "by_record",
    "tallies",
    "tallies_new",
    *(f"{view}{part}" for view in VIEWS for part in ("", "_new", "_touched")),
)
