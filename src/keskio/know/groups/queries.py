"""Reads of the wing: groups, their members, and the groups of customers."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.contracts import Person
from keskio.know.groups.contracts import Membership
from keskio.know.queries import now_ids, people_of


class InGroup(msgspec.Struct, frozen=True):
    """A member as a page shows one."""

    customer: int
    person: Person | None
    role: str
    since: Micros


def members_of(group: int) -> list[InGroup]:
    """Return who belongs to a group now, each customer once, oldest members first."""
    rows = fetch(
        "SELECT record_id, role, since FROM groups_member"
        " WHERE group_id = %s AND ended_at IS NULL ORDER BY since, id",
        (group,),
    )
    now = now_ids({row[0] for row in rows})
    people = people_of(set(now.values()))
    found: dict[int, InGroup] = {}
    for record, role, since in rows:
        customer = now.get(record, record)
        found.setdefault(customer, InGroup(customer, people.get(customer), role, since))
    return list(found.values())


def groups_of(customers: Collection[int]) -> dict[int, list[Membership]]:
    """Return the groups of each of `customers` as they are now, each group once."""
    found: dict[int, dict[int, Membership]] = {customer: {} for customer in customers}
    if not customers:
        return {}
    sql = (
        "SELECT coalesce(c.merged_into_id, c.id), g.id, g.kind, g.name, g.key, m.role, m.since"  # noqa: S608 - constants
        " FROM know_customer c JOIN groups_member m ON m.record_id = c.id AND m.ended_at IS NULL"
        " JOIN groups_group g ON g.id = m.group_id"
        f" WHERE {any_of('c.id')} OR {any_of('c.merged_into_id')} ORDER BY m.since, m.id"
    )
    asked = listed(customers)
    for customer, group, kind, name, key, role, since in fetch(sql, (asked, asked)):
        if customer in found:
            told = Membership(group, kind, name or key, role, since)
            found[customer].setdefault(group, told)
    return {customer: list(groups.values()) for customer, groups in found.items()}


def member_counts(groups: Collection[int]) -> dict[int, int]:
    """Return how many members each of `groups` has now."""
    sql = (
        "SELECT m.group_id, count(DISTINCT coalesce(c.merged_into_id, c.id)) FROM groups_member m"  # noqa: S608 - constants
        f" JOIN know_customer c ON c.id = m.record_id WHERE m.ended_at IS NULL AND {any_of('m.group_id')}"
        " GROUP BY 1"
    )
    return dict(fetch(sql, (listed(groups),))) if groups else {}
