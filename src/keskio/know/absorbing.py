"""What envelopes tell of their customers, taken in: traits of identifies, stop and start words.

Runs in the intake's transaction right after the resolver, set-wise: one read and one write for all
customers that the batch tells something of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from keskio.events.contracts import Envelope, NewEvent
from keskio.kernel.clock import Micros
from keskio.know.consents import (
    COMPLAINT,
    START_WORD,
    STOP_WORD,
    Line,
    Standing,
    add_lines,
    lines_of_start,
    lines_of_stop,
    standings_of,
    told,
)
from keskio.know.contracts import ANY_PURPOSE, GIVEN, WITHDRAWN
from keskio.know.records import Record, load_records, save_records
from keskio.know.traits import join_traits, pick

# Answers, and a mail provider's word that the customer has called a letter spam.
RECEIVED, REPORTED = "message.received", "delivery.reported"
TELLS_KEYWORDS = frozenset({RECEIVED, REPORTED})


class _Properties(msgspec.Struct, frozen=True):
    channel: str = ""
    keyword: str = ""
    text: str = ""


class _Received(msgspec.Struct, frozen=True):
    properties: _Properties = _Properties()


_received = msgspec.json.Decoder(_Received).decode


def absorb(envelopes: Sequence[Envelope], customers: Sequence[int]) -> list[NewEvent]:
    """Take in what `envelopes` tell of their `customers`; return the events that follow from it.

    Traits join by their own times, so that order does not matter. A stop word in a channel withdraws
    the consents given there and blocks it; a start word undoes exactly that. Told again: nothing changes.
    """
    told_traits: list[tuple[Envelope, int]] = []
    keywords: list[tuple[Envelope, int, _Properties]] = []
    for envelope, customer in zip(envelopes, customers, strict=True):
        if envelope.traits and customer:
            told_traits.append((envelope, customer))
        elif envelope.name in TELLS_KEYWORDS and customer:
            properties = _received(envelope.body).properties
            if properties.keyword:
                keywords.append((envelope, customer, properties))
    if not told_traits and not keywords:
        return []
    records = load_records({c for _, c in told_traits} | {c for _, c, _ in keywords})
    changed = {
        c
        for e, c in told_traits
        if take_traits(records[c], e.traits or {}, at=e.at, is_trusted=e.trusted)
    }
    events = _take_keywords(keywords, records, changed)
    save_records(records[customer] for customer in sorted(changed))
    return events


def take_traits(record: Record, told: Mapping[str, Any], *, at: Micros, is_trusted: bool) -> bool:
    """Join the traits `told` at `at` into `record`; return whether anything changed.

    Addresses follow the traits only when a trusted sender tells them. What a browser tells becomes
    an address through the ledger, where it was linked only if it was free.
    """
    if not join_traits(record.traits, record.trait_times, told, at):
        return False
    picked = pick(record.traits)
    record.name = picked.name or record.name
    record.language = picked.language or record.language
    record.zone = picked.zone or record.zone
    if is_trusted and record.trait_times.get("email") == at:
        record.email = picked.email or ("" if "email" not in record.traits else record.email)
    if is_trusted and record.trait_times.get("phone") == at:
        record.phone = picked.phone or ("" if "phone" not in record.traits else record.phone)
    return True


def _take_keywords(
    keywords: Sequence[tuple[Envelope, int, _Properties]],
    records: dict[int, Record],
    changed: set[int],
) -> list[NewEvent]:
    events: list[NewEvent] = []
    lines: list[Line] = []
    standings = standings_of({c for _, c, _ in keywords}) if keywords else {}
    for envelope, customer, properties in keywords:
        is_stop = properties.keyword == "stop"
        line = Line(
            customer=customer,
            purpose=ANY_PURPOSE,
            channel=properties.channel,
            state=WITHDRAWN if is_stop else GIVEN,
            at=envelope.at,
            source=properties.channel,
            cause=_cause(envelope, is_stop=is_stop),
            proof=properties.text,
        )
        follow = lines_of_stop if is_stop else lines_of_start
        added = follow(line, records[customer].consents, standings[customer])
        for new in added:
            records[customer].consents[new.key] = new.state
            standings[customer][new.key] = Standing(new.state, new.cause, new.at)
        if added:
            lines += added
            changed.add(customer)
            events.append(told(line, received_at=envelope.received_at))
    add_lines(lines)
    return events


def _cause(envelope: Envelope, *, is_stop: bool) -> str:
    """Name what ended or restored the permissions; only a stop word is confirmed to the customer."""
    if envelope.name == REPORTED:
        return COMPLAINT
    return STOP_WORD if is_stop else START_WORD
