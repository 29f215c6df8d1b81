"""What rows mean for objects, decided in memory: fields by their own times, owners, ends, and the events.

Each field is as new as the moment it was told of; so are the owner and whether it has ended. Whatever order
rows come in, the latest told stands, and a row told again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros, from_micros
from keskio.know.objects.contracts import CHANGED, ENDED, MOVED, NewObject
from keskio.know.traits import join_traits

_encode = msgspec.json.Encoder().encode


class Held(msgspec.Struct, gc=False):
    """An object's row, open for change; `id` 0 is not written yet. `owners`: records since when."""

    id: int
    kind: str
    key: str
    record: int
    properties: dict[str, Any]
    times: dict[str, Micros]
    owned_at: Micros
    told_at: Micros
    ended_at: Micros | None
    source: int = 0
    changed: bool = False
    owners: list[tuple[int, Micros]] = []


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What one row did: the events to tell, and whether the object is new, changed or ended."""

    events: list[NewEvent]
    changed: bool = False
    ended: bool = False


def begin(row: NewObject, record: int, source: int) -> Held:
    """Return the object that `row` tells of for the first time, before its fields are laid in."""
    return Held(
        0,
        row.kind,
        row.key,
        record,
        {},
        {},
        row.at,
        0,
        None,
        source,
        changed=True,
        owners=[(record, row.at)],
    )


def take(held: Held, row: NewObject, now: Mapping[int, int], *, is_new: bool) -> Outcome:
    """Lay `row` over `held`. `now`: who each record is today."""
    before, ended_before = dict(held.properties), held.ended_at
    events: list[NewEvent] = []
    moved = False if is_new else _take_owner(held, row, now, events)
    changed = [name for name in row.fields if _take_field(held, name, row)]
    ended = _take_end(held, row)
    if changed or moved or is_new or (ended_before and held.ended_at is None):
        if ended_before and held.ended_at is None:
            changed.append("ended_at")
            before["ended_at"] = _instant(ended_before)
        events.append(_changed(held, row, now, (changed, before, is_new or moved)))
    if ended:
        more = {"reason": "ended", "ended_at": _instant(held.ended_at or row.at)}
        events.append(_event(ENDED, held, row.at, now, more))
    held.changed = held.changed or bool(events)
    return Outcome(events, changed=bool(changed or moved), ended=ended)


def _take_owner(held: Held, row: NewObject, now: Mapping[int, int], events: list[NewEvent]) -> bool:
    """Give the object to the row's customer when that is told later; True when another has it now."""
    record = row.record or row.customer
    if not row.customer or record == held.record or row.at < held.owned_at:
        return False
    is_another = now.get(record, record) != now.get(held.record, held.record)
    if is_another and held.ended_at is None:
        events.append(_event(ENDED, held, row.at, now, {"reason": MOVED}))
    held.record, held.owned_at = record, row.at
    held.owners.append((record, row.at))
    held.changed = True
    return is_another


def _take_field(held: Held, name: str, row: NewObject) -> bool:
    known = held.properties.get(name)
    if not join_traits(held.properties, held.times, {name: row.fields[name]}, row.at):
        return False
    held.changed = True
    return bool(held.properties.get(name) != known)


def _take_end(held: Held, row: NewObject) -> bool:
    """Take in whether it has ended, when that is told later; True when it ends by this."""
    if row.ended is None or row.at < held.told_at:
        return False
    held.told_at = row.at
    held.changed = True
    was = held.ended_at
    held.ended_at = (was or row.at) if row.ended else None
    return row.ended and was is None


def _changed(
    held: Held, row: NewObject, now: Mapping[int, int], what: tuple[list[str], dict[str, Any], bool]
) -> NewEvent:
    changed, before, is_new = what
    more: dict[str, Any] = {
        "changed": changed,
        "before": {} if is_new else {name: before.get(name) for name in changed},
    }
    if is_new:
        more["is_new"] = True
    return _event(CHANGED, held, row.at, now, more)


def _event(
    name: str, held: Held, at: Micros, now: Mapping[int, int], more: Mapping[str, Any]
) -> NewEvent:
    """Return an event of the owner: the fields as they are now, with what happened laid over them."""
    properties = {**held.properties, "kind": held.kind, "key": held.key, **more}
    body = _encode({"properties": properties}).decode()
    customer = now.get(held.record, held.record)
    return NewEvent(customer, name, at, body, source=held.source, record=held.record)


def _instant(at: Micros) -> str:
    return from_micros(at).isoformat().replace("+00:00", "Z")
