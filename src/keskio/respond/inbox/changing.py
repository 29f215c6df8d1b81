"""How cases are changed: one or a thousand at a time, in a handful of statements.

A `Batch` holds cases that nobody else can change until its transaction ends. What is done to them becomes
entries, marks for their clocks and events of the log; `commit` writes it all. Every case that was touched
gets the next version. Nothing here decides what ought to be done: `actions` and the jobs do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from keskio.engine.clocks import Mark, Run
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import from_micros, now_micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import run_many, storable
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.calendars import Book
from keskio.respond.inbox.clockwork import Kept, kept_of, moved, show
from keskio.respond.inbox.finding import add_words
from keskio.respond.inbox.models import Case, Entry, Timing
from keskio.talk.api import hold_back, let_go

PREVIEW = 200
OPEN_CASE = "open_case"
COLUMNS = [field for field in Case._meta.concrete_fields if not field.primary_key]
UPDATE = "UPDATE inbox_case SET {} WHERE id = %s".format(  # noqa: S608 - its own columns
    ", ".join(f'"{field.column}" = %s' for field in COLUMNS)
)
TIMING = """
    INSERT INTO inbox_timing
        (case_id, clock, number, channel, queue, started_at, due_at, stopped_at, working, calendar,
         is_dropped, has_target)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (case_id, clock, number) DO UPDATE SET
        queue = excluded.queue, due_at = excluded.due_at, stopped_at = excluded.stopped_at,
        working = excluded.working, calendar = excluded.calendar,
        is_dropped = excluded.is_dropped, has_target = excluded.has_target
"""
_encode = msgspec.json.Encoder().encode


class NoSuchCase(Mistake):
    """There is no such case."""

    code = "no_such_case"


class ChangedMeanwhile(Mistake):
    """Somebody else has changed this case since you opened it: look at it again before you go on."""

    code = "changed_meanwhile"


class Batch:
    """Cases under change. `now` is the instant of it all."""

    def __init__(self, cases: Collection[Case], now: int) -> None:
        self.now = now
        self.book = Book()
        self.cases = {case.pk: case for case in cases}
        self._new: list[Case] = []
        self._kept: dict[int, Kept] = {}
        self._before: dict[int, tuple[Run, ...]] = {}
        self._marks: dict[int, list[Mark]] = {}
        self._held: dict[int, int] = {}
        self._touched: dict[int, Case] = {}
        self._entries: list[tuple[Case, Entry]] = []
        self._events: list[tuple[Case, str, int, dict[str, Any]]] = []

    # Cases are remembered by identity: those that are new have no number yet.

    def add(self, case: Case) -> Case:
        """Take in a new case; it gets its number when the batch is written."""
        self._new.append(case)
        self.touch(case)
        return case

    def touch(self, case: Case) -> None:
        """Note that a case changes."""
        if id(case) not in self._touched:
            self._touched[id(case)] = case
            self._kept[id(case)] = kept = kept_of(case)
            self._before[id(case)] = kept.runs
            self._marks[id(case)] = []
            self._held[id(case)] = 0 if case.pk is None else _held_for(case)

    def mark(self, case: Case, what: Any, at: int | None = None, state: str = "") -> None:
        """Move the clocks of a case."""
        self.touch(case)
        self._marks[id(case)].append(Mark(self.now if at is None else at, what, state))

    def replace_clocks(self, case: Case, kept: Kept) -> None:
        """Give a case clocks that were counted anew from its entries."""
        self.touch(case)
        self._kept[id(case)] = kept
        self._before[id(case)] = ()
        Timing.objects.filter(case=case).delete()

    def follow_targets(self, case: Case) -> None:
        """Count a case's deadlines by the targets and calendars as they are now."""
        self.touch(case)
        held = self.book.held_for(case.channel, case.kind)
        mark = Mark(self.now, "targets", targets=self.book.targets(held))
        self._kept[id(case)] = moved(self._kept[id(case)], [mark], held, self.book)

    def entry(self, case: Case, entry: Entry) -> Entry:
        """Add an entry, as the last of its case; what was said is then shown in the list."""
        self.touch(case)
        case.entry_count += 1
        entry.number = case.entry_count
        entry.customer_id = entry.customer_id or case.customer_id
        entry.text, entry.by = storable(entry.text), storable(entry.by)
        self._entries.append((case, entry))
        if entry.kind != c.EVENT:
            case.preview = preview_of(entry.text) or preview_of(", ".join(entry.attachments))
            case.preview_by = c.NOTE if entry.kind == c.NOTE else entry.author
            case.last_at = max(entry.at, case.last_at) if case.last_at else entry.at
        return entry

    def happening(self, case: Case, what: str, by: str = "", /, **told: Any) -> Entry:
        """Add an event to a case's entries: the trail of who did what."""
        entry = Entry(
            kind=c.EVENT,
            author=c.AGENT if by else c.BOT,
            by=by,
            what=what,
            told=told,
            at=from_micros(self.now),
        )
        return self.entry(case, entry)

    def tell(self, case: Case, name: str, at: int | None = None, /, **told: Any) -> None:
        """Tell the log what happened to a case."""
        self._events.append((case, name, self.now if at is None else at, told))

    def commit(self) -> None:
        """Write everything. Runs in the caller's transaction."""
        timings: list[tuple[Any, ...]] = []
        for case in self._touched.values():
            self._settle(case)
        if self._new:
            Case.objects.bulk_create(self._new)
        new = {id(case) for case in self._new}
        old = [case for case in self._touched.values() if id(case) not in new]
        run_many(UPDATE, [_row(case) for case in old])
        for case, entry in self._entries:
            entry.case = case
        Entry.objects.bulk_create(entry for _, entry in self._entries)
        add_words((case, entry) for case, entry in self._entries if entry.kind != c.EVENT)
        for case in self._touched.values():
            timings += self._timings(case)
            _hold(case, before=self._held[id(case)])
        run_many(TIMING, timings)
        append_events([_event(*event) for event in self._events])
        transaction.on_commit(wake)

    def _settle(self, case: Case) -> None:
        kept = self._kept[id(case)]
        held = self.book.held_for(case.channel, case.kind)
        marks = self._marks[id(case)]
        if held != kept.held:
            at = marks[0].at if marks else self.now
            marks.insert(0, Mark(at, "targets", targets=self.book.targets(held)))
        if marks:
            kept = moved(kept, marks, held, self.book)
        self._kept[id(case)] = kept
        show(case, kept)
        case.changed_at = from_micros(self.now)
        if case.pk is not None:
            case.version += 1

    def _timings(self, case: Case) -> Iterator[tuple[Any, ...]]:
        before = {(run.clock, run.number): run for run in self._before[id(case)]}
        for run in self._kept[id(case)].runs:
            if before.get((run.clock, run.number)) != run:
                yield (
                    *(case.pk, run.clock, run.number, case.channel, case.queue, run.started_at),
                    *(run.due_at, run.stopped_at, run.working, run.calendar),
                    *(run.is_dropped, run.has_target),
                )


