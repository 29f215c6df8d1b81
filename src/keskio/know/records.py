"""Customers' rows as the set-wise writers see them: read in one query, changed in memory, written back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.know.identifiers import ADDRESSES, email_of, phone_of
from keskio.know.traits import join_traits, pick, search_text

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


def take_traits(record: Record, told: Mapping[str, Any], *, at: Micros, is_trusted: bool) -> bool:
    """Join the traits `told` at `at` into `record`; return whether anything changed.

    Addresses follow the traits only when a trusted sender tells them. What a browser tells becomes
    an address through the ledger, where it was linked only if it was free.
    """
    spoken = [kind for kind in ADDRESSES if kind in told]
    before = {kind: reached_since(record, kind) for kind in spoken}
    if not join_traits(record.traits, record.trait_times, told, at):
        return False
    for kind in spoken:
        since = before[kind]
        form = _address_in(told, kind) if is_trusted else None
        if form is not None and at >= since:
            since = at
            setattr(record, kind, form)
        _keep_since(record, kind, since)
    pick_up(record)
    return True


def pick_up(record: Record) -> None:
    """Take name, language and zone from the traits of `record`."""
    picked = pick(record.traits)
    record.name, record.language, record.zone = picked.name, picked.language, picked.zone


def reached_since(record: Record, kind: str) -> Micros:
    """Return when a trusted sender told the address of `kind` that `record` has; 0: none has.

    It is the time of the trait but where a browser, or a word that is no address, has come later:
    then it stands under `@` and the trait's name.
    """
    times = record.trait_times
    return times.get("@" + kind, times.get(kind, 0))


def _keep_since(record: Record, kind: str, since: Micros) -> None:
    times = record.trait_times
    if times.get(kind, 0) == since:
        times.pop("@" + kind, None)
    else:
        times["@" + kind] = since


def _address_in(told: Mapping[str, Any], kind: str) -> str | None:
    """Return the address that traits tell, "" when it is taken away, None when it is no address."""
    value = told[kind]
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    return (email_of(text)[:254] if kind == "email" else phone_of(text)) or None


def settle_addresses(records: Iterable[Record]) -> None:
    """Give `records` whose addresses no trusted sender has told the first that the ledger has, or none."""
    open_ones = [r for r in records if not all(reached_since(r, kind) for kind in ADDRESSES)]
    if not open_ones:
        return
    sql = (
        "SELECT customer_id, type, value FROM know_link WHERE ended_at IS NULL"  # noqa: S608 - constants
        f" AND type IN ('email', 'phone') AND {any_of('customer_id')} ORDER BY id DESC"
    )
    first = {
        (c, kind): value for c, kind, value in fetch(sql, (listed([r.id for r in open_ones]),))
    }
    for record in open_ones:
        for kind in ADDRESSES:
            if not reached_since(record, kind):
                setattr(record, kind, first.get((record.id, kind), ""))


def refresh_addresses(customers: Collection[int]) -> None:
    """Bring the addresses of `customers` up to the ledger, and the text by which search finds them."""
    records = load_records(customers)
    settle_addresses(records.values())
    save_records(records.values())


def join_records(theirs: Record, ours: Record) -> bool:
    """Join the traits and addresses of `theirs` into `ours`, each by its time; consents are not touched.

    False where both were told otherwise at one moment: then only the log knows which came later.
    """
    for name, at in theirs.trait_times.items():
        told_otherwise = theirs.traits.get(name) != ours.traits.get(name)
        if ours.trait_times.get(name) == at and told_otherwise:
            return False
    reached = {}
    for kind in ADDRESSES:
        mine, other = reached_since(ours, kind), reached_since(theirs, kind)
        if mine == other and mine and getattr(ours, kind) != getattr(theirs, kind):
            return False
        reached[kind] = max(mine, other)
        if other > mine:
            setattr(ours, kind, getattr(theirs, kind))
    for name, at in theirs.trait_times.items():
        if name[0:1] != "@":
            join_traits(ours.traits, ours.trait_times, {name: theirs.traits.get(name)}, at)
    for kind, since in reached.items():
        if since or kind in ours.trait_times:
            _keep_since(ours, kind, since)
    pick_up(ours)
    return True
