"""Reads for the wing's pages: kinds with their figures, objects of a kind, one object with its history."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import msgspec

from keskio.events.api import events_of
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, is_postgres, listed
from keskio.know.objects.contracts import CHANGED, ENDED, Field
from keskio.know.objects.models import Kind
from keskio.know.objects.queries import fields_of_kinds
from keskio.know.objects.words import kind_called
from keskio.know.queries import records_of
from keskio.web.names import Reader

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_NAME = re.compile(r"[A-Za-z0-9_]{1,100}")
_COLUMNS = (
    "o.id, o.kind, o.key, o.properties, o.updated_at, o.ended_at,"
    " coalesce(c.merged_into_id, c.id), o.source_id, o.created_at"
)
_JOINED = "FROM objects_object o JOIN know_customer c ON c.id = o.record_id"


class KindSeen(msgspec.Struct, frozen=True):
    """A kind with how many objects of it are in force."""

    key: str
    title: str
    count: int
    fields: dict[str, Field]


class Row(msgspec.Struct, frozen=True):
    """One object as lists show it."""

    id: int
    kind: str
    key: str
    fields: dict[str, Any]
    updated_at: Micros
    ended_at: Micros | None
    customer: int
    source: int
    created_at: Micros


class Change(msgspec.Struct, frozen=True):
    """One moment of an object's history: what changed (name, before, after), or that it ended."""

    at: Micros
    customer: int
    is_new: bool
    is_end: bool
    reason: str
    fields: list[tuple[str, Any, Any]]


def kinds_seen() -> list[KindSeen]:
    """Return all kinds, those with objects first."""
    counts = dict(
        fetch("SELECT kind, count(*) FROM objects_object WHERE ended_at IS NULL GROUP BY kind")
    )
    titles = dict(fetch("SELECT key, title FROM objects_kind"))
    kinds = [
        KindSeen(key, kind_called(key, titles.get(key, "")), counts.get(key, 0), fields)
        for key, fields in fields_of_kinds().items()
    ]
    return sorted(kinds, key=lambda kind: (-kind.count, kind.title))


def kind_names(keys: Collection[str], _reader: Reader) -> dict[str, str]:
    """Return what kinds are called by their keys."""
    titles = dict(Kind.objects.filter(key__in=keys).values_list("key", "title"))
    return {key: kind_called(key, titles.get(key, "")) for key in keys}


def objects_found(
    kind: str, *, text: str, state: str, dates: tuple[str, str, str], offset: int, limit: int
) -> list[Row]:
    """Return objects of a kind, newest first. `dates`: a date field, from and to (days, "" for none).

    `text` is the beginning of a key, or of a word in the owner's name and addresses.
    """
    conditions, params = ["o.kind = %s"], [kind]
    if state != "all":
        conditions.append("o.ended_at IS NOT NULL" if state == "ended" else "o.ended_at IS NULL")
    if text:
        conditions.append("(o.key LIKE %s ESCAPE '!' OR c.search LIKE %s ESCAPE '!')")
        plain = re.sub(r"([!%_])", r"!\1", text)
        params += [f"{plain}%", f"%{plain.casefold()}%"]
    field, since, until = dates
    if _NAME.fullmatch(field) and (since or until):
        value = _property(field)
        conditions.append(f"{value} >= %s AND {value} < %s")
        params += [since, f"{until}~" if until else "~"]
    params += [str(limit), str(offset)]
    where = " AND ".join(conditions)
    sql = f"SELECT {_COLUMNS} {_JOINED} WHERE {where} ORDER BY o.id DESC"
    page = " LIMIT CAST(%s AS bigint) OFFSET CAST(%s AS bigint)"
    return [_row(row) for row in fetch(sql + page, params)]


def _property(name: str) -> str:
    if is_postgres():
        return f"(o.properties::json ->> '{name}')"
    return f"json_extract(o.properties, '$.{name}')"


def objects_of_customer(customer: int) -> list[Row]:
    """Return everything that a customer has or had, those in force first."""
    records = records_of([customer])
    sql = (
        f"SELECT {_COLUMNS} {_JOINED} WHERE {any_of('o.record_id')}"
        " ORDER BY o.ended_at IS NOT NULL, o.kind, o.id DESC LIMIT 200"
    )
    return [_row(row) for row in fetch(sql, (listed(records),))] if records else []


def object_by(number: int) -> Row | None:
    """Return one object."""
    rows = fetch(f"SELECT {_COLUMNS} {_JOINED} WHERE o.id = %s", (number,))
    return _row(rows[0]) if rows else None


def _row(row: tuple[Any, ...]) -> Row:
    number, kind, key, properties, *rest = row
    return Row(number, kind, key, _decode(properties), *rest)


def owners_of(number: int) -> list[tuple[int, Micros, Micros | None]]:
    """Return (customer, since, until) of everybody who has had an object, the newest first."""
    return fetch(
        "SELECT coalesce(c.merged_into_id, c.id), w.from_at, w.to_at FROM objects_ownership w"
        " JOIN know_customer c ON c.id = w.record_id WHERE w.object_id = %s ORDER BY w.id DESC",
        (number,),
    )


def history_of(found: Row) -> list[Change]:
    """Return what has happened to an object, newest first, as its owners' events tell it."""
    customers = {customer for customer, _, _ in owners_of(found.id)}
    ids = list(records_of(customers))
    changes = []
    for event in events_of(ids, limit=2000):
        if event.name not in {CHANGED, ENDED}:
            continue
        told = _decode(event.body).get("properties", {})
        if (told.get("kind"), told.get("key")) != (found.kind, found.key):
            continue
        before = told.get("before") or {}
        names = [n for n in told.get("changed", ()) if n != "ended_at"]
        changes.append(
            Change(
                event.at,
                event.customer,
                bool(told.get("is_new")),
                event.name == ENDED,
                str(told.get("reason", "")),
                [(name, before.get(name), told.get(name)) for name in names],
            )
        )
    return changes
