"""The ledger of messages: taking up, settling, and which message an answer belongs to. Set-wise."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import msgspec

from keskio.channels.api import read_reference
from keskio.engine.dialogue.routing import RECEIVED, REPORTS, Happening
from keskio.events.contracts import LoggedEvent, NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.talk.contracts import Handed
from keskio.talk.store import text_of

CLAIMED = """
    SELECT id, enrolment_id, visit, customer_id, version_id, step, channel, purpose, pressure,
           valid_until, attempts, content
    FROM talk_message
    WHERE channel = %s AND state = 'claimed' AND NOT ({paused}) AND NOT ({later})
    ORDER BY urgency, id LIMIT %s
"""
TAKE_UP = """
    UPDATE talk_message
    SET state = 'handing', handed_at = %s, handed_by = %s, content = %s, attempts = attempts + 1
    WHERE id = %s AND state = 'claimed'
"""
MINE = "SELECT id FROM talk_message WHERE {messages} AND state = 'handing' AND handed_by = %s"
SETTLE = """
    UPDATE talk_message
    SET state = %s, reason = %s, provider_id = %s, settled_at = %s
    WHERE id = %s AND state IN ('claimed', 'handing', 'unknown')
"""
RETRY = """
    UPDATE talk_message SET state = 'claimed', handed_at = NULL, reason = %s
    WHERE id = %s AND state = 'handing'
"""
HELD = "UPDATE talk_message SET reason = %s WHERE id = %s AND state = 'claimed'"
ABANDONED = """
    SELECT id, enrolment_id, visit, customer_id, version_id, step, channel, purpose, pressure,
           valid_until, attempts, content
    FROM talk_message
    WHERE channel = %s AND state = 'handing' AND handed_by <> %s
    LIMIT 1000
"""
BY_ID = """
    SELECT id, enrolment_id, visit, customer_id, version_id, step, channel, purpose, pressure,
           valid_until, attempts, content, state
    FROM talk_message WHERE {messages}
"""

ASIDE = "SELECT enrolment_id, by_id FROM talk_aside WHERE {enrolments}"


class Outcome(msgspec.Struct, frozen=True):
    """What became of a message: its new state, and what to remember.

    `is_awaited`: the dialogue may go on by this; the runner passes over what is not.
    """

    message: Handed
    state: str
    reason: str = ""
    provider_id: str = ""
    is_awaited: bool = True


def claimed(channel: str, paused: Sequence[int], later: Iterable[int], limit: int) -> list[Handed]:
    """Return up to `limit` messages of a channel that wait to be handed over.

    Urgent ones come first, then those claimed first; `paused` versions and messages that may only
    go `later` are passed over.
    """
    sql = CLAIMED.format(paused=any_of("version_id"), later=any_of("id"))
    return [Handed(*row) for row in fetch(sql, (channel, listed(paused), listed(later), limit))]


def take_up(messages: Sequence[tuple[Handed, str]], *, owner: str, now: Micros) -> list[Handed]:
    """Mark messages as being handed over by `owner`, with their content as it will go.

    Returns those that were still there to be taken.
    """
    rows = [(now, owner, content, message.id) for message, content in messages]
    run_many(TAKE_UP, rows)
    sql = MINE.format(messages=any_of("id"))
    mine = {row[0] for row in fetch(sql, (listed(row[3] for row in rows), owner))}
    return [message for message, _ in messages if message.id in mine]


def settle(outcomes: Sequence[Outcome], now: Micros) -> list[NewEvent]:
    """Record what became of messages and return the events that tell it."""
    run_many(
        SETTLE, [(o.state, o.reason[:200], o.provider_id, now, o.message.id) for o in outcomes]
    )
    return [told(outcome, now) for outcome in outcomes]


def told(outcome: Outcome, now: Micros) -> NewEvent:
    """Return the event that tells the log what became of a message."""
    message = outcome.message
    properties: dict[str, Any] = {"message": message.id, "channel": message.channel}
    if message.enrolment < 0:  # a person's answer: no dialogue waits for it
        properties |= {"case": -message.enrolment, "number": message.visit, "awaited": False}
    else:
        properties |= {
            "step": message.step,
            "enrolment": message.enrolment,
            "visit": message.visit,
        }
    if not outcome.is_awaited:
        properties["awaited"] = False
    if outcome.reason:
        properties["reason"] = outcome.reason
    body = text_of({"properties": properties})
    return NewEvent(message.customer, f"message.{outcome.state}", now, body)


def give_back(messages: Iterable[Handed], reason: str) -> None:
    """Put messages that were certainly not handed over back to wait for another try."""
    run_many(RETRY, [(reason[:200], message.id) for message in messages])


def hold(held: Iterable[tuple[int, str]]) -> None:
    """Note on messages that may not leave yet, by number, why not; they stay claimed."""
    run_many(HELD, [(reason, message) for message, reason in held])


def abandoned(channel: str, owner: str) -> list[Handed]:
    """Return messages that somebody else than `owner`, who no longer holds the channel, was handing over.

    No owner: messages that anybody was.
    """
    return [Handed(*row) for row in fetch(ABANDONED, (channel, owner))]


def messages_by_id(messages: Iterable[int]) -> dict[int, tuple[Handed, str]]:
    """Return messages and their states by number."""
    sql = BY_ID.format(messages=any_of("id"))
    return {row[0]: (Handed(*row[:-1]), row[-1]) for row in fetch(sql, (listed(messages),))}


UPDATED = "customer.updated"
# As `told` writes it. Within a text that somebody wrote, its quotation marks would be escaped.
NOT_AWAITED = '"awaited":false'


def referred(
    events: Sequence[LoggedEvent], read_body: Callable[[str], Any]
) -> list[tuple[int, Happening]]:
    """Return (customer, happening) for each event; answers carry the enrolment and visit they answer.

    Where that enrolment was set aside as two customers became one, it is the one that goes on. Two
    queries for all references of the batch.
    """
    found: list[tuple[int, Happening]] = []
    references: dict[int, list[dict[str, Any]]] = {}
    for event in events:
        if event.name in REPORTS and NOT_AWAITED in event.body:
            continue  # most reports are; reading them is dear
        properties = read_body(event.body).properties
        if not event.customer or properties.get("awaited") is False:
            continue  # of nobody: an event of a catalogue, see `fanning`
        if event.name == UPDATED and properties.get("by") == "dialogue":
            continue  # our own word: a dialogue that listened to it would never come to rest
        found.append((event.customer, Happening(event.id, event.at, event.name, properties)))
        if event.name == RECEIVED and properties.get("reference"):
            reference = read_reference(str(properties["reference"]))
            if reference is not None:
                references.setdefault(reference.message, []).append(properties)
    if references:
        answered = {n: message for n, (message, _) in messages_by_id(references).items()}
        goes_on = _going_on({message.enrolment for message in answered.values()})
        for number, message in answered.items():
            other = goes_on.get(message.enrolment)
            whose = {"enrolment": message.enrolment, "visit": message.visit}
            for properties in references[number]:
                properties.update(whose if other is None else {"enrolment": other})
    return found


def _going_on(enrolments: Collection[int]) -> dict[int, int]:
    """Return by which enrolment each of those was set aside that were."""
    asides = ASIDE.format(enrolments=any_of("enrolment_id"))
    by: dict[int, int] = dict(fetch(asides, (listed(enrolments),)))
    further = _going_on(by.values()) if by else {}
    return {one: further.get(other, other) for one, other in by.items()}
