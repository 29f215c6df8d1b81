"""Writes of the room: each a transaction with its lines, its states in force and its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import Envelope, NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Mistake
from keskio.know.absorbing import absorb
from keskio.know.books import Books
from keskio.know.consents import Line, told
from keskio.know.contracts import GIVEN, WITHDRAWN
from keskio.know.ledger import place
from keskio.know.queries import now_ids
from keskio.know.records import load_records, save_records, take_traits

UPDATED = "customer.updated"
"""What the log calls traits that Keskiö or its staff have told."""

_encode = msgspec.json.Encoder().encode


class NoSuchCustomer(Mistake):
    """There is no such customer."""

    code = "no_such_customer"


def give_consent(  # noqa: PLR0913 - all of it is the proof
    customer: int,
    *,
    purpose: str,
    channel: str,
    source: str,
    cause: str = "staff",
    actor: str = "",
    text_version: str = "",
    proof: str = "",
    expires_at: Micros | None = None,
) -> bool:
    """Record that `customer` allows `purpose` in `channel` from now on; return whether that is news.

    Purpose "*" lifts a stop of the channel. A consent for one purpose does not lift a stop.
    Raises NoSuchCustomer.
    """
    at = now_micros()
    line = Line(
        customer,
        purpose,
        channel,
        GIVEN,
        at,
        source,
        cause,
        actor,
        text_version,
        proof,
        expires_at,
    )
    return _record_one(line)


def withdraw_consent(  # noqa: PLR0913 - all of it is the proof
    customer: int,
    *,
    purpose: str,
    channel: str,
    source: str,
    cause: str = "staff",
    actor: str = "",
    proof: str = "",
) -> bool:
    """Record that `customer` no longer allows `purpose` in `channel`; return whether that is news.

    Purpose "*" stops the channel for every purpose. Raises NoSuchCustomer.
    """
    line = Line(
        customer, purpose, channel, WITHDRAWN, now_micros(), source, cause, actor, proof=proof
    )
    return _record_one(line)


def _record_one(line: Line) -> bool:
    with transaction.atomic():
        told_of = line.customer
        customer = now_ids([told_of]).get(told_of, told_of)
        record = None if customer == told_of else told_of
        events = record_lines([msgspec.structs.replace(line, customer=customer, record=record)])
        append_events(events)
        transaction.on_commit(wake)
    return bool(events)


def record_lines(lines: Sequence[Line]) -> list[NewEvent]:
    """Add the lines that change something to the register and the states in force; return their events.

    A line older than the newest of the same purpose in the same channel changes nothing: what was
    said later stands. Runs in the caller's transaction. Raises NoSuchCustomer.
    """
    records = load_records({line.customer for line in lines})
    for line in lines:
        if line.customer not in records:
            raise NoSuchCustomer(f"There is no customer {line.customer}.", customer=line.customer)
    books = Books(records)
    news = [line for line in lines if books.take(line)]
    books.write()
    save_records(records[customer] for customer in sorted(books.changed))
    return [told(line) for line in news]


def set_traits(
    told: Mapping[int, Mapping[str, Any]],
    *,
    at: Micros,
    by: str = "dialogue",
    name: str = UPDATED,
    actor: str = "",
) -> None:
    """Join traits that Keskiö itself tells of customers, set-wise, in the caller's transaction.

    `told` maps customers to traits; those merged into others are followed. Ids that do not exist are
    passed over. What is news becomes an event `name` with the traits, and who told them (`by`, `actor`).
    """
    now = now_ids(told)
    records = load_records(set(now.values()))
    changed: set[int] = set()
    events = []
    for told_of, traits in told.items():
        if told_of not in now:
            continue
        record = records[now[told_of]]
        news = {
            key: value
            for key, value in traits.items()
            if record.traits.get(key) != value and at >= record.trait_times.get(key, at)
        }
        if news and take_traits(record, news, at=at, is_trusted=True):
            changed.add(record.id)
            properties = {"by": by, "actor": actor} if actor else {"by": by}
            body = _encode({"properties": properties, "context": {}, "traits": news}).decode()
            events.append(NewEvent(record.id, name, at, body, record=told_of))
    save_records(records[customer] for customer in sorted(changed))
    append_events(events)


def find_or_create(
    identifiers: Sequence[tuple[str, str]],
    *,
    traits: Mapping[str, Any] | None = None,
    source: int = 0,
) -> int:
    """Return the customer whom a trusted sender means by `identifiers`, made if there is none yet.

    `traits` are taken in as an identify call's are. Raises Mistake when nothing names anybody.
    """
    with transaction.atomic():
        envelope = _identify(tuple(identifiers), traits or {}, source)
        placed = place([envelope])
        customer, record = placed.customers[0], placed.records[0]
        if not customer:
            raise Mistake("A customer needs at least one identifier, such as an e-mail address.")
        told_now = []
        if envelope.traits:
            told_now.append(
                NewEvent(
                    customer,
                    envelope.name,
                    envelope.at,
                    envelope.body,
                    source=source,
                    record=record,
                )
            )
        append_events([*told_now, *absorb([envelope], placed)])
    return customer


def _identify(
    identifiers: tuple[tuple[str, str], ...], traits: Mapping[str, Any], source: int
) -> Envelope:
    now = now_micros()
    return Envelope(
        name="customer.identified",
        at=now,
        received_at=now,
        source=source,
        message_id="",
        identifiers=identifiers,
        body=_encode({"properties": {}, "context": {}, "traits": traits}).decode(),
        traits=dict(traits),
        trusted=True,
    )
