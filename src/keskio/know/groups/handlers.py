"""What the intake tells this wing: `group` calls make groups, refresh their traits, and join people.

A server's word changes a group; a browser's only makes one, and fills in what nobody has told yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from keskio.events.contracts import Envelope, NewEvent, Placed
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.know.groups.actions import Joined, business_id_of, join, search_of
from keskio.know.groups.contracts import HOUSEHOLD, JOINED, MEMBER, ORGANISATION, ROLES
from keskio.know.traits import join_traits

_COLUMNS = "id, kind, name, key, business_id, traits, trait_times"
_INSERT = """
    INSERT INTO groups_group (kind, name, key, business_id, traits, trait_times, search, created_at,
                              updated_at, source_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_UPDATE = """
    UPDATE groups_group SET kind = %s, name = %s, business_id = %s, traits = %s, trait_times = %s,
                            search = %s, updated_at = %s
    WHERE id = %s
"""
_BUSINESS_IDS = ("businessId", "business_id", "ytunnus", "y_tunnus", "vatId")
_LONGEST = 500


class _Properties(msgspec.Struct, frozen=True, rename="camel"):
    group_id: str | int | float | None = None


class _Body(msgspec.Struct, frozen=True):
    properties: _Properties = _Properties()
    traits: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body).decode
_traits = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class _Group(msgspec.Struct):
    """A group under work; `number` 0: it is new."""

    number: int
    kind: str
    name: str
    key: str
    business_id: str
    traits: dict[str, Any]
    times: dict[str, Micros]
    source: int = 0
    is_changed: bool = False


class _Call(msgspec.Struct, frozen=True):
    envelope: Envelope
    customer: int
    record: int
    key: str
    traits: dict[str, Any]


def absorb(envelopes: Sequence[Envelope], placed: Placed) -> list[NewEvent]:
    """Take in the `group` calls of a batch; return the events that follow. Told again: nothing changes."""
    calls = []
    for envelope, customer, record in zip(envelopes, placed.customers, placed.records, strict=True):
        if envelope.name == JOINED and customer:
            body = _body(envelope.body)
            key = _key_of(body.properties.group_id)
            if key:
                calls.append(_Call(envelope, customer, record, key, body.traits))
    if not calls:
        return []
    groups = _load(calls)
    for call in calls:
        _take(groups, call)
    _save(groups)
    told = [
        Joined(
            groups[c.key].number,
            groups[c.key].kind,
            groups[c.key].name or c.key,
            c.customer,
            c.record,
            _role_in(c.traits),
            c.envelope.at,
            c.envelope.source,
        )
        for c in calls
    ]
    return join(told, keep_roles=True)


def _key_of(told: str | float | None) -> str:
    if isinstance(told, float) and told.is_integer():
        told = int(told)
    return "" if told is None else str(told).strip().replace("\x00", "\ufffd")[:_LONGEST]


def _role_in(traits: dict[str, Any]) -> str:
    role = str(traits.get("role") or "").strip().lower().replace(" ", "_")
    return role if role in ROLES else MEMBER


def _business_id_in(traits: dict[str, Any]) -> str:
    for name in _BUSINESS_IDS:
        told = traits.get(name)
        if isinstance(told, str):
            form = business_id_of(told.removeprefix("FI"))
            if form:
                return form
    return ""


def _load(calls: Sequence[_Call]) -> dict[str, _Group]:
    """Return the groups that the calls speak of by key; one known by its business id takes the key."""
    ids = {form for c in calls if (form := _business_id_in(c.traits))}
    sql = (
        f"SELECT {_COLUMNS} FROM groups_group WHERE {any_of('key', kind='text')}"  # noqa: S608 - constants
        f" OR (business_id <> '' AND {any_of('business_id', kind='text')})"
    )
    rows = fetch(sql, (listed({c.key for c in calls}), listed(ids)))
    found = [
        _Group(number, kind, name, key, form, _traits(traits), _traits(times))
        for number, kind, name, key, form, traits, times in rows
    ]
    by_key = {group.key: group for group in found if group.key}
    by_business = {group.business_id: group for group in found if group.business_id}
    for call in calls:
        group = by_key.get(call.key) or by_business.get(_business_id_in(call.traits))
        if group is None:
            group = _Group(0, ORGANISATION, "", call.key, "", {}, {}, call.envelope.source, True)
        by_key[call.key] = group
        form = _business_id_in(call.traits)
        if form and call.envelope.trusted:
            by_business.setdefault(form, group)
    return by_key


def _take(groups: dict[str, _Group], call: _Call) -> None:
    group = groups[call.key]
    told = {name: value for name, value in call.traits.items() if name != "role"}
    if not call.envelope.trusted:
        told = {name: value for name, value in told.items() if name not in group.traits}
        for name in _BUSINESS_IDS:
            told.pop(name, None)
    if not join_traits(group.traits, group.times, told, call.envelope.at):
        return
    group.is_changed = True
    called = group.traits.get("name")
    if isinstance(called, str) and called.strip():
        group.name = called.strip()[:200]
    kind = str(group.traits.get("kind") or group.traits.get("type") or "").lower()
    if kind in {HOUSEHOLD, ORGANISATION}:
        group.kind = kind
    form = _business_id_in(group.traits)
    if form and not any(g.business_id == form for g in groups.values() if g is not group):
        group.business_id = form


def _save(groups: dict[str, _Group]) -> None:
    at = now_micros()
    new: dict[int, _Group] = {}
    changed: dict[int, _Group] = {}
    for group in groups.values():
        if group.is_changed:
            (changed if group.number else new)[id(group)] = group
    run_many(
        _INSERT,
        [
            (g.kind, g.name, g.key, g.business_id, *_texts(g), at, at, g.source)
            for g in new.values()
        ],
    )
    run_many(
        _UPDATE,
        [(g.kind, g.name, g.business_id, *_texts(g), at, g.number) for g in changed.values()],
    )
    if new:
        sql = f"SELECT key, id FROM groups_group WHERE {any_of('key', kind='text')}"  # noqa: S608 - constants
        numbers: dict[str, int] = dict(fetch(sql, (listed([g.key for g in new.values()]),)))
        for group in new.values():
            group.number = numbers[group.key]


def _texts(group: _Group) -> tuple[str, str, str]:
    return (
        _encode(group.traits).decode(),
        _encode(group.times).decode(),
        search_of(group.name, group.key, group.business_id),
    )
