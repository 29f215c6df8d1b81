"""What the intake asks of the wing: objects that servers tell of by events. Imported by wiring only.

`Object Updated` and `Object Ended` are tracks of a server key, with the properties `kind`, `key` and
any fields. Browsers are not believed: what a customer has decides what is offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from keskio.events.contracts import Envelope, NewEvent, Placed
from keskio.know.objects.actions import write_objects
from keskio.know.objects.contracts import REFUSED, NewObject
from keskio.know.objects.values import kind_key, object_key

TOLD = {"Object Updated": None, "Object Ended": True}


class _Body(msgspec.Struct, frozen=True):
    properties: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body).decode


def absorb(envelopes: Sequence[Envelope], placed: Placed) -> list[NewEvent]:
    """Take in the objects that `envelopes` tell of; return the events that follow.

    What cannot be used is told too: an event `object.refused` with a sentence for each fault.
    """
    by_source: dict[int, list[tuple[Envelope, int, int]]] = {}
    for told in zip(envelopes, placed.customers, placed.records, strict=True):
        envelope, customer, _ = told
        if envelope.name in TOLD and envelope.trusted and customer:
            by_source.setdefault(envelope.source, []).append(told)
    events: list[NewEvent] = []
    for source, theirs in by_source.items():
        taken, followed = write_objects([_row(*told) for told in theirs], source=source)
        events += followed
        faults: dict[int, list[str]] = {}
        for number, sentence in taken.faults:
            faults.setdefault(number, []).append(sentence)
        events += [_refused(*theirs[number], sentences) for number, sentences in faults.items()]
    return events


def _row(envelope: Envelope, customer: int, record: int) -> NewObject:
    fields = dict(_body(envelope.body).properties)
    kind, key = kind_key(fields.pop("kind", "")), object_key(fields.pop("key", ""))
    ended = TOLD[envelope.name]
    if isinstance(fields.get("ended"), bool):
        ended = fields.pop("ended")
    return NewObject(
        kind, key, fields, customer=customer, record=record, ended=ended, at=envelope.at
    )


def _refused(envelope: Envelope, customer: int, record: int, sentences: list[str]) -> NewEvent:
    properties = _body(envelope.body).properties
    told = {"kind": properties.get("kind"), "key": properties.get("key"), "refused": sentences}
    body = msgspec.json.encode({"properties": told}).decode()
    return NewEvent(customer, REFUSED, envelope.at, body, source=envelope.source, record=record)
