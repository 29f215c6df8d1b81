"""Writes into the thread of a case: answers, notes, and what others say; see `actions` for what all share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from keskio.kernel.clock import from_micros
from keskio.kernel.errors import Mistake
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.changing import (
    changing,
    micros_of,
)
from keskio.respond.inbox.guards import check_answer
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.inbox.taking import note_closing, take_message, to_state
from keskio.talk.api import answer

SENT_BY_LEDGER = (c.EMAIL, c.SMS, c.SOCIAL)


class CannotAnswer(Mistake):
    """This case has nobody whom an answer could be sent to."""

    code = "cannot_answer"


class NotPossible(Mistake):
    """This cannot be done to the case as it is."""

    code = "not_possible"


class Said(TypedDict, total=False):
    """What an entry says beside its kind, author and text."""

    by: str
    is_public: bool
    channel: str
    at: datetime | None
    what: str
    told: dict[str, Any]
    event_id: int | None
    source_id: str
    in_reply_to: str
    attachments: Sequence[str]


def add_entry(case: int, *, kind: str, author: str, text: str = "", **said: Unpack[Said]) -> Entry:
    """Add what was said or done elsewhere: a call, a dialogue's own message, a step of a recovery plan.

    A customer's message starts clocks and a person's public answer stops them, as anywhere; an automatic
    one (author `bot`) moves none. Nothing is sent: see `reply`. The same `event_id` again returns the
    entry that is there.
    """
    event_id = said.get("event_id")
    with changing([case]) as batch:
        found = batch.cases[case]
        if event_id is not None:
            there = Entry.objects.filter(event_id=event_id).first()
            if there is not None:
                return there
        at = micros_of(said.get("at"), batch.now)
        if kind == c.IN and author == c.CUSTOMER:
            entry = take_message(
                batch,
                found,
                text,
                at=at,
                event_id=event_id,
                source_id=said.get("source_id", ""),
                attachments=said.get("attachments", ()),
            )
            entry.channel, entry.told = said.get("channel", found.channel), said.get("told", {})
            return entry
        is_public = said.get("is_public", False)
        if kind == c.OUT and author == c.AGENT and is_public:
            batch.mark(found, "answer", at)
        entry = Entry(
            kind=kind,
            author=author,
            by=said.get("by", ""),
            is_public=is_public,
            channel=said.get("channel", found.channel),
            text=text,
            what=said.get("what", ""),
            told=said.get("told", {}),
            at=from_micros(at),
            event_id=event_id,
            source_id=said.get("source_id", ""),
            in_reply_to=said.get("in_reply_to", ""),
            attachments=list(said.get("attachments", ())),
        )
        return batch.entry(found, entry)


def reply(  # noqa: PLR0913 - whom, what, and how it is seen
    case: int,
    text: str,
    *,
    by: str,
    public: bool = False,
    at: datetime | None = None,
    version: int | None = None,
    then: str = c.WAITING,
    way: tuple[str, str] | None = None,
) -> Entry:
    """Send a person's answer to the customer, and wait for theirs.

    It leaves by the ledger in the case's channel, as an answer to the last message; in the web chat it
    stands on the page at once. `public`: in a public channel, for everybody to see; else directly.
    `then` is the state that the case goes to: waiting, open or closed. `way`: another channel, and the
    address there, in which the conversation goes on this time. Raises CannotAnswer.
    """
    if not text.strip():
        raise CannotAnswer("The answer is empty: write what is to be said.")
    with changing([case], version=version) as batch:
        found = batch.cases[case]
        when = micros_of(at, batch.now)
        is_open_to_all = public and found.channel == c.SOCIAL
        check_answer(found, text, is_open_to_all=is_open_to_all)
        entry = Entry(
            kind=c.OUT,
            author=c.AGENT,
            by=by,
            is_public=True,
            is_open_to_all=is_open_to_all,
            channel=found.channel,
            text=text,
            at=from_micros(when),
            in_reply_to=found.reply_to if way is None else "",
        )
        batch.entry(found, entry)
        _send(found, entry, by, way)
        batch.mark(found, "answer", when)
        found.unread_count = 0
        if not found.assignee:
            found.assignee = by
        if then != found.state:
            what = {c.CLOSED: "closed", c.WAITING: "answered"}.get(then, "taken_up")
            to_state(batch, found, then, what, by, at=when)
        batch.tell(found, c.REPLIED, when, number=entry.number, by=by, public=entry.is_open_to_all)
        if then == c.CLOSED:
            note_closing(batch, found, by)
    return entry


def _send(case: Case, entry: Entry, by: str, way: tuple[str, str] | None) -> None:
    """Claim an answer in the ledger, where its channel is one that is sent in."""
    if way is None and case.channel == c.CHAT:
        return
    own = case.channel if case.channel in SENT_BY_LEDGER else _channel_of(case.address)
    channel, to = (own, case.address) if way is None else way
    if not channel or not to:
        raise CannotAnswer(
            "There is no address to answer to. Write to the customer in another channel, or note here"
            " how you answered."
        )
    entry.channel = channel
    entry.sending = c.SENDING
    entry.message_id = answer(
        customer=case.customer_id,
        channel=channel,
        to=to,
        text=entry.text,
        subject=_subject(case.subject) if channel == c.EMAIL else "",
        case=case.pk,
        number=entry.number,
        by=by,
        in_reply_to=entry.in_reply_to if channel != c.SMS else "",
        is_direct=channel == c.SOCIAL and not entry.is_open_to_all,
        language=case.language,
    )


def _channel_of(address: str) -> str:
    """Return how an address of a case without a channel of its own is answered: a call, a survey."""
    if "@" in address:
        return c.EMAIL
    return c.SMS if address.startswith("+") else ""


def _subject(subject: str) -> str:
    is_answer = subject[:4].strip().lower() in ("re:", "vs:", "sv:")
    return subject if is_answer or not subject else f"Re: {subject}"


def note(case: int, text: str, *, by: str, told: dict[str, Any] | None = None) -> Entry:
    """Write an internal note, which nobody outside ever sees; `told` may name who is mentioned in it."""
    if not text.strip():
        raise NotPossible("The note is empty: write what the others are to know.")
    with changing([case]) as batch:
        found = batch.cases[case]
        entry = Entry(
            kind=c.NOTE,
            author=c.AGENT,
            by=by,
            text=text,
            told=told or {},
            at=from_micros(batch.now),
        )
        batch.entry(found, entry)
        batch.tell(found, c.NOTED, number=entry.number, by=by, **(told or {}))
    return entry
