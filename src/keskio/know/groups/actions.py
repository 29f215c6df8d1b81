"""Writes of the wing: groups made and changed, members added and removed, each with its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.know.groups.contracts import ADDED, KINDS, MEMBER, REMOVED, ROLES
from keskio.know.groups.models import Group
from keskio.know.queries import now_ids, same_person_ids

_INSERT_MEMBER = """
    INSERT INTO groups_member (group_id, record_id, role, since, source_id)
    VALUES (%s, %s, %s, %s, %s)
"""
_encode = msgspec.json.Encoder().encode


class NoSuchGroup(Mistake):
    """There is no such group."""

    code = "no_such_group"


class BadBusinessId(Mistake):
    """A Finnish business id is seven digits, a dash and a check digit, such as 2077474-0."""

    code = "bad_business_id"


class Taken(Mistake):
    """Another group has this already."""

    code = "group_taken"


class Joined(msgspec.Struct, frozen=True, gc=False):
    """A membership to write: which group (its number, kind and name), whose record, as what."""

    group: int
    kind: str
    name: str
    customer: int
    record: int
    role: str
    at: Micros
    source: int = 0


def business_id_of(text: str) -> str:
    """Return a Finnish business id (Y-tunnus) in its one form, or "" if it cannot be one.

    >>> business_id_of("20774740"), business_id_of("2077474-1")
    ('2077474-0', '')
    """
    try:
        digits = str(ytunnus.validate(text.strip()))
    except ValidationError:
        return ""
    return f"{digits[:7]}-{digits[7:]}"


def save_group(*, group: int | None, kind: str, name: str, business_id: str = "") -> int:
    """Make a group (`group` None), or change one; return its number.

    Raises BadBusinessId, Taken when another group has the business id, NoSuchGroup.
    """
    if kind not in KINDS:
        raise Mistake(f"A group is one of {', '.join(KINDS)}, not {kind!r}.")
    form = business_id_of(business_id) if business_id.strip() else ""
    if business_id.strip() and not form:
        raise BadBusinessId(
            f"{business_id.strip()!r} is no Finnish business id, such as 2077474-0."
        )
    with transaction.atomic():
        other = (
            Group.objects.filter(business_id=form).exclude(pk=group or 0).first() if form else None
        )
        if other is not None:
            raise Taken(f"The business id {form} is that of the group {other}.", group=other.pk)
        at = now_micros()
        found = Group(created_at=at) if group is None else Group.objects.filter(pk=group).first()
        if found is None:
            raise NoSuchGroup(f"There is no group {group}.", group=group)
        found.kind, found.name, found.business_id = kind, name.strip()[:200], form
        found.search = search_of(found.name, found.key, form)
        found.updated_at = at
        found.save()
        return int(found.pk)


def search_of(name: str, key: str, business_id: str) -> str:
    """Return the text by which the list of groups finds a group."""
    return " ".join(part for part in (name, key, business_id) if part).casefold()


def add_member(group: int, customer: int, *, role: str = MEMBER, actor: str = "") -> bool:
    """Make a customer a member of a group, or give the member another role; return whether it is news.

    Raises NoSuchGroup, and Mistake for nobody or no role.
    """
    if role not in ROLES:
        raise Mistake(f"There is no role {role!r}.")
    with transaction.atomic():
        found = Group.objects.filter(pk=group).first()
        if found is None:
            raise NoSuchGroup(f"There is no group {group}.", group=group)
        now = now_ids([customer])
        if customer not in now:
            raise Mistake(f"There is no customer {customer}.")
        told = Joined(
            group, found.kind, str(found), now[customer], now[customer], role, now_micros()
        )
        events = join([told], actor=actor)
        append_events(events)
        transaction.on_commit(wake)
        return bool(events)


def join(told: Sequence[Joined], *, actor: str = "", keep_roles: bool = False) -> list[NewEvent]:
    """Write memberships, set-wise, in the caller's transaction; return the events of what is news.

    Who is a member already (by any record) keeps it; another role replaces the old one, unless
    `keep_roles` and it says no more than that somebody is a member.
    """
    if not told:
        return []
    sql = (
        "SELECT m.id, m.group_id, coalesce(c.merged_into_id, c.id), m.role FROM groups_member m"  # noqa: S608 - constants
        " JOIN know_customer c ON c.id = m.record_id"
        f" WHERE m.ended_at IS NULL AND {any_of('m.group_id')}"
    )
    groups = {one.group for one in told}
    standing: dict[tuple[int, int], tuple[int, str]] = {}
    for number, group, customer, role in fetch(sql, (listed(groups),)):
        standing[group, customer] = (number, role)
    rows: dict[tuple[int, int], Joined] = {}
    ended: list[tuple[Micros, int]] = []
    events: list[NewEvent] = []
    for one in told:
        place = one.group, one.customer
        number, role = standing.get(place, (0, ""))
        if role == one.role or (role and keep_roles and one.role == MEMBER):
            continue
        if number:
            ended.append((one.at, number))
        rows[place] = one
        standing[place] = (0, one.role)
        events.append(_told(ADDED, one, actor))
    run_many("UPDATE groups_member SET ended_at = %s WHERE id = %s", ended)
    run_many(_INSERT_MEMBER, [(x.group, x.record, x.role, x.at, x.source) for x in rows.values()])
    return events


def remove_member(group: int, customer: int, *, actor: str = "") -> bool:
    """End a customer's membership; return whether there was one. Raises NoSuchGroup."""
    with transaction.atomic():
        found = Group.objects.filter(pk=group).first()
        if found is None:
            raise NoSuchGroup(f"There is no group {group}.", group=group)
        ids = same_person_ids(customer)
        at = now_micros()
        count = run(
            "UPDATE groups_member SET ended_at = %s WHERE group_id = %s AND ended_at IS NULL"  # noqa: S608 - constants
            f" AND {any_of('record_id')}",
            (at, group, listed(ids)),
        )
        if count:
            one = Joined(group, found.kind, str(found), ids[0], ids[0], "", at)
            append_events([_told(REMOVED, one, actor)])
            transaction.on_commit(wake)
        return bool(count)


def _told(name: str, one: Joined, actor: str) -> NewEvent:
    properties: Mapping[str, Any] = {
        "group": one.group,
        "kind": one.kind,
        "name": one.name,
        **({"role": one.role} if one.role else {}),
        **({"actor": actor} if actor else {}),
    }
    body = _encode({"properties": properties}).decode()
    return NewEvent(one.customer, name, one.at, body, source=one.source, record=one.record)
