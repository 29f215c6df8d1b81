"""Reads of the wing: what customers have, kinds, and one object's history."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from keskio.engine.conditions import Owned
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.objects.contracts import Field
from keskio.know.objects.shipped import KINDS
from keskio.know.queries import now_ids, records_of

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_fields = msgspec.json.Decoder(list[Field]).decode


def objects_of(
    customers: Collection[int], kinds: Collection[str] | None = None
) -> dict[int, dict[str, list[Owned]]]:
    """Return what each of `customers` has now, by kind, oldest first, by the id that was asked for.

    `kinds`: those wanted, all by default. What has ended is left out, and so are customers without
    anything. Those merged into others have what the others have.
    """
    now = now_ids(customers)
    records = records_of(set(now.values()))
    if not records or (kinds is not None and not kinds):
        return {}
    sql = (
        "SELECT record_id, kind, key, properties FROM objects_object"  # noqa: S608 - constants
        f" WHERE {any_of('record_id')} AND ended_at IS NULL"
    )
    params: list[Any] = [listed(records)]
    if kinds is not None:
        sql += f" AND {any_of('kind', kind='text')}"
        params.append(listed(kinds))
    owned: dict[int, dict[str, list[Owned]]] = {}
    for record, kind, key, properties in fetch(f"{sql} ORDER BY id", params):
        theirs = owned.setdefault(records[record], {})
        theirs.setdefault(kind, []).append(Owned(kind, key, _decode(properties)))
    return {asked: owned[into] for asked, into in now.items() if into in owned}


def fields_of_objects(kind: str, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return what is known of the objects of a kind, by key, also of those that have ended."""
    sql = f"SELECT key, properties FROM objects_object WHERE kind = %s AND {any_of('key', kind='text')}"  # noqa: S608 - constants
    return {key: _decode(text) for key, text in fetch(sql, (kind, listed(keys)))} if keys else {}


def fields_of_kinds() -> dict[str, dict[str, Field]]:
    """Return the fields of every kind by name: those that come with Keskiö, as the company has them."""
    kinds = {key: {field.name: field for field in fields} for key, fields in KINDS.items()}
    for key, text in fetch("SELECT key, fields FROM objects_kind ORDER BY key"):
        kinds[key] = {field.name: field for field in _fields(text)}
    return kinds
