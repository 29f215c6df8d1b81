"""Merged customers and what they are in: law 16 in the tables. Its rules are `engine.dialogue.uniting`.

The runner takes `customer.merged` and `customer.unmerged` in the order of the log. From then on all
that is one person's stands under one number: enrolments keep in `record_id` whose they were, and
`talk_merged` says under which number a record's events are taken, so that what is still written to the
old number reaches its enrolment. Messages and decisions stay with the number they were made for.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
from django.db import DataError, IntegrityError, transaction

from keskio.engine.dialogue.packing import pack, unpack
from keskio.engine.dialogue.routing import Happening
from keskio.engine.dialogue.uniting import (
    JOINED,
    MERGED,
    MERGES,
    PARTED,
    Aside,
    Belonging,
    part,
    set_aside,
    unite,
)
from keskio.events.api import append_events
from keskio.events.contracts import LoggedEvent, NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run, run_many
from keskio.talk.contracts import Ruling
from keskio.talk.programs import Programs
from keskio.talk.store import (
    REOPEN_ENROLMENT,
    Delta,
    commit,
    put_in_error,
    text_of,
    withdrawn_event,
)

ALREADY_TOLD = "already_told"
AT_ONCE = 500  # merges that are taken together; more are taken in several goes
NOT_HAD = ("withdrawn", "failed", "bounced")
FAULTS = (
    *(IntegrityError, DataError, ValueError, KeyError, TypeError, AttributeError),
    ArithmeticError,
)

ENROLMENTS = """
    SELECT id, version_id, customer_id, coalesce(record_id, customer_id), object_key, status,
           outcome, step, entered_at, changed_at, CASE WHEN status <> 3 THEN state END
    FROM talk_enrolment WHERE {customers} ORDER BY id
"""
MESSAGES = "SELECT enrolment_id, visit, step, channel, state FROM talk_message WHERE {enrolments}"
ASIDES = "SELECT enrolment_id, by_id, state FROM talk_aside WHERE {enrolments}"
MOVE = """
    UPDATE talk_enrolment SET customer_id = %s, record_id = coalesce(record_id, customer_id)
    WHERE customer_id = %s
"""
MOVE_BACK = (
    "UPDATE talk_enrolment SET customer_id = %s, record_id = nullif(record_id, %s) WHERE id = %s"
)
SET_ASIDE = """
    INSERT INTO talk_aside (enrolment_id, by_id, customer_id, at, state) VALUES (%s, %s, %s, %s, %s)
"""
NO_LONGER = """
    UPDATE talk_message SET state = 'withdrawn', reason = %s, settled_at = %s
    WHERE enrolment_id = %s AND visit = %s AND state = 'claimed'
    RETURNING id, enrolment_id, visit, customer_id, channel, step
"""
NOW_UNDER = """
    INSERT INTO talk_merged (record_id, customer_id) VALUES (%s, %s)
    ON CONFLICT (record_id) DO UPDATE SET customer_id = excluded.customer_id
