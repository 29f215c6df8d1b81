"""What a batch does to cases: a case begins, a message comes into it, its state changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from keskio.kernel.clock import from_micros
from keskio.kernel.sql import storable
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.changing import (
    Batch,
    micros_of,
)
from keskio.respond.inbox.models import Case, Entry, Queue


class About(TypedDict, total=False):
    """What a new case is about; all of it may be left out."""

    kind: str
    severity: int
    subject: str
    themes: Sequence[str]
    language: str
    thread: str
    address: str
    reply_to: str
    name: str
    network: str
    url: str
    queue: str
    source: tuple[str, str]
    by: str
    at: datetime | None
    event_id: int | None
    attachments: Sequence[str]


def begin(
    batch: Batch, *, customer: int, channel: str, text: str = "", **about: Unpack[About]
) -> Case:
    """Put a new case into a batch; see `open_case`. Nobody has it yet."""
    at = micros_of(about.get("at"), batch.now)
    kind, ref = about.get("source", ("", ""))
    case = Case(
        customer_id=customer,
        channel=channel,
        kind=about.get("kind", c.OTHER),
        severity=about.get("severity", c.NORMAL),
        subject=" ".join(storable(about.get("subject", "")).split())[:300],
        themes=list(about.get("themes", ())),
        language=about.get("language", "")[:10],
        thread=about.get("thread", "")[:300],
        address=storable(about.get("address", ""))[:300],
        reply_to=about.get("reply_to", "")[:500],
        name=storable(about.get("name", ""))[:200],
        network=about.get("network", "")[:20],
        url=about.get("url", "")[:500],
        queue=about.get("queue", ""),
        source_kind=kind,
        source_ref=ref,
        opened_at=from_micros(at),
        opened_by=about.get("by", ""),
        last_at=from_micros(at),
    )
    if not case.queue:
        case.queue = queue_for(case, batch.book.queues)
    batch.add(case)
    batch.mark(case, "opened", at)
    batch.happening(case, "opened", about.get("by", ""), source=kind).at = from_micros(at)
    if text:
        take_message(
            batch,
            case,
            text,
            at=at,
            event_id=about.get("event_id"),
            source_id=about.get("reply_to", ""),
            attachments=about.get("attachments", ()),
        )
    batch.tell(case, c.OPENED, at, source=kind, ref=ref)
    return case


def take_message(  # noqa: PLR0913 - what a message is
    batch: Batch,
    case: Case,
    text: str,
    *,
    at: int,
    event_id: int | None = None,
    source_id: str = "",
    attachments: Sequence[str] = (),
) -> Entry:
    """Put a customer's message into a case: who waited, slept or was closed is in work again."""
    batch.touch(case)
    if case.pk is not None and case.state in (c.WAITING, c.SNOOZED, c.CLOSED):
        came_back = case.state == c.CLOSED
        to_state(batch, case, c.OPEN, "reopened" if came_back else "woken", at=at)
        if came_back:
            case.closed_at, case.closed_by = None, ""
            batch.tell(case, c.REOPENED, at, by="")
    batch.mark(case, "customer", at)
    case.unread_count += 1
    entry = Entry(
        kind=c.IN,
        author=c.CUSTOMER,
        by=case.name or case.address,
        is_public=True,
        is_open_to_all=case.channel == c.SOCIAL,
        channel=case.channel,
        text=text,
        at=from_micros(at),
        event_id=event_id,
        source_id=source_id[:500],
        attachments=list(attachments),
    )
    if source_id:
        case.reply_to = source_id[:500]
    batch.entry(case, entry)
    if case.pk is not None:
        batch.tell(case, c.RECEIVED, at, number=entry.number)
    return entry


def queue_for(case: Case, queues: Sequence[Queue]) -> str:
    """Return the first queue whose channels, kinds and themes fit a case; "" for none."""
    for queue in queues:
        if (
            (not queue.channels or case.channel in queue.channels)
            and (not queue.kinds or case.kind in queue.kinds)
            and (not queue.themes or set(queue.themes) & set(case.themes))
        ):
            return queue.key
    return ""


def to_state(
    batch: Batch, case: Case, state: str, what: str, by: str = "", *, at: int | None = None
) -> None:
    """Move a case to a state. The row's own `state` follows when the batch is written."""
    when = batch.now if at is None else at
    batch.mark(case, "state", when, state)
    batch.happening(case, what, by, state=state).at = from_micros(when)
    case.state = state
    if state != c.SNOOZED:
        case.snoozed_until = None


def note_closing(batch: Batch, case: Case, by: str) -> None:
    """Note by whom a case is closed, and tell the log; its state is another matter."""
    case.closed_at, case.closed_by = from_micros(batch.now), by
    case.unread_count = 0
    batch.tell(case, c.CLOSED_EVENT, by=by)
