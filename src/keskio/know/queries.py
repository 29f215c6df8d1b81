"""Reads of the room: facts for the engine, people for pages, ids."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import msgspec

from keskio.engine.dialogue.facts import Facts
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.contracts import Person
from keskio.know.identifiers import email_of, phone_of
from keskio.know.postal import POSTAL, postal_address

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_EMPTY = "{}"
_FACTS = "id, merged_into_id, traits, consents, phone, email, zone, language"
_PERSON = "id, merged_into_id, name, email, phone, language, known_at"


@lru_cache(maxsize=4096)
def _states(text: str) -> dict[str, str]:
    """Return consents in force; most customers share a few texts. The result is not to be changed."""
    return msgspec.json.decode(text, type=dict[str, str])


def facts_of(customers: Collection[int], traits: Collection[str] | None = None) -> dict[int, Facts]:
    """Return what is known of each of `customers`, by the id that was asked for.

    `traits`: the names wanted, all by default. There is an address for letters when all that it is
    made of are wanted. One query; one more if some of them have been merged into
    others, whose facts they then have. Ids that do not exist are left out. The dicts are not to be changed.
    """
    wanted = None if traits is None else frozenset(traits)
    by_letter = wanted is None or wanted >= POSTAL
    facts: dict[int, Facts] = {}
    merged: dict[int, int] = {}
    for row in _rows(_FACTS, customers):
        customer, into, told, consents, phone, email, zone, language = row
        if into is not None:
            merged[customer] = into
            continue
        addresses = {}
        if phone:
            addresses["sms"] = phone
        if email:
            addresses["email"] = email
        known = _traits(told, None if by_letter else wanted)
        if by_letter and (home := postal_address(known)):
            addresses["letter"] = home
        if by_letter and wanted is not None:
            known = {name: known[name] for name in wanted if name in known}
        facts[customer] = Facts(known, _states(consents), addresses, zone, language)
    if merged:
        theirs = facts_of(set(merged.values()), traits)
        facts.update((gone, theirs[into]) for gone, into in merged.items())
    return facts


def _traits(text: str, wanted: frozenset[str] | None) -> dict[str, Any]:
    if text == _EMPTY or wanted == frozenset():
        return {}
    told = _decode(text)
    return told if wanted is None else {name: told[name] for name in wanted if name in told}


def people_of(customers: Collection[int]) -> dict[int, Person]:
    """Return `customers` as other rooms may show them, by the id that was asked for."""
    people: dict[int, Person] = {}
    merged: dict[int, int] = {}
    for customer, into, name, email, phone, language, known_at in _rows(_PERSON, customers):
        if into is not None:
            merged[customer] = into
            continue
        people[customer] = Person(customer, name, email, phone, language, known_at is not None)
    if merged:
        theirs = people_of(set(merged.values()))
        people.update((gone, theirs[into]) for gone, into in merged.items())
    return people


def _rows(columns: str, customers: Collection[int]) -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM know_customer WHERE {any_of('id')}"  # noqa: S608 - constants
    return fetch(sql, (listed(customers),)) if customers else []


def now_ids(customers: Collection[int]) -> dict[int, int]:
    """Return who each of `customers` is now; those merged lead to the one they were merged into."""
    return dict(_rows("id, coalesce(merged_into_id, id)", customers))


def records_of(customers: Collection[int]) -> dict[int, int]:
    """Return the records that `customers` (as they are now) consist of, each with its customer.

    What is kept by record is found through this, also right after a merge and after its undoing.
    """
    if not customers:
        return {}
    sql = (
        "SELECT id, coalesce(merged_into_id, id) FROM know_customer"  # noqa: S608 - constants
        f" WHERE ({any_of('id')} AND merged_into_id IS NULL) OR {any_of('merged_into_id')}"
    )
    return dict(fetch(sql, (listed(customers), listed(customers))))


_SAME_PERSON = """
    WITH person AS (SELECT coalesce(merged_into_id, id) AS id FROM know_customer WHERE id = %s)
    SELECT id, 0 AS place FROM person
    UNION ALL
    SELECT gone.id, 1 FROM know_customer gone JOIN person ON gone.merged_into_id = person.id
    ORDER BY place, id
"""


def same_person_ids(customer: int) -> list[int]:
    """Return every id that is the same customer as `customer`: itself as it is now, then those merged in."""
    rows = fetch(_SAME_PERSON, (customer,))
    return [row[0] for row in rows] or [customer]


def merged_into(customers: Collection[int]) -> dict[int, list[int]]:
    """Return the records that have been merged into `customers`, of those that have any."""
    found: dict[int, list[int]] = {}
    sql = (
        "SELECT merged_into_id, id FROM know_customer"  # noqa: S608 - constants
        f" WHERE merged_into_id IS NOT NULL AND {any_of('merged_into_id')} ORDER BY id"
    )
    for customer, record in fetch(sql, (listed(customers),)) if customers else ():
        found.setdefault(customer, []).append(record)
    return found


# Where nobody has been merged yet, or is at the moment, that is all that is asked.
ANY_MERGED = "SELECT 1 FROM know_customer WHERE merged_into_id IS NOT NULL LIMIT 1"


def same_people(customers: Collection[int]) -> dict[int, list[int]]:
    """Return all records of the same person for those of `customers` who have more than one.

    By the id that was asked for, be it the customer's as it is now or that of a record merged away.
    """
    sql = (
        f"SELECT id, merged_into_id FROM know_customer WHERE {any_of('id')} AND merged_into_id > 0"  # noqa: S608 - constants
    )
    if not customers or not fetch(ANY_MERGED):
        return {}
    gone = dict(fetch(sql, (listed(customers),)))
    records = merged_into({*customers, *gone.values()})
    if not records:
        return {}
    people = {record: gone.get(record, record) for record in customers}
    return {record: [one, *records[one]] for record, one in people.items() if one in records}


def customer_by(kind: str, value: str) -> int | None:
    """Return whose the identifier is, or None. Addresses may be given in any usual form."""
    form = {"email": email_of, "phone": phone_of}.get(kind, str)(value)
    rows = fetch(
        "SELECT customer_id FROM know_link WHERE type = %s AND value = %s AND ended_at IS NULL",
        (kind, form),
    )
    return rows[0][0] if rows else None


def all_customer_ids(*, after: int = 0, limit: int = 1000) -> list[int]:
    """Return up to `limit` ids of customers behind `after`, in order, without those merged or erased."""
    rows = fetch(
        "SELECT id FROM know_customer WHERE id > %s AND merged_into_id IS NULL AND erased_at IS NULL"
        " ORDER BY id LIMIT %s",
        (after, limit),
    )
    return [row[0] for row in rows]


def customer_count() -> int:
    """Return how many customers there are, without those merged into others."""
    return int(fetch("SELECT count(*) FROM know_customer WHERE merged_into_id IS NULL")[0][0])


def customer_counts(*, since: Micros) -> tuple[int, int]:
    """Return how many customers there are, and how many of them have come since a moment.

    Ids grow with time, so that the newest are counted from the end.
    """
    total = customer_count()
    new = fetch(
        "SELECT count(*) FROM know_customer WHERE merged_into_id IS NULL AND created_at >= %s",
        (since,),
    )[0][0]
    return total, new


def open_doubts() -> int:
    """Return how many pairs of customers wait for somebody to say whether they are one."""
    return int(fetch("SELECT count(*) FROM know_doubt WHERE state = 'open'")[0][0])
