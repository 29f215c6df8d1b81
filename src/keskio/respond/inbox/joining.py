"""Cases are put together and taken apart.

A case that is merged into another keeps its entries and its number; it leaves the list, and whatever comes
to it goes to the other one. The thread of that other one shows the entries of both. So un-merging is only
to say that it stands alone again. Splitting moves entries to a new case. In all three the clocks are
counted anew from the entries, in order of time, by the target that the case has now.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction

from keskio.engine.clocks import Mark
from keskio.kernel.clock import now_micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.actions import NotPossible
from keskio.respond.inbox.changing import (
    Batch,
    NoSuchCase,
    changing,
    held_cases,
    preview_of,
)
from keskio.respond.inbox.clockwork import kept_of, marks_of, moved, reset
from keskio.respond.inbox.finding import write_words
from keskio.respond.inbox.models import Case, CaseWords, Entry
from keskio.respond.inbox.sharing import give
from keskio.respond.inbox.taking import begin


class CannotMerge(Mistake):
    """These cases cannot be put together."""

    code = "cannot_merge"


def merge(case: int, into: int, *, by: str) -> Case:
    """Put `case` into another and return that one.

    What waits for an answer in either waits in the one that is left, since its own time. A closed one that
    gets what is open opens again. Raises CannotMerge for one and the same case, NoSuchCase.
    """
    with transaction.atomic():
        held = held_cases([case, into])
        if case not in held or into not in held:
            raise NoSuchCase(f"There is no case {into if case in held else case}.")
        gone, stays = held[case], held[into]
        if gone.pk == stays.pk:
            raise CannotMerge("These two are one case already.")
        batch = Batch([gone, stays], now_micros())
        was_open = gone.state != c.CLOSED
        _leave(batch, gone, stays, by)
        if was_open and stays.state == c.CLOSED:
            batch.happening(stays, "reopened", by, state=c.OPEN)
            stays.closed_at, stays.closed_by = None, ""
            batch.tell(stays, c.REOPENED, by=by)
        batch.happening(stays, "merged", by, case=gone.pk)
        batch.tell(stays, c.MERGED, by=by, merged=gone.pk)
        _join(batch, stays, gone)
        batch.commit()
        recount(stays, by_entries_of=tree_of(stays.pk))
    return stays


def _leave(batch: Batch, gone: Case, stays: Case, by: str) -> None:
    gone.merged_into = stays.pk
    batch.happening(gone, "merged_into", by, case=stays.pk, was=gone.state)
    if gone.state != c.CLOSED:
        batch.mark(gone, "state", state=c.CLOSED)
        gone.state, gone.closed_by = c.CLOSED, by
    gone.unread_count = 0


def _join(batch: Batch, stays: Case, gone: Case) -> None:
    """Let the one that is left show and know what the other one did."""
    if gone.customer_id and not stays.customer_id:
        stays.customer_id = gone.customer_id
        Entry.objects.filter(case=stays).update(customer_id=gone.customer_id)
        CaseWords.objects.filter(pk=stays.pk).update(customer_id=gone.customer_id)
    stays.name = stays.name or gone.name
    stays.subject = stays.subject or gone.subject
    stays.severity = max(stays.severity, gone.severity)
    stays.themes = [*stays.themes, *(theme for theme in gone.themes if theme not in stays.themes)]
    if gone.last_at > stays.last_at:
        stays.last_at, stays.preview, stays.preview_by = gone.last_at, gone.preview, gone.preview_by
    if stays.channel == gone.channel:
        stays.address = stays.address or gone.address
    batch.touch(stays)


def unmerge(case: int, *, by: str) -> Case:
    """Let a case that was merged stand alone again, as it then was; return it.

    Raises NotPossible when it is in no other, NoSuchCase.
    """
    with transaction.atomic():
        found = Case.objects.select_for_update().filter(pk=case).first()
        if found is None:
            raise NoSuchCase(f"There is no case {case}.", case=case)
        if found.merged_into is None:
            raise NotPossible("This case has not been merged into another.")
        root = held_cases([case])[case]
        batch = Batch([found, root], now_micros())
        found.merged_into = None
        was = _state_before(found)
        batch.happening(found, "unmerged", by, **({} if was == c.CLOSED else {"state": was}))
        if was != c.CLOSED:
            batch.mark(found, "state", state=was)
            found.closed_by = ""
        batch.happening(root, "taken_out", by, case=found.pk)
        batch.tell(found, c.UNMERGED, by=by, merged_into=root.pk)
        batch.commit()
        recount(found, by_entries_of=tree_of(found.pk))
        recount(root, by_entries_of=tree_of(root.pk))
    return found


def _state_before(case: Case) -> str:
    entry = Entry.objects.filter(case=case, what="merged_into").order_by("-number").first()
    was = str(entry.told.get("was", c.OPEN)) if entry else c.OPEN
    return c.OPEN if was == c.SNOOZED else was


def split(case: int, entries: Collection[int], *, by: str, subject: str = "") -> Case:
    """Move the entries with these numbers (messages and notes) to a new case and return that one.

    It is of the same customer, channel and address. Raises NotPossible when nothing would be left in
    either, or a number is none of a message or note of this case.
    """
    with transaction.atomic():
        found, new, chosen = _split(case, entries, by, subject)
        _move(chosen, new)
        write_words([found.pk, new.pk])
        for one in (found, new):
            recount(one, by_entries_of=tree_of(one.pk))
    return new


def _split(
    case: int, entries: Collection[int], by: str, subject: str
) -> tuple[Case, Case, Sequence[Entry]]:
    with changing([case]) as batch:
        found = batch.cases[case]
        rows = list(Entry.objects.filter(case=found).exclude(kind=c.EVENT).order_by("at", "number"))
        chosen = [row for row in rows if row.number in set(entries)]
        if not chosen or len(chosen) != len(set(entries)):
            raise NotPossible("Choose messages or notes of this case that are to go to a new one.")
        if len(chosen) == len(rows):
            raise NotPossible("That is everything: there would be nothing left in this case.")
        new = begin(
            batch,
            customer=found.customer_id,
            channel=found.channel,
            kind=found.kind,
            severity=found.severity,
            subject=subject or found.subject,
            language=found.language,
            address=found.address,
            name=found.name,
            network=found.network,
            queue=found.queue,
            by=by,
            at=chosen[0].at,
        )
        new.split_from = found.pk
        give(batch, [new])
        batch.happening(found, "split", by, numbers=sorted(entries))
        batch.tell(found, c.SPLIT, by=by, numbers=sorted(entries))
    return found, new, chosen


def _move(entries: Sequence[Entry], to: Case) -> None:
    for entry in entries:
        to.entry_count += 1
        entry.case, entry.number = to, to.entry_count
    Entry.objects.bulk_update(entries, ["case", "number"], batch_size=100)
    Case.objects.filter(pk=to.pk).update(entry_count=to.entry_count)


def recount(case: Case, *, by_entries_of: Collection[int]) -> None:
    """Count a case's clocks anew from the entries of these cases, and show what was said last."""
    case.refresh_from_db()
    entries = list(Entry.objects.filter(case__in=by_entries_of))
    own = [entry for entry in entries if entry.kind != c.EVENT or entry.case_id == case.pk]
    spoken = [entry for entry in own if entry.kind != c.EVENT]
    last = max(spoken, key=lambda one: (one.at, one.number), default=None)
    if last is not None:
        case.preview, case.last_at = preview_of(last.text), last.at
        case.preview_by = c.NOTE if last.kind == c.NOTE else last.author
    with transaction.atomic():
        batch = Batch([case], now_micros())
        held = batch.book.held_for(case.channel, case.kind)
        begins = min([to_micros(case.opened_at), *(to_micros(entry.at) for entry in spoken)])
        marks = [
            Mark(begins, "targets", targets=batch.book.targets(held)),
            Mark(begins, "opened"),
            *marks_of(own),
        ]
        batch.replace_clocks(case, moved(reset(kept_of(case)), marks, held, batch.book))
        batch.commit()


def tree_of(case: int) -> list[int]:
    """Return a case and all that have been merged into it, however deep."""
    found = [case]
    new = found
    while new:
        rows = Case.objects.filter(merged_into__in=new).order_by("pk")
        new = [pk for pk in rows.values_list("pk", flat=True) if pk not in found]
        found = [*found, *new]
    return found
