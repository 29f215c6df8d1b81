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

_COLUMNS = "id, name, email, phone, language, zone, traits, trait_times, consents"
_UPDATE = """
    UPDATE know_customer SET name = %s, email = %s, phone = %s, language = %s, zone = %s, search = %s,
                             traits = %s, trait_times = %s, consents = %s
    WHERE id = %s
"""


class Record(msgspec.Struct, gc=False):
    """What stands on one customer's row, open for change."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    zone: str
    traits: dict[str, Any]
    trait_times: dict[str, Micros]
    consents: dict[str, str]


def load_records(customers: Collection[int]) -> dict[int, Record]:
    """Return the records of `customers` by id; ids that do not exist are left out."""
    if not customers:
        return {}
    sql = f"SELECT {_COLUMNS} FROM know_customer WHERE {any_of('id')}"  # noqa: S608 - constants
    return {
        row[0]: Record(*row[:6], _decode(row[6]), _decode(row[7]), _decode(row[8]))
        for row in fetch(sql, (listed(customers),))
    }


def save_records(records: Iterable[Record]) -> None:
    """Write `records` back, with the text by which search finds them."""
    run_many(
        _UPDATE,
        [
            (
                r.name,
                r.email,
                r.phone,
                r.language,
                r.zone,
                search_text(r.name, r.email, r.phone),
                _encode(r.traits).decode(),
                _encode(r.trait_times).decode(),
                _encode(r.consents).decode(),
                r.id,
            )
            for r in records
        ],
    )


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