def _row(case: Case) -> tuple[Any, ...]:
    connection = transaction.get_connection()
    values = (field.get_db_prep_save(getattr(case, field.attname), connection) for field in COLUMNS)
    return (*values, case.pk)


def _held_for(case: Case) -> int:
    """Return the customer to whom campaigns wait because of this case; 0 for nobody."""
    return case.customer_id if case.kind == c.COMPLAINT and case.state != c.CLOSED else 0


def source_of(case: int) -> str:
    """Return under which name an open complaint holds campaigns back."""
    return f"case:{case}"


def _hold(case: Case, *, before: int) -> None:
    """Hold campaigns back while a complaint is open, and no longer."""
    after = _held_for(case)
    if before and before != after:
        let_go(source_of(case.pk))
    if after and before != after:
        hold_back(after, OPEN_CASE, source_of(case.pk))


def _event(case: Case, name: str, at: int, told: dict[str, Any]) -> NewEvent:
    properties = {
        "case": case.pk,
        "channel": case.channel,
        "kind": case.kind,
        "themes": case.themes,
        "severity": case.severity,
        "queue": case.queue,
        "assignee": case.assignee,
        **told,
    }
    return NewEvent(case.customer_id, name, at, _encode({"properties": properties}).decode())


@contextmanager
def changing(
    cases: Sequence[int], *, version: int | None = None, now: int | None = None
) -> Iterator[Batch]:
    """Hold `cases` against everybody else, let the caller change them, and write it all at the end.

    A case that has been merged into another is taken as that other one. `version`: of the one case, as
    its changer saw it. Raises NoSuchCase, ChangedMeanwhile.
    """
    with transaction.atomic():
        found = held_cases(cases)
        missing = set(cases) - set(found)
        if missing:
            raise NoSuchCase(f"There is no case {min(missing)}.", case=min(missing))
        held = list(found.values())
        if version is not None and held[0].version != version:
            raise ChangedMeanwhile(case=held[0].pk, version=held[0].version)
        batch = Batch(
            {case.pk: case for case in held}.values(), now_micros() if now is None else now
        )
        for asked, case in found.items():
            batch.cases[asked] = case
        yield batch
        batch.commit()


def held_cases(cases: Collection[int]) -> dict[int, Case]:
    """Return cases by the numbers asked for, held until the transaction ends; merged ones lead on."""
    roots = roots_of(cases)
    rows = Case.objects.select_for_update().filter(pk__in=set(roots.values())).order_by("pk")
    held = {case.pk: case for case in rows}
    return {asked: held[root] for asked, root in roots.items() if root in held}


def roots_of(cases: Collection[int]) -> dict[int, int]:
    """Return into which case each of `cases` has been merged in the end: itself, if into none."""
    roots = {case: case for case in cases}
    while True:
        into = dict(
            Case.objects.filter(pk__in=set(roots.values()), merged_into__isnull=False).values_list(
                "pk", "merged_into"
            )
        )
        if not into:
            return roots
        roots = {case: into.get(root, root) or root for case, root in roots.items()}


def preview_of(text: str) -> str:
    """Return a text as the list shows it: its beginning, in one line."""
    return " ".join(text.split())[:PREVIEW]


def micros_of(at: datetime | None, now: int) -> int:
    """Return an instant, by default `now`."""
    return now if at is None else to_micros(at)
