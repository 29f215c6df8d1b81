"""Writes of the inbox: cases are opened, answered, given to people, put aside, closed.

Everywhere: `case` is a case's number (of one merged into another: that other one's); `by` is a username,
"" for the machine; `version` is the version that its changer has seen (None: does not matter). Each change
is one transaction with its entry in the case and its event in the log. All raise NoSuchCase, and
ChangedMeanwhile where a version is given.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction

from keskio.kernel.clock import now_micros, to_micros
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.answering import CannotAnswer, NotPossible, add_entry, note, reply
from keskio.respond.inbox.changing import (
    Batch,
    ChangedMeanwhile,
    NoSuchCase,
    changing,
)
from keskio.respond.inbox.models import Case, CaseWords, Entry
from keskio.respond.inbox.sharing import give
from keskio.respond.inbox.taking import About, begin, note_closing, to_state

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
            note_closing(batch, found, by)
    return found


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
