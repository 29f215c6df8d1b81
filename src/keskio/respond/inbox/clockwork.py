"""Between tables and clocks: how a case's clocks are kept in its row, and what the row shows of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from keskio.engine.clocks import Mark, Run, Standing, fold
from keskio.kernel.clock import Micros, from_micros, to_micros
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.calendars import Book, Held
from keskio.respond.inbox.models import Case, Entry

FAR = 10**18
"""Added to a place in the list: what is not due comes after everything that is."""
QUIET = 2 * FAR
"""From this place on stand those in which nobody waits for us: lists of the unanswered end before it."""


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """The clocks of a case as its row keeps them: the target stands apart from the standing.

    `watched` names the deadline that has been warned of or handed over: clock, run and instant.
    """

    held: Held = Held()
    at: Micros = 0
    opened_at: Micros | None = None
    state: str = c.NEW
    since: Micros = 0
    unanswered_since: Micros | None = None
    first_answered_at: Micros | None = None
    stays: tuple[tuple[str, Micros, Micros], ...] = ()
    runs: tuple[Run, ...] = ()
    watched: str = ""


read_kept = msgspec.json.Decoder(Kept).decode
_write = msgspec.json.Encoder().encode


def kept_of(case: Case) -> Kept:
    """Return the clocks of a case, new ones for a new case."""
    return read_kept(case.clocks) if case.clocks else Kept()


def standing_of(kept: Kept, book: Book) -> Standing:
    """Return the clocks as the engine takes them."""
    return Standing(
        kept.at,
        kept.opened_at,
        kept.state,
        kept.since,
        kept.unanswered_since,
        kept.first_answered_at,
        kept.stays,
        kept.runs,
        book.targets(kept.held),
    )


def moved(kept: Kept, marks: Iterable[Mark], held: Held, book: Book) -> Kept:
    """Return the clocks after `marks`; `held` is the target in force after them."""
    standing = fold(marks, standing_of(kept, book))
    return replace(
        kept,
        held=held,
        at=standing.at,
        opened_at=standing.opened_at,
        state=standing.state,
        since=standing.since,
        unanswered_since=standing.unanswered_since,
        first_answered_at=standing.first_answered_at,
        stays=standing.stays,
        runs=standing.runs,
    )


def reset(kept: Kept) -> Kept:
    """Return clocks that have not begun, by the same target."""
    return Kept(kept.held, watched=kept.watched)


def next_due(kept: Kept) -> Run | None:
    """Return the running clock whose deadline comes first."""
    return Standing(runs=kept.runs).next_due


def show(case: Case, kept: Kept) -> None:
    """Write into a case's row what its clocks say, where it stands in the list, and when to look at it."""
    due = next_due(kept)
    watched = f"{due.clock}:{due.number}:{due.due_at}" if due else ""
    if watched != kept.watched:
        case.is_warned = case.is_handed_over = False
        kept = replace(kept, watched=watched)
    case.state = kept.state
    case.target_id = kept.held.id or None
    case.due_at = _instant(due.due_at if due else None)
    case.due_kind = due.clock if due else ""
    case.warn_at = _instant(due.warn_at if due else None)
    case.unanswered_since = _instant(kept.unanswered_since)
    case.first_answered_at = _instant(kept.first_answered_at)
    case.place, case.sort_at = _place(case, kept, due)
    case.look_at = _instant(_look_at(case, due))
    case.clocks = _write(kept).decode()


def _instant(at: Micros | None) -> datetime | None:
    return None if at is None else from_micros(at)


def _place(case: Case, kept: Kept, due: Run | None) -> tuple[int, int]:
    """Return the list of a case and its place there.

    In work: the next deadline; then, without one, who has waited longest; then, where nobody waits for
    us, who was heard of longest ago. Snoozed: who wakes first. Closed: the newest first.
    """
    if kept.state == c.CLOSED:
        return (c.AWAY if case.merged_into else c.DONE), -kept.since
    if kept.state == c.SNOOZED and case.snoozed_until is not None:
        return c.ASLEEP, to_micros(case.snoozed_until)
    if due is not None and due.due_at is not None:
        return c.ACTIVE, due.due_at
    if kept.unanswered_since is not None:
        return c.ACTIVE, FAR + kept.unanswered_since
    return c.ACTIVE, QUIET + to_micros(case.last_at)


def _look_at(case: Case, due: Run | None) -> Micros | None:
    looks: list[Micros] = []
    if case.state == c.SNOOZED and case.snoozed_until is not None:
        looks.append(to_micros(case.snoozed_until))
    if due is not None and due.due_at is not None and not case.is_handed_over:
        # To answer at the very deadline is in time.
        late = due.due_at + 1
        looks.append(late if case.is_warned or due.warn_at is None else due.warn_at)
    return min(looks, default=None)


def marks_of(entries: Iterable[Entry]) -> list[Mark]:
    """Return what moves clocks among `entries`, in order of time: for cases put together or taken apart."""
    found: list[Mark] = []
    for entry in sorted(entries, key=lambda one: (one.at, one.case_id, one.number)):
        at = to_micros(entry.at)
        if entry.kind == c.IN and entry.author == c.CUSTOMER:
            found.append(Mark(at, "customer"))
        elif entry.kind == c.OUT and entry.author == c.AGENT and entry.is_public:
            found.append(Mark(at, "answer"))
        elif entry.kind == c.EVENT and "state" in entry.told:
            found.append(Mark(at, "state", str(entry.told["state"])))
    return found
