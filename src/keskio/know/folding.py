"""What a customer is, made anew from what was told of its records: the log, the ledger, the register.

The rows of customers are kept up as things are told; this module says what they must be. Merging by hand,
un-merging and the tests build rows from it. A merge that was undone counts as if it had never been.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from keskio.events.api import told_of_records
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.consents import (
    COMPLAINT,
    START_WORD,
    STOP_WORD,
    Line,
    Standing,
    is_news,
    join_states,
)
from keskio.know.contracts import ANY_PURPOSE, GIVEN, WITHDRAWN
from keskio.know.identifiers import ANONYMOUS
from keskio.know.records import Record, pick_up, settle_addresses, take_traits

TELL_TRAITS = ("customer.identified", "customer.updated", "customer.computed")


class _Sent(msgspec.Struct, frozen=True, gc=False):
    trusted: bool = True


class _Body(msgspec.Struct, frozen=True, gc=False):
    traits: dict[str, Any] = {}
    sent: _Sent = _Sent()


_body = msgspec.json.Decoder(_Body).decode


class Step(msgspec.Struct, frozen=True, gc=False):
    """A merge in force: `gone` became `into` when the register had come to `register`."""

    id: int
    gone: int
    into: int
    register: int


class Register(msgspec.Struct, gc=False):
    """What the register of consents says of one customer."""

    states: dict[str, str]
    standings: dict[str, Standing]


def steps_among(records: Collection[int]) -> list[Step]:
    """Return the merges in force between `records`, in their order."""
    sql = (
        "SELECT id, customer_id, into_id, register_id FROM know_merge"  # noqa: S608 - constants
        f" WHERE undone_at IS NULL AND {any_of('customer_id')} ORDER BY id"
    )
    return [Step(*row) for row in fetch(sql, (listed(records),))]


def records_of(customers: Collection[int]) -> dict[int, list[int]]:
    """Return all records of each of `customers`: itself, then those merged into it."""
    found = {customer: [customer] for customer in customers}
    sql = (
        "SELECT merged_into_id, id FROM know_customer"  # noqa: S608 - constants
        f" WHERE merged_into_id IS NOT NULL AND {any_of('merged_into_id')} ORDER BY id"
    )
    for customer, record in fetch(sql, (listed(customers),)):
        found[customer].append(record)
    return found


def fold_traits(record: Record, records: Collection[int], *, until: Micros | None = None) -> None:
    """Make the traits of `record` what the log has told of `records` (up to an instant, if given)."""
    record.traits, record.trait_times = {}, {}
    record.email = record.phone = ""
    for event in told_of_records(records, TELL_TRAITS):
        if until is None or event.at <= until:
            told = _body(event.body)
            take_traits(record, told.traits, at=event.at, is_trusted=told.sent.trusted)
    pick_up(record)


def fold_register(
    records: Collection[int], steps: Sequence[Step], *, until: Micros | None = None
) -> Register:
    """Return what the register says of `records` that the merges `steps` have made one customer.

    The stricter holds where two records met; what was told later than that counts for both.
    """
    found = fold_registers({0: list(records)}, steps, until=until)
    return found[0]


def fold_registers(
    of: Mapping[int, Sequence[int]],
    steps: Sequence[Step],
    *,
    among: Collection[int] = (),
    until: Micros | None = None,
) -> dict[int, Register]:
    """Return the register of each customer of `of`, which maps to the records to fold. One query.

    `among`: the customers under whom lines of theirs may stand, where those are more.
    """
    home = {record: customer for customer, records in of.items() for record in records}
    lines: dict[int, list[tuple[int, int, Line]]] = {customer: [] for customer in of}
    for number, record, line in _lines_of(among or home):
        if record in home and (until is None or line.at <= until):
            lines[home[record]].append((number, record, line))
    merges: dict[int, list[Step]] = {customer: [] for customer in of}
    for step in steps:
        if step.gone in home and step.into in home:
            merges[home[step.gone]].append(step)
    return {c: _replayed(lines[c], merges[c], records) for c, records in of.items()}


def _lines_of(records: Collection[int]) -> list[tuple[int, int, Line]]:
    """Return the lines of the register told of `records`, oldest first: (number, record, line)."""
    sql = (
        "SELECT id, coalesce(record_id, customer_id), customer_id, purpose, channel, state, at,"  # noqa: S608 - constants
        " source, cause, actor, text_version, proof, expires_at, record_id FROM know_consent"
        f" WHERE {any_of('customer_id')} ORDER BY id"
    )
    rows = fetch(sql, (listed(records),))
    return [(row[0], row[1], Line(*row[2:])) for row in rows]


def _replayed(
    lines: Sequence[tuple[int, int, Line]], steps: Sequence[Step], records: Sequence[int]
) -> Register:
    books = {record: Register({}, {}) for record in records}
    now_is: dict[int, int] = {}
    waiting = list(steps)

    def now(record: int) -> int:
        while record in now_is:
            record = now_is[record]
        return record

    def meet(step: Step) -> None:
        gone, into = now(step.gone), now(step.into)
        books[into] = join_registers(books[into], books.pop(gone))
        now_is[gone] = into

    for number, record, line in lines:
        while waiting and waiting[0].register < number:
            meet(waiting.pop(0))
        take_line(books[now(record)], line)
    for step in waiting:
        meet(step)
    (book,) = books.values()
    return book


def join_registers(ours: Register, theirs: Register) -> Register:
    """Return what holds of two records that turned out to be one customer: the stricter, and the newer."""
    standings = dict(ours.standings)
    for key, standing in theirs.standings.items():
        if key not in standings or standing.at > standings[key].at:
            standings[key] = standing
    return Register(join_states(ours.states, theirs.states), standings)


def take_line(book: Register, line: Line) -> bool:
    """Take `line` into `book`; return whether it changes anything.

    What a stop or a start word carried along with it counts only where there is something to carry.
    """
    last = book.standings.get(line.key)
    state = book.states.get(line.key)
    if line.purpose != ANY_PURPOSE:
        if line.cause in {STOP_WORD, COMPLAINT} and line.state == WITHDRAWN and state != GIVEN:
            return False
        was_stopped = last is not None and (last.cause, last.state) == (STOP_WORD, WITHDRAWN)
        if line.cause == START_WORD and not was_stopped:
            return False
    if not is_news(line, state, last):
        return False
    book.states[line.key] = line.state
    book.standings[line.key] = Standing(line.state, line.cause, line.at, line.expires_at)
    return True


def refold(records: Mapping[int, Record]) -> None:
    """Bring the rows of customers up to what was told of all their records. `records` by customer."""
    of = records_of(set(records))
    steps = steps_among({record for ids in of.values() for record in ids})
    for customer, register in fold_registers(of, steps).items():
        records[customer].consents = register.states
    for customer, record in records.items():
        fold_traits(record, of[customer])
    settle_addresses(records.values())


def known_since(customers: Collection[int]) -> dict[int, Micros | None]:
    """Return since when each of `customers` has had a telling, proven identifier (None: it has none)."""
    since: dict[int, Micros | None] = dict.fromkeys(customers)
    sql = (
        "SELECT customer_id, type, min(at) FROM know_link"  # noqa: S608 - constants
        f" WHERE ended_at IS NULL AND is_proven AND {any_of('customer_id')} GROUP BY 1, 2"
    )
    for customer, kind, at in fetch(sql, (listed(customers),)):
        if kind in ANONYMOUS:
            continue
        before = since[customer]
        since[customer] = at if before is None else min(before, at)
    return since
