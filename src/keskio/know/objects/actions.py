"""Writes of the wing: objects taken in set-wise with their events, kinds, and forgetting."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.know.objects.contracts import TYPES, WORDS, Field, NewObject, Taken
from keskio.know.objects.queries import fields_of_kinds
from keskio.know.objects.taking import Held, begin, take
from keskio.know.objects.values import kind_key, object_key, read_fields
from keskio.know.queries import now_ids

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

_HELD = "id, kind, key, record_id, properties, times, owned_at, told_at, ended_at, source_id"
_INSERT = """
    INSERT INTO objects_object (customer_id, record_id, kind, key, properties, times, created_at,
                                updated_at, owned_at, told_at, ended_at, source_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_UPDATE = """
    UPDATE objects_object SET customer_id = %s, record_id = %s, properties = %s, times = %s,
                              updated_at = %s, owned_at = %s, told_at = %s, ended_at = %s
    WHERE id = %s
"""
_END_OWNER = "UPDATE objects_ownership SET to_at = %s WHERE object_id = %s AND to_at IS NULL"
_OWNER = """
    INSERT INTO objects_ownership (object_id, record_id, from_at, to_at) VALUES (%s, %s, %s, %s)
"""
_NEW_KIND = """
    INSERT INTO objects_kind (key, title, fields, created_at) VALUES (%s, '', '[]', %s)
    ON CONFLICT (key) DO NOTHING
"""

Name = tuple[str, str]


def take_objects(rows: Sequence[NewObject], *, source: int = 0) -> Taken:
    """Take in what `rows` say of objects, in their order and one transaction with their events.

    A row whose time is 0 speaks of now. Rows about a customer who does not exist, without a kind or
    a key, or of a new object that belongs to nobody, are faults; so is each value that does not
    fit its field, without which its row is taken. A kind that is not known yet is made.
    """
    with transaction.atomic():
        taken, events = write_objects(rows, source=source)
        append_events(events)
        transaction.on_commit(wake)
    return taken


def write_objects(rows: Sequence[NewObject], *, source: int = 0) -> tuple[Taken, list[NewEvent]]:
    """Do as `take_objects` in the caller's transaction, and return the events for it to append."""
    faults: list[tuple[int, str]] = []
    sound = _checked(rows, faults)
    held = _load({(row.kind, row.key) for _, row in sound})
    told = {row.record or row.customer for _, row in sound} | {h.record for h in held.values()}
    now = now_ids(told | {row.customer for _, row in sound})
    events: list[NewEvent] = []
    new: set[Name] = set()
    counts = {"changed": 0, "ended": 0, "same": 0}
    for number, row in sound:
        name = (row.kind, row.key)
        is_new = name not in held
        if row.customer and row.customer not in now:
            faults.append((number, f"There is no customer {row.customer}."))
            continue
        if is_new:
            if not row.customer:
                faults.append((number, f"Nobody has {row.kind} {row.key!r}. Say whose it is."))
                continue
            held[name] = begin(row, row.record or row.customer, source)
            new.add(name)
        outcome = take(held[name], row, now, is_new=is_new)
        events += outcome.events
        counts["ended"] += outcome.ended
        counts["changed"] += outcome.changed and not is_new
        counts["same"] += not outcome.events
    _save([h for h in held.values() if h.changed], now)
    return Taken(new=len(new), faults=tuple(sorted(faults)), **counts), events


def _checked(
    rows: Sequence[NewObject], faults: list[tuple[int, str]]
) -> list[tuple[int, NewObject]]:
    """Return the rows that can be taken with their numbers, their values in form; make new kinds."""
    kinds = fields_of_kinds()
    at = now_micros()
    sound: list[tuple[int, NewObject]] = []
    for number, row in enumerate(rows):
        kind, key = kind_key(row.kind), object_key(row.key)
        if not kind:
            faults.append((number, f"{row.kind!r} is no kind of objects: use letters, _ and -."))
        elif not key:
            faults.append((number, "The object has no key, or one above 200 characters."))
        else:
            if kind not in kinds:
                run(_NEW_KIND, (kind, at))
                kinds[kind] = {}
            fields, wrong = read_fields(row.fields, kinds[kind])
            faults += [(number, sentence) for sentence in wrong.values()]
            sound.append(
                (
                    number,
                    msgspec.structs.replace(
                        row, kind=kind, key=key, fields=fields, at=row.at or at
                    ),
                )
            )
    return sound


def _load(names: Collection[Name]) -> dict[Name, Held]:
    """Return the objects called `names` that there are: one query a kind."""
    keys: dict[str, list[str]] = {}
    for kind, key in names:
        keys.setdefault(kind, []).append(key)
    found: dict[Name, Held] = {}
    for kind, theirs in keys.items():
        sql = (
            f"SELECT {_HELD} FROM objects_object WHERE kind = %s"  # noqa: S608 - constants
            f" AND {any_of('key', kind='text')}"
        )
        for row in fetch(sql, (kind, listed(theirs))):
            number, _kind, key, record, properties, times, *rest = row
            found[kind, key] = Held(
                number, kind, key, record, _decode(properties), _decode(times), *rest
            )
    return found


def _save(held: Sequence[Held], now: Mapping[int, int]) -> None:
    at = now_micros()
    new, known = [], []
    for h in held:
        whose = (now.get(h.record, h.record), h.record)
        texts = _encode(h.properties).decode(), _encode(h.times).decode()
        moments = (h.owned_at, h.told_at, h.ended_at)
        if h.id:
            known.append((*whose, *texts, at, *moments, h.id))
        else:
            new.append((*whose, h.kind, h.key, *texts, at, at, *moments, h.source))
    run_many(_INSERT, new)
    run_many(_UPDATE, known)
    made = _load({(h.kind, h.key) for h in held if not h.id})
    _save_owners([(h.id or made[h.kind, h.key].id, h.owners) for h in held if h.owners])


def _save_owners(told: Sequence[tuple[int, list[tuple[int, Micros]]]]) -> None:
    """Write whose each object became: the one before ends where the next begins."""
    run_many(_END_OWNER, [(owners[0][1], number) for number, owners in told])
    rows = []
    for number, owners in told:
        ends = [at for _, at in owners[1:]]
        rows += [
            (number, record, at, to_at)
            for (record, at), to_at in zip(owners, [*ends, None], strict=True)
        ]
    run_many(_OWNER, rows)


def save_kind(key: str, *, title: str, fields: Sequence[Field]) -> str:
    """Write a kind with its fields and return its key. What objects hold already stays as it is.

    Raises Mistake when a name cannot be used or stands twice.
    """
    kept = kind_key(key)
    if not kept:
        raise Mistake(f"{key!r} cannot be the key of a kind: use small letters, numbers, _ and -.")
    names = [field.name for field in fields]
    for field in fields:
        if not field.name or field.name in WORDS or names.count(field.name) > 1:
            raise Mistake(f"{field.name!r} cannot be used as a field's name, or stands twice.")
        if field.type not in TYPES:
            raise Mistake(f"{field.type!r} is no type of a field; there are {', '.join(TYPES)}.")
    run(
        "INSERT INTO objects_kind (key, title, fields, created_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (key) DO UPDATE SET title = excluded.title, fields = excluded.fields",
        (kept, title[:80], _encode(fields).decode(), now_micros()),
    )
    return kept
