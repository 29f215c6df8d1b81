"""What customers have had of us lately: what counts towards caps and collisions. Set-wise."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from typing import TypeAlias

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import same_people

Contact: TypeAlias = tuple[Micros, str, str]  # at, channel, pressure class
Contacts: TypeAlias = tuple[Contact, ...]  # oldest first

CLAIMED = """
    SELECT customer_id, claimed_at, channel, pressure FROM talk_message
    WHERE {customers} AND claimed_at > %s AND state NOT IN ('withdrawn', 'failed')
"""
# What was claimed long ago is passed over by the index.
LEFT = """
    SELECT customer_id, handed_at, channel, pressure FROM talk_message
    WHERE {customers} AND claimed_at > %s AND handed_at > %s
      AND state NOT IN ('claimed', 'withdrawn', 'failed')
"""
LONGEST_WAIT = 92 * 24 * 60 * 60 * 1_000_000  # from claim to leaving
# What other rooms, and people themselves, have sent. Where nobody has lately, that is all that is asked.
NOTED_SINCE = "SELECT 1 FROM contact_noted WHERE at > %s LIMIT 1"
NOTED = """
    SELECT customer_id, at, channel, pressure FROM contact_noted
    WHERE {customers} AND at > %s
"""


def contacts_of(customers: Collection[int], since: Micros) -> dict[int, Contacts]:
    """Return what was claimed for `customers` after `since`, and what others have noted, by customer.

    A query each.
    """
    sql = CLAIMED.format(customers=any_of("customer_id"))
    return _with_noted(fetch(sql, (listed(customers), since)), customers, since)


def had_by(customers: Collection[int], since: Micros) -> dict[int, Contacts]:
    """Return what was claimed after `since` for each person, under any of her numbers."""
    numbers, people = _numbers_of(customers)
    return _together(contacts_of(numbers, since), people)


def left_for(customers: Collection[int], since: Micros) -> dict[int, Contacts]:
    """Return what has left for each person after `since`, by when it really left.

    That may be long after its claim: a provider that was down, a rate that is kept.
    """
    numbers, people = _numbers_of(customers)
    sql = LEFT.format(customers=any_of("customer_id"))
    rows = fetch(sql, (listed(numbers), since - LONGEST_WAIT, since))
    return _together(_with_noted(rows, numbers, since), people)


def _with_noted(
    rows: Iterable[tuple[int, Micros, str, str]], customers: Collection[int], since: Micros
) -> dict[int, Contacts]:
    found: dict[int, list[Contact]] = {}
    several = False
    for customer, at, channel, pressure in rows:
        found.setdefault(customer, []).append((at, channel, pressure))
        several = several or len(found[customer]) > 1
    if fetch(NOTED_SINCE, (since,)):
        sql = NOTED.format(customers=any_of("customer_id"))
        for customer, at, channel, pressure in fetch(sql, (listed(customers), since)):
            found.setdefault(customer, []).append((at, channel, pressure))
        several = True
    if several:
        for contacts in found.values():
            contacts.sort()
    return {customer: tuple(contacts) for customer, contacts in found.items()}


def _numbers_of(
    customers: Collection[int],
) -> tuple[Collection[int], dict[int, Collection[int]]]:
    people = same_people(customers)
    return {*customers, *chain.from_iterable(people.values())}, dict(people)


def _together(told: dict[int, Contacts], people: dict[int, Collection[int]]) -> dict[int, Contacts]:
    """Return contacts with what each of `people` has had under any of her numbers."""
    together = {
        customer: tuple(sorted(chain.from_iterable(told.get(r, ()) for r in records)))
        for customer, records in people.items()
    }
    return {**told, **together}
