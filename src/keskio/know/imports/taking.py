"""Rows that were read, taken in: people by the bulk path, then the events and objects that are theirs.

Everything happens in the caller's transaction. The same rows again change nothing: an event is known
again by its id, or by all that the row says of it.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now_micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.know.bulk import KEPT, NOBODY, take_in
from keskio.know.contracts import NewPerson
from keskio.know.imports.rows import Fault, ReadEvent, Row
from keskio.know.objects.actions import write_objects
from keskio.know.objects.contracts import NewObject

CAUSE = "import"
EXAMPLES = 5

_two_halves = struct.Struct("<qq").unpack
_encode = msgspec.json.Encoder().encode
_TOLD = "SELECT high, low FROM imports_told WHERE "
_REMEMBER = "INSERT INTO imports_told (high, low) VALUES (%s, %s)"


class Outcome(msgspec.Struct):
    """What became of rows: how many of each kind, those that faults speak of, whose the rows are."""

    counts: Counter[str]
    faults: list[Fault]
    examples: dict[str, list[list[str]]]
    customers: list[int]


def take_rows(rows: Sequence[Row], *, source: str = "", origin: int = 0) -> Outcome:
    """Take `rows` in and tell what became of them. `customers` has 0 for rows that were left out."""
    people = [row for row in rows if row.person is not None]
    taken = take_in([p.person for p in people if p.person], source=origin, cause=CAUSE)
    counts: Counter[str] = Counter(taken.states)
    counts["skipped"] = sum(1 for row in rows if row.is_skipped)
    counts["refused"] = sum(1 for row in rows if row.person is None and row.faults)
    faults = [fault for row in rows for fault in row.faults]
    for row, state in zip(people, taken.states, strict=True):
        if state in (NOBODY, KEPT):
            faults.append(Fault(row.number, "", "", state))
    counts["refused"] += counts.pop(NOBODY, 0) + counts.pop(KEPT, 0)
    owners = [
        customer if state not in (NOBODY, KEPT) else 0
        for customer, state in zip(taken.customers, taken.states, strict=True)
    ]
    theirs = [
        _Theirs(row, owner, taken.records.get(at, 0))
        for at, (row, owner) in enumerate(zip(people, owners, strict=True))
        if owner
    ]
    counts["events"] = _take_events(theirs, source, origin)
    _take_objects(theirs, counts, faults, origin)
    counts["faults"] = len(faults)
    whose = {row.number: owner for row, owner in zip(people, owners, strict=True)}
    return Outcome(
        counts,
        faults,
        _examples(people, taken.states),
        [whose.get(row.number, 0) for row in rows],
    )


class _Theirs(NamedTuple):
    """A row with its customer, and the record that told it where that is another one; else 0."""

    row: Row
    customer: int
    record: int


def _take_events(theirs: Sequence[_Theirs], source: str, origin: int) -> int:
    """Append the events that have not been told yet; return how many."""
    told: dict[tuple[int, int], NewEvent] = {}
    now = now_micros()
    for row, customer, record in theirs:
        for event in row.events:
            assert row.person is not None
            properties = _encode(event.properties).decode()
            key = _digest_of(source, event, row.person, properties)
            body = f'{{"properties":{properties},"context":{{}},"traits":{{}}}}'
            told.setdefault(
                key,
                NewEvent(customer, event.name, event.at, body, now, origin, event.id[:200], record),
            )
    if not told:
        return 0
    known = _known(list(told))
    new = {key: event for key, event in told.items() if key not in known}
    run_many(_REMEMBER, sorted(new))
    append_events(list(new.values()))
    return len(new)


def _digest_of(
    source: str, event: ReadEvent, person: NewPerson, properties: str
) -> tuple[int, int]:
    """Return 128 bits that tell the event apart."""
    if event.id:
        words = ("id", source, event.name, event.id)
    else:
        who = "\x1e".join(f"{kind}:{value}" for kind, value in person.identifiers)
        words = ("all", source, event.name, f"{event.at}\x1e{who}\x1e{properties}")
    return _two_halves(blake2b("\x1f".join(words).encode(), digest_size=16).digest())


def _known(digests: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    found = fetch(_TOLD + any_of("high"), (listed(high for high, _ in digests),))
    return {(high, low) for high, low in found}


def _take_objects(
    theirs: Sequence[_Theirs],
    counts: Counter[str],
    faults: list[Fault],
    origin: int,
) -> None:
    told: list[tuple[int, NewObject]] = [
        (row.number, NewObject(o.kind, o.key, o.fields, customer, record, o.ended, o.at))
        for row, customer, record in theirs
        for o in row.objects
    ]
    if not told:
        return
    taken, events = write_objects([thing for _, thing in told], source=origin)
    append_events(events)
    counts["objects"] = taken.new + taken.changed + taken.ended
    faults += [Fault(told[at][0], "", told[at][1].key, sentence) for at, sentence in taken.faults]


def _examples(people: Sequence[Row], states: Sequence[str]) -> dict[str, list[list[str]]]:
    """Return a few rows of each kind by number and name."""
    examples: dict[str, list[list[str]]] = {}
    for row, state in zip(people, states, strict=True):
        shown = examples.setdefault(state, [])
        if len(shown) < EXAMPLES and row.person is not None:
            shown.append([str(row.number), name_in(row.person)])
    return examples


def name_in(person: NewPerson) -> str:
    """Return what a person calls the row: a name, else the first identifier."""
    traits: dict[str, Any] = person.traits
    parts = [traits.get("firstName") or traits.get("first_name"), traits.get("lastName")]
    name = traits.get("name") or " ".join(str(part) for part in parts if part)
    return str(name) if name else person.identifiers[0][1]
