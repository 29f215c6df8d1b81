"""What envelopes tell of their customers, taken in: traits of identifies, stop and start words.

Runs in the intake's transaction right after the resolver, set-wise: one read and one write for all
customers that the batch tells something of.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.events.contracts import Envelope, NewEvent, Placed
from keskio.know.books import Books
from keskio.know.consents import (
    COMPLAINT,
    START_WORD,
    STOP_WORD,
    Line,
    lines_of_start,
    lines_of_stop,
    told,
)
from keskio.know.contracts import ANY_PURPOSE, GIVEN, WITHDRAWN
from keskio.know.records import Record, load_records, save_records, take_traits

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


def absorb(envelopes: Sequence[Envelope], placed: Placed) -> list[NewEvent]:
    """Take in what `envelopes` tell of their customers; return the events that follow from it.

    Traits join by their own times, so that order does not matter. A stop word in a channel withdraws
    the consents given there and blocks it; a start word undoes exactly that. Told again: nothing changes.
    """
    told_traits: list[tuple[Envelope, int]] = []
    keywords: list[tuple[Envelope, Line]] = []
    for envelope, customer, record in zip(envelopes, placed.customers, placed.records, strict=True):
        if envelope.traits and customer:
            told_traits.append((envelope, customer))
        elif envelope.name in TELLS_KEYWORDS and customer:
            properties = _received(envelope.body).properties
            if properties.keyword:
                line = _line(envelope, properties, customer, record)
                keywords.append((envelope, line))
    if not told_traits and not keywords:
        return []
    records = load_records({c for _, c in told_traits} | {line.customer for _, line in keywords})
    changed = {
        c
        for e, c in told_traits
        if take_traits(records[c], e.traits or {}, at=e.at, is_trusted=e.trusted)
    }
    events = _take_keywords(keywords, records, changed) if keywords else []
    save_records(records[customer] for customer in sorted(changed))
    return events


def _line(envelope: Envelope, properties: _Properties, customer: int, record: int) -> Line:
    is_stop = properties.keyword == "stop"
    return Line(
        customer=customer,
        purpose=ANY_PURPOSE,
        channel=properties.channel,
        state=WITHDRAWN if is_stop else GIVEN,
        at=envelope.at,
        source=properties.channel,
        cause=_cause(envelope, is_stop=is_stop),
        proof=properties.text,
        record=None if record == customer else record,
    )


def _take_keywords(
    keywords: Sequence[tuple[Envelope, Line]], records: dict[int, Record], changed: set[int]
) -> list[NewEvent]:
    books = Books({line.customer: records[line.customer] for _, line in keywords})
    events = [
        told(line, received_at=envelope.received_at)
        for envelope, line in keywords
        if books.follow(line, lines_of_stop if line.state == WITHDRAWN else lines_of_start)
    ]
    books.write()
    changed |= books.changed
    return events


def _cause(envelope: Envelope, *, is_stop: bool) -> str:
    """Name what ended or restored the permissions; only a stop word is confirmed to the customer."""
    if envelope.name == REPORTED:
        return COMPLAINT
    return STOP_WORD if is_stop else START_WORD
