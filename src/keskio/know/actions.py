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
from keskio.know.absorbing import absorb, take_traits
from keskio.know.consents import Line, add_lines, is_news, standings_of, told
from keskio.know.contracts import GIVEN, WITHDRAWN
from keskio.know.ledger import resolve
from keskio.know.queries import now_ids
from keskio.know.records import load_records, save_records

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
        customer = now_ids([line.customer]).get(line.customer, line.customer)
        events = record_lines([msgspec.structs.replace(line, customer=customer)])
        append_events(events)
        transaction.on_commit(wake)
    return bool(events)


def record_lines(lines: Sequence[Line]) -> list[NewEvent]:
    """Add the lines that change something to the register and the states in force; return their events.

    A line older than the newest of the same purpose in the same channel changes nothing: what was
    said later stands. Runs in the caller's transaction. Raises NoSuchCustomer.
    """
    records = load_records({line.customer for line in lines})
    standings = standings_of({c for c, record in records.items() if record.consents})
    news: list[Line] = []
    for line in lines:
        record = records.get(line.customer)
        if record is None:
            raise NoSuchCustomer(f"There is no customer {line.customer}.", customer=line.customer)
        last = standings.get(line.customer, {}).get(line.key)
        if not is_news(line, record.consents.get(line.key), last):
            continue
        record.consents[line.key] = line.state
        news.append(line)
    add_lines(news)
    save_records(records[customer] for customer in {line.customer for line in news})
    return [told(line) for line in news]


def set_traits(told: Mapping[int, Mapping[str, Any]], *, at: Micros) -> None:
    """Join traits that Keskiö itself tells of customers, set-wise, in the caller's transaction.

    `told` maps customers to traits; those merged into others are followed. Ids that do not exist are
    passed over.
    """
    now = now_ids(told)
    records = load_records(set(now.values()))
    changed = {
        now[customer]
        for customer, traits in told.items()
        if customer in now and take_traits(records[now[customer]], traits, at=at, is_trusted=True)
    }
    save_records(records[customer] for customer in sorted(changed))


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
        (customer,) = resolve([envelope])
        if not customer:
            raise Mistake("A customer needs at least one identifier, such as an e-mail address.")
        append_events(absorb([envelope], [customer]))
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
