"""What was known of a customer when: each trait's history, and everything as it was on a day."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.events.api import told_of_records
from keskio.kernel.clock import Micros
from keskio.know.folding import TELL_TRAITS, fold_register, fold_traits, steps_among
from keskio.know.queries import same_person_ids
from keskio.know.records import Record


class _Properties(msgspec.Struct, frozen=True):
    by: str = ""
    actor: str = ""


class _Body(msgspec.Struct, frozen=True):
    traits: dict[str, Any] = {}
    properties: _Properties = _Properties()


_body = msgspec.json.Decoder(_Body).decode


class Told(msgspec.Struct, frozen=True):
    """One telling of a trait: its value (None: taken away), when, by which source, dialogue or person."""

    name: str
    value: Any
    at: Micros
    source: int
    by: str
    actor: str
    record: int
    is_now: bool


class AsOf(msgspec.Struct, frozen=True):
    """What was known of a customer at an instant, by what had happened by then."""

    traits: dict[str, Any]
    name: str
    email: str
    phone: str
    consents: dict[str, str]


def trait_history(customer: int, *, name: str = "") -> list[Told]:
    """Return every telling of a customer's traits (of one, if named), newest first.

    What was told again without a change is left out.
    """
    ids = same_person_ids(customer)
    told: dict[str, list[Told]] = {}
    for event in told_of_records(ids, TELL_TRAITS):
        body = _body(event.body)
        for key, value in body.traits.items():
            if name and key != name:
                continue
            by = body.properties.by or event.name.partition(".")[2]
            line = Told(
                key, value, event.at, event.source, by, body.properties.actor, event.record, False
            )
            told.setdefault(key, []).append(line)
    found: list[Told] = []
    for lines in told.values():
        lines.sort(key=lambda line: line.at)
        news = [
            line
            for before, line in zip([None, *lines], lines, strict=False)
            if before is None or before.value != line.value
        ]
        news[-1] = msgspec.structs.replace(news[-1], is_now=True)
        found += news
    return sorted(found, key=lambda line: (-line.at, line.name))


def as_of(customer: int, at: Micros) -> AsOf:
    """Return what was known of a customer at `at`: traits, addresses told, consents in force."""
    ids = same_person_ids(customer)
    record = Record(ids[0], "", "", "", "", "", "", {}, {}, {})
    fold_traits(record, ids, until=at)
    register = fold_register(ids, steps_among(ids), until=at)
    return AsOf(record.traits, record.name, record.email, record.phone, register.states)
