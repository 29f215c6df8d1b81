"""Writes of the inbox: cases are opened, answered, given to people, put aside, closed.

Everywhere: `case` is a case's number (of one merged into another: that other one's); `by` is a username,
"" for the machine; `version` is the version that its changer has seen (None: does not matter). Each change
is one transaction with its entry in the case and its event in the log. All raise NoSuchCase, and
ChangedMeanwhile where a version is given.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from keskio.kernel.clock import from_micros, now_micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import storable
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.changing import (
    Batch,
    ChangedMeanwhile,
    NoSuchCase,
    changing,
    micros_of,
)
from keskio.respond.inbox.guards import check_answer
from keskio.respond.inbox.models import Case, CaseWords, Entry, Queue
from keskio.respond.inbox.sharing import give
from keskio.talk.api import answer

__all__ = [
    "CannotAnswer",
    "ChangedMeanwhile",
    "NoSuchCase",
    "NotPossible",
    "add_entry",
    "assign",
    "change",
    "close",
    "mark_read",
    "note",
    "open_case",
    "reopen",
    "reply",
    "retarget",
    "snooze",
    "take_by_rule",
    "wake",
]
SENT_BY_LEDGER = (c.EMAIL, c.SMS, c.SOCIAL)


class CannotAnswer(Mistake):
    """This case has nobody whom an answer could be sent to."""

    code = "cannot_answer"


class NotPossible(Mistake):
    """This cannot be done to the case as it is."""

    code = "not_possible"


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


def open_case(*, customer: int, channel: str, text: str = "", **about: Unpack[About]) -> Case:
    """Open a case with the customer's first message, give it to somebody, and return it.

    `source` (kind, id) says what it was opened for: the same again returns the case that is there, as it
    is. Without a queue the queues' rules choose one. `event_id`: the event of the log that it is made of.
    With no text there is no first message: a person opened it.
    """
    kind, ref = about.get("source", ("", ""))
    with transaction.atomic():
        if ref:
            there = Case.objects.filter(source_kind=kind, source_ref=ref).first()
            if there is not None:
                return there
        batch = Batch([], now_micros())
        case = begin(batch, customer=customer, channel=channel, text=text, **about)
        give(batch, [case])
        batch.commit()
    return case


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
            _closed(batch, found, by)
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


def assign(
    case: int, *, by: str, to: str = "", queue: str | None = None, version: int | None = None
) -> Case:
    """Give a case to somebody ("": to nobody), and to another queue where one is named."""
    with changing([case], version=version) as batch:
        found = batch.cases[case]
        before = {"assignee": found.assignee, "queue": found.queue}
        found.assignee = to[:150]
        if queue is not None:
            found.queue = queue
        after = {"assignee": found.assignee, "queue": found.queue}
        if after != before:
            batch.touch(found)
            batch.happening(found, "assigned", by, before=before, after=after)
            batch.tell(found, c.ASSIGNED, by=by, before=before)
    return found


def take_by_rule(case: int, *, by: str = "") -> str:
    """Give a case to the one of its queue whom area, skill and load choose; return who ("": nobody)."""
    with changing([case]) as batch:
        found = batch.cases[case]
        found.assignee = ""
        give(batch, [found], by=by)
    return found.assignee


def snooze(case: int, until: datetime, *, by: str, version: int | None = None) -> Case:
    """Put a case aside until then; it comes back earlier when the customer writes or a deadline nears.

    Clocks go on. Raises NotPossible for a time that is past and for a closed case.
    """
    with changing([case], version=version) as batch:
        found = batch.cases[case]
        if to_micros(until) <= batch.now:
            raise NotPossible("That time is past: choose one to come.")
        _refuse_closed(found)
        to_state(batch, found, c.SNOOZED, "snoozed", by)
        found.snoozed_until = until
        batch.tell(found, c.SNOOZED_EVENT, by=by, until=to_micros(until))
    return found


def _refuse_closed(case: Case) -> None:
    if case.state == c.CLOSED:
        raise NotPossible("The case is closed: reopen it first.")


def wake(case: int, *, by: str = "") -> Case:
    """Bring a snoozed case back to work; one that is not snoozed stays as it is."""
    with changing([case]) as batch:
        found = batch.cases[case]
        if found.state == c.SNOOZED:
            come_back(batch, found, by)
    return found


def come_back(batch: Batch, case: Case, by: str = "") -> None:
    """Bring a snoozed case of a batch back to work."""
    to_state(batch, case, c.OPEN, "woken", by)
    batch.tell(case, c.WOKEN, by=by)


def close(case: int, *, by: str, version: int | None = None) -> Case:
    """Close a case; closed already, it stays as it is. A complaint no longer holds campaigns back."""
    with changing([case], version=version) as batch:
        found = batch.cases[case]
        if found.state != c.CLOSED:
            to_state(batch, found, c.CLOSED, "closed", by)
            _closed(batch, found, by)
    return found


def _closed(batch: Batch, case: Case, by: str) -> None:
    case.closed_at, case.closed_by = from_micros(batch.now), by
    case.unread_count = 0
    batch.tell(case, c.CLOSED_EVENT, by=by)


def reopen(case: int, *, by: str, version: int | None = None) -> Case:
    """Open a closed case again: its first response and resolution run anew."""
    with changing([case], version=version) as batch:
        found = batch.cases[case]
        if found.state == c.CLOSED:
            to_state(batch, found, c.OPEN, "reopened", by)
            found.closed_at, found.closed_by = None, ""
            batch.tell(found, c.REOPENED, by=by)
    return found


class Changes(TypedDict, total=False):
    """What can be changed of a case."""

    kind: str
    severity: int
    themes: Sequence[str]
    subject: str
    language: str
    address: str
    customer_id: int


def change(case: int, *, by: str, version: int | None = None, **changes: Unpack[Changes]) -> Case:
    """Change what a case is about; its target follows its kind. Raises NotPossible for a strange value."""
    if changes.get("kind", c.OTHER) not in c.KINDS:
        raise NotPossible(f"A case is one of {', '.join(c.KINDS)}.")
    if changes.get("severity", c.NORMAL) not in c.SEVERITIES:
        raise NotPossible("Severity is a number from 0 (minor) to 3 (critical).")
    if "themes" in changes:
        changes["themes"] = list(changes["themes"])
    with changing([case], version=version) as batch:
        found = batch.cases[case]
        new = {name: value for name, value in changes.items() if getattr(found, name) != value}
        if new:
            before = {name: getattr(found, name) for name in new}
            batch.touch(found)
            for name, value in new.items():
                setattr(found, name, value)
            if "customer_id" in new:  # what was said is hers too: for export and erasure
                Entry.objects.filter(case=found).update(customer_id=found.customer_id)
                CaseWords.objects.filter(pk=found.pk).update(customer_id=found.customer_id)
            batch.happening(found, "changed", by, before=before, after=new)
            batch.tell(found, c.CHANGED, by=by, before=before)
    return found


def mark_read(case: int) -> None:
    """Note that somebody has read what the customer wrote. No new version: nothing is decided by it."""
    Case.objects.filter(pk=case, unread_count__gt=0).update(unread_count=0)


def retarget(cases: Collection[int]) -> None:
    """Let open cases follow the targets and calendars as they are now. A hundred or so at a time."""
    with changing(list(cases)) as batch:
        for case in list(batch.cases.values()):
            if case.state != c.CLOSED:
                batch.follow_targets(case)
