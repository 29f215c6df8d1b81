"""Customers' rows as the set-wise writers see them: read in one query, changed in memory, written back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.know.consents import join_states
from keskio.know.traits import join_traits, search_text

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode

_COLUMNS = "id, name, email, phone, language, zone, search, traits, trait_times, consents"
_UPDATE = """
    UPDATE know_customer SET name = %s, email = %s, phone = %s, language = %s, zone = %s,
                             traits = %s, trait_times = %s, consents = %s
    WHERE id = %s
"""
# Apart: a statement that names an indexed column moves the row's entry, also when nothing changed.
_UPDATE_SEARCH = "UPDATE know_customer SET search = %s WHERE id = %s"


class Record(msgspec.Struct, gc=False):
    """What stands on one customer's row, open for change."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    zone: str
    search: str
    traits: dict[str, Any]
    trait_times: dict[str, Micros]
    consents: dict[str, str]


def load_records(customers: Collection[int]) -> dict[int, Record]:
    """Return the records of `customers` by id; ids that do not exist are left out."""
    if not customers:
        return {}
    sql = f"SELECT {_COLUMNS} FROM know_customer WHERE {any_of('id')}"  # noqa: S608 - constants
    return {
        row[0]: Record(row[0], *row[1:7], *(_decode(text) for text in row[7:]))
        for row in fetch(sql, (listed(customers),))
    }


def save_records(records: Iterable[Record]) -> None:
    """Write `records` back, and the text by which search finds them where it is another."""
    rows, found_by = [], []
    for r in records:
        told = [_encode(part).decode() for part in (r.traits, r.trait_times, r.consents)]
        rows.append((r.name, r.email, r.phone, r.language, r.zone, *told, r.id))
        text = search_text(r.name, r.email, r.phone)
        if text != r.search:
            found_by.append((text, r.id))
    run_many(_UPDATE, rows)
    run_many(_UPDATE_SEARCH, found_by)


def refresh_search(customers: Collection[int]) -> None:
    """Bring the search text of `customers` up to their addresses."""
    save_records(load_records(customers).values())


def join_records(gone: int, into: int) -> None:
    """Join what was known of `gone` into `into`: each trait by its time, the stricter consent."""
    records = load_records({gone, into})
    theirs, ours = records[gone], records[into]
    for name, at in theirs.trait_times.items():
        join_traits(ours.traits, ours.trait_times, {name: theirs.traits.get(name)}, at)
    ours.consents = join_states(ours.consents, theirs.consents)
    for field in ("name", "email", "phone", "language", "zone"):
        if not getattr(ours, field):
            setattr(ours, field, getattr(theirs, field))
    save_records([ours])