"""
ANY_MERGED = "SELECT 1 FROM talk_merged LIMIT 1"
UNDER = "SELECT record_id, customer_id FROM talk_merged WHERE {records}"
OWNERS = "SELECT id, customer_id FROM talk_enrolment WHERE {enrolments}"
log = logging.getLogger(__name__)


class Turn(msgspec.Struct, frozen=True):
    """One merge, or its undoing, as the log tells it: `gone` and `remains`; `records` go back."""

    gone: int
    remains: int
    at: Micros
    records: frozenset[int] = frozenset()

    @property
    def is_parting(self) -> bool:
        """Tell whether one becomes two."""
        return bool(self.records)


class _Row(msgspec.Struct, frozen=True):
    """An enrolment as it stands; `state` is None for one in error."""

    id: int
    version: int
    customer: int
    record: int
    object: str
    status: int
    outcome: str
    step: str
    entered_at: Micros
    changed_at: Micros
    state: Any


class _Told(msgspec.Struct, frozen=True):
    customer: int = 0
    into: int = 0
    from_: int = msgspec.field(name="from", default=0)
    records: tuple[int, ...] = ()


class _Body(msgspec.Struct, frozen=True):
    properties: _Told = _Told()


_read = msgspec.json.Decoder(_Body).decode


def runs_of(events: Sequence[LoggedEvent]) -> Iterator[tuple[bool, list[LoggedEvent]]]:
    """Return `events` cut where merges begin and end: (whether these are merges, events), in order."""
    run: list[LoggedEvent] = []
    for event in events:
        if run and (event.name in MERGES) != (run[0].name in MERGES):
            yield run[0].name in MERGES, run
            run = []
        run.append(event)
    if run:
        yield run[0].name in MERGES, run


def turns_of(events: Sequence[LoggedEvent]) -> list[Turn]:
    """Return the merges and partings that `events` tell, in order; each parting is told twice."""
    turns: list[Turn] = []
    for event in events:
        told = _read(event.body).properties
        if event.name == JOINED and told.into:
            turns.append(Turn(told.customer, told.into, event.at))
        elif event.name == PARTED and event.customer != told.customer and told.from_:
            records = frozenset({told.customer, *told.records})
            turns.append(Turn(told.customer, told.from_, event.at, records))
    return turns


def take_turns(turns: Sequence[Turn], programs: Programs, now: Micros) -> None:
    """Unite and part what the customers of `turns` are in, inside the caller's transaction.

    Those that do not touch each other are done together. Where one customer's state cannot be read,
    that one's enrolments go into error and nobody else's.
    """
    for together in _rounds(turns):
        try:
            with transaction.atomic():
                _take_together(together, programs, now)
        except FAULTS:
            log.exception("Merges failed together; they are taken one by one")
            for turn in together:
                _take_alone(turn, programs, now)


def readdressed(found: Sequence[tuple[int, Happening]]) -> list[tuple[int, Happening]]:
    """Return (customer, happening) under the numbers that are in force at this place of the log.

    What is addressed to an enrolment goes to whoever has it now. One query; another where merged
    customers are among them.
    """
    if not fetch(ANY_MERGED):
        return list(found)
    records = {customer for customer, _ in found}
    under = dict(fetch(UNDER.format(records=any_of("record_id")), (listed(records),)))
    if not under:
        return list(found)
    asked = {number for customer, h in found if customer in under and (number := _addressee(h))}
    owners: dict[int, int] = {}
    if asked:
        owners = dict(fetch(OWNERS.format(enrolments=any_of("id")), (listed(asked),)))
    return [
        (owners.get(_addressee(h)) or under[customer], h) if customer in under else (customer, h)
        for customer, h in found
    ]


def _addressee(happening: Happening) -> int:
    number = happening.properties.get("enrolment")
    return number if isinstance(number, int) else 0


def _rounds(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """Return `turns` in order, in groups within which no customer occurs twice."""
    together: list[Turn] = []
    touched: set[int] = set()
    for turn in turns:
        customers = {turn.gone, turn.remains}
        if touched & customers or len(together) == AT_ONCE:
            yield together
            together, touched = [], set()
        together.append(turn)
        touched |= customers
    if together:
        yield together


def _take_alone(turn: Turn, programs: Programs, now: Micros) -> None:
    for _ in range(2):
        try:
            with transaction.atomic():
                _take_together([turn], programs, now)
        except FAULTS as fault:
            log.exception("Customers %s and %s go into error", turn.gone, turn.remains)
            put_in_error(turn.gone, str(fault), now)
            put_in_error(turn.remains, str(fault), now)
        else:
            return


def _take_together(turns: Sequence[Turn], programs: Programs, now: Micros) -> None:
    rows: dict[int, list[_Row]] = {}
    customers = [number for turn in turns for number in (turn.gone, turn.remains)]
    sql = ENROLMENTS.format(customers=any_of("customer_id"))
    for values in fetch(sql, (listed(customers),)):
        row = _Row(*values)
        rows.setdefault(row.customer, []).append(row)
    merges = [turn for turn in turns if not turn.is_parting]
    if merges:
        _unite(merges, rows, programs, now)
    for turn in turns:
        if turn.is_parting:
            _part(turn, rows.get(turn.remains, []), programs, now)
    _write_under(turns)


def _unite(
    merges: Sequence[Turn], rows: dict[int, list[_Row]], programs: Programs, now: Micros
) -> None:
    pairs = [(turn, _shared(rows, turn, programs)) for turn in merges]
    ledger = _ledger([row.id for _, shared in pairs for row in shared])
    delta = Delta()
    asides: list[Any] = []
    needless: list[tuple[int, int]] = []
    for turn, shared in pairs:
        by_id = {row.id: row for row in shared}
        united = unite([_belonging(row, row.customer, programs, ledger) for row in shared])
        for aside in united.asides:
            _end(delta, by_id[aside.id], aside, turn.remains, programs, now)
            asides.append((aside.id, aside.by, turn.remains, now, pack(aside.state)))
        delta.changed.update(united.changed)
        needless += united.needless
    commit(delta, now=now)
    run_many(SET_ASIDE, asides)
    told = [row for pair in needless for row in fetch(NO_LONGER, (ALREADY_TOLD, now, *pair))]
    append_events([withdrawn_event(row, ALREADY_TOLD, now) for row in told])
    run_many(MOVE, [(turn.remains, turn.gone) for turn in merges if turn.gone in rows])


def _shared(rows: dict[int, list[_Row]], turn: Turn, programs: Programs) -> list[_Row]:
    """Return the enrolments of both in what both have been in, where somebody still is."""
    both = [*rows.get(turn.gone, []), *rows.get(turn.remains, [])]
    sides: dict[tuple[int, str], set[tuple[int, bool]]] = {}
    for row in both:
        key = (programs.by_version[row.version].dialogue, row.object)
        sides.setdefault(key, set()).update({(row.customer, False), (0, row.status == 0)})
    wanted = {
        key
        for key, found in sides.items()
        if {(turn.gone, False), (turn.remains, False), (0, True)} <= found
    }
    return [
        row
        for row in both
        if (programs.by_version[row.version].dialogue, row.object) in wanted
        and row.state is not None
    ]


def _end(
    delta: Delta, row: _Row, aside: Aside, customer: int, programs: Programs, now: Micros
) -> None:
    """Note in `delta` that an enrolment ends because another goes on instead."""
    delta.changed[row.id] = set_aside(unpack(bytes(row.state)))
    delta.over.append(row.id)
    delta.tally[row.version, "", f"exited:{MERGED}"] += 1
    delta.rulings.append(
        Ruling(
            at=now,
            customer=customer,
            enrolment=row.id,
            version=row.version,
            step=row.step,
            visit=aside.state.visit,
            verdict="exited",
            reason=MERGED,
            values={"by": aside.by},
        )
    )
    ending = {"status": "exited", "outcome": MERGED}
    delta.events.append(
        _told_event("dialogue.ended", row, customer, programs, now, {**ending, "by": aside.by})
    )


def _part(turn: Turn, rows: Sequence[_Row], programs: Programs, now: Micros) -> None:
    ledger = _ledger([row.id for row in rows])
    side = {row.id: turn.gone if row.record in turn.records else turn.remains for row in rows}
    sql = ASIDES.format(enrolments=any_of("enrolment_id"))
    asides = [
        Aside(number, by, unpack(bytes(state))) for number, by, state in fetch(sql, (listed(side),))
    ]
    belongings = [
        _belonging(row, side[row.id], programs, ledger) for row in rows if row.state is not None
    ]
    parted = part(belongings, asides, now)
    going = [row for row in rows if side[row.id] == turn.gone]
    run_many(MOVE_BACK, [(turn.gone, turn.gone, row.id) for row in going])
    run_many(
        "UPDATE talk_aside SET customer_id = %s WHERE enrolment_id = %s",
        [(turn.gone, row.id) for row in going],
    )
    by_id = {row.id: row for row in rows}
    delta = Delta(changed=dict(parted.changed))
    run_many(
        REOPEN_ENROLMENT,
        [(s.step, now, s.due, pack(s), number) for number, s in parted.reopened.items()],
    )
    for number, state in parted.reopened.items():
        row, step = by_id[number], {"step": state.step}
        delta.tally[row.version, "", f"exited:{MERGED}"] -= 1
        told = _told_event("dialogue.reopened", row, side[number], programs, now, step)
        delta.events.append(told)
    commit(delta, now=now)
    run_many(
        "UPDATE talk_aside SET by_id = %s WHERE enrolment_id = %s",
        [(aside.by, aside.id) for aside in parted.still],
    )
    forgotten = [*parted.reopened, *parted.expired]
    run(f"DELETE FROM talk_aside WHERE {any_of('enrolment_id')}", (listed(forgotten),))  # noqa: S608 - constants


def _told_event(
    name: str, row: _Row, customer: int, programs: Programs, now: Micros, more: dict[str, Any]
) -> NewEvent:
    program = programs.by_version[row.version].program
    told = {"dialogue": program.key, "version": program.version, "enrolment": row.id, **more}
    return NewEvent(customer, name, now, text_of({"properties": told}))


def _ledger(enrolments: Collection[int]) -> dict[int, list[tuple[int, str, str, str]]]:
    """Return (visit, step, channel, state) of the messages of each, locked so that none leaves now."""
    found: dict[int, list[tuple[int, str, str, str]]] = {}
    if not enrolments:
        return found
    sql = MESSAGES.format(enrolments=any_of("enrolment_id"))
    if is_postgres():
        sql += " ORDER BY id FOR UPDATE"
    for number, *told in fetch(sql, (listed(enrolments),)):
        found.setdefault(number, []).append((told[0], told[1], told[2], told[3]))
    return found


def _belonging(
    row: _Row,
    side: int,
    programs: Programs,
    ledger: dict[int, list[tuple[int, str, str, str]]],
) -> Belonging:
    loaded = programs.by_version[row.version]
    messages = ledger.get(row.id, [])
    return Belonging(
        id=row.id,
        program=loaded.program,
        dialogue=loaded.dialogue,
        side=side,
        entered_at=row.entered_at,
        left_at=None if row.status == 0 else row.changed_at,
        enrolment=unpack(bytes(row.state)),
        had={
            step: channel
            for _, step, channel, state in messages
            if state not in NOT_HAD and state != "claimed"
        },
        unsent={visit: step for visit, step, _, state in messages if state == "claimed"},
    )


def _write_under(turns: Sequence[Turn]) -> None:
    """Write under which numbers the events of all these are taken from now on."""
    under: list[tuple[int, int]] = []
    moved: list[tuple[int, int]] = []
    for turn in turns:
        under.append((turn.remains, turn.remains))
        if turn.is_parting:
            under += [(record, turn.gone) for record in sorted(turn.records)]
        else:
            under.append((turn.gone, turn.remains))
            moved.append((turn.remains, turn.gone))
    run_many("UPDATE talk_merged SET customer_id = %s WHERE customer_id = %s", moved)
    run_many(NOW_UNDER, under)
