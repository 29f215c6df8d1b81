"""The engine's store: loads what a batch of customers is in, and commits what came of it.

A port of two calls, `load` and `commit`, on rows: everything can be asked with SQL. Another layout
may follow behind the same two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from msgspec.structs import astuple

from keskio.engine.dialogue.enrolment import ENDED, EXITED, FAILED, WAITING, Enrolment
from keskio.engine.dialogue.packing import pack, unpack
from keskio.engine.dialogue.routing import Inside, Past
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.errors import Trouble
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.talk.contracts import Claim, Ruling
from keskio.talk.programs import Programs

STATUS = {WAITING: 0, ENDED: 1, EXITED: 2, FAILED: 3}
LAST_ENROLMENT = "talk.last_enrolment"

ENROLMENTS = """
    SELECT id, version_id, customer_id, object_key, status, entered_at,
           CASE WHEN status = 0 THEN state END
    FROM talk_enrolment WHERE {customers} ORDER BY id
"""
DUE = "SELECT customer_id FROM talk_enrolment WHERE due_at <= %s{among} ORDER BY due_at LIMIT %s"
RESERVE = """
    INSERT INTO events_cursor (name, position) VALUES (%s, %s)
    ON CONFLICT (name) DO UPDATE SET position = events_cursor.position + excluded.position
    RETURNING position
"""
BLOCK = 10_000  # numbers of enrolments that a runner takes for itself at a time
INTO_ERROR = """
    UPDATE talk_enrolment
    SET status = 3, outcome = 'broken_step', due_at = NULL, changed_at = %s, closed = id
    WHERE customer_id = %s AND status = 0
    RETURNING id, version_id, step
"""
INSERT_ENROLMENT = """
    INSERT INTO talk_enrolment
        (status, step, outcome, changed_at, due_at, state, closed,
         id, dialogue_id, version_id, customer_id, object_key, entered_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
# Who stays inside keeps the columns that stand in an index, which then is not touched.
MOVE_ENROLMENT = """
    UPDATE talk_enrolment SET step = %s, changed_at = %s, due_at = %s, state = %s WHERE id = %s
"""
END_ENROLMENT = """
    UPDATE talk_enrolment
    SET status = %s, step = %s, outcome = %s, changed_at = %s, due_at = %s, state = %s, closed = %s
    WHERE id = %s
"""
REOPEN_ENROLMENT = """
    UPDATE talk_enrolment
    SET status = 0, outcome = '', closed = 0, step = %s, changed_at = %s, due_at = %s, state = %s
    WHERE id = %s
"""
CHANGE_VERSION = "UPDATE talk_enrolment SET version_id = %s WHERE id = %s"
INSERT_MOVED = """
    INSERT INTO talk_moved
        (change_id, enrolment_id, customer_id, version_id, verdict, reason, step, to_step, deadline,
         at, before, after, undone)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')
    ON CONFLICT (change_id, enrolment_id) DO NOTHING
"""
MARK_UNDONE = """
    UPDATE talk_moved SET undone = %s
    WHERE change_id = %s AND enrolment_id = %s AND undone = ''
      AND verdict IN ('followed', 'moved', 'exited')
"""
# Every value a parameter: such a statement is written many rows at once (`run_many`).
INSERT_MESSAGE = """
    INSERT INTO talk_message
        (enrolment_id, visit, customer_id, version_id, step, channel, purpose, pressure, claimed_at,
         valid_until, why, content, urgency, state, reason, handed_by, provider_id, attempts)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
TAKE_BACK = """
    UPDATE talk_message SET state = 'withdrawn', reason = 'taken_back', settled_at = %s
    WHERE {enrolments} AND state = 'claimed'
    RETURNING id, enrolment_id, visit, customer_id, channel, step
"""
INSERT_DECISION = """
    INSERT INTO talk_decision
        (at, customer_id, enrolment_id, version_id, step, visit, verdict, reason, "values")
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
ADD_TALLY = """
    INSERT INTO talk_tally (version_id, step, outcome, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT (version_id, step, outcome) DO UPDATE SET count = talk_tally.count + excluded.count
"""
INSERT_COUPON = """
    INSERT INTO talk_coupon (is_settled, offer_id, code, customer_id, enrolment_id, visit,
                             reserved_at, valid_until)
    VALUES (FALSE, %s, %s, %s, %s, %s, %s, %s)
"""
TAKE_COUPON = """
    UPDATE talk_coupon
    SET customer_id = %s, enrolment_id = %s, visit = %s, reserved_at = %s, valid_until = %s
    WHERE id = %s
"""
COUNT_GIVEN = """
    UPDATE talk_offer SET given = %s, made = %s, turn = turn + 1 WHERE id = %s AND turn = %s
"""

_encoder = msgspec.json.Encoder()


def text_of(value: Any) -> str:
    """Return `value` as JSON text."""
    return _encoder.encode(value).decode()


class StockMoved(Trouble):
    """Somebody else has changed the stock of an offer meanwhile: the batch begins anew."""

    code = "stock_moved"


class Held(msgspec.Struct, eq=False, gc=False):
    """One customer's enrolments: those open, and when there were others."""

    insides: list[Inside]
    past: dict[tuple[int, str], list[Past]]


class Delta(msgspec.Struct, eq=False):
    """Everything that a batch changes. Rows are in the order in which they came about."""

    entered: dict[int, tuple[Any, ...]] = {}
    changed: dict[int, Enrolment] = {}
    claims: list[Claim] = []
    rulings: list[Ruling] = []
    over: list[int] = []
    tally: Counter[tuple[int, str, str]] = msgspec.field(default_factory=Counter)
    events: list[NewEvent] = []
    traits: dict[int, dict[str, Any]] = {}
    coupons: list[tuple[Any, ...]] = []
    taken_coupons: list[tuple[Any, ...]] = []
    given: dict[int, tuple[int, int, int]] = {}
    versions: dict[int, int] = {}
    moved: list[tuple[Any, ...]] = []
    undone: list[tuple[str, int, int]] = []
    reopened: set[int] = set()


def load(customers: Collection[int], programs: Programs) -> dict[int, Held]:
    """Return what each of `customers` is in, open enrolments in order of entering. One query."""
    held: dict[int, Held] = {}
    sql = ENROLMENTS.format(customers=any_of("customer_id"))
    for row in fetch(sql, (listed(customers),)):
        enrolment, version, customer, object_key, status, entered_at, state = row
        own = held.get(customer)
        if own is None:
            own = held[customer] = Held([], {})
        loaded = programs.by_version[version]
        past = Past(entered_at, status == 0)
        own.past.setdefault((loaded.dialogue, object_key), []).append(past)
        if state is not None:
            own.insides.append(Inside(enrolment, loaded.program, unpack(bytes(state))))
    return held


def due(now: Micros, limit: int, *, among: str = "") -> list[int]:
    """Return the customers of up to `limit` enrolments whose moment has come, earliest first.

    `among`: a condition on customer_id.
    """
    sql = DUE.format(among=f" AND {among}" if among else "")
    return list(dict.fromkeys(row[0] for row in fetch(sql, (now, limit))))


def put_in_error(customer: int, detail: str, now: Micros) -> None:
    """Put the open enrolments of a customer whose signals cannot be taken in error, with the detail."""
    delta = Delta()
    for number, version, step in sorted(fetch(INTO_ERROR, (now, customer))):
        ruling = Ruling(
            at=now,
            customer=customer,
            enrolment=number,
            version=version,
            step=step,
            visit=0,
            verdict="error",
            reason="broken_step",
            values={"detail": detail},
        )
        delta.rulings.append(ruling)
        delta.over.append(number)
        delta.tally[version, "", "error:broken_step"] += 1
    commit(delta, now=now)


class Numbers:
    """Numbers for new enrolments: a block at a time, so that several runners never give out the same.

    Unused numbers of a block are lost with the process.
    """

    def __init__(self) -> None:
        self._next, self._end = 1, 0

    def next(self) -> int:
        """Return a number that nobody else gets."""
        if self._next > self._end:
            self._end = int(fetch(RESERVE, (LAST_ENROLMENT, BLOCK))[0][0])
            self._next = self._end - BLOCK + 1
        self._next += 1
        return self._next - 1

    def forget(self) -> None:
        """Let the block go: it may have been taken in a transaction that was rolled back."""
        self._next, self._end = 1, 0


def commit(delta: Delta, *, now: Micros) -> None:
    """Write `delta`, inside the caller's transaction."""
    taken_back = _take_back(delta, now)
    _update(delta, now)  # first: one event may end an enrolment and begin the next of that customer
    if delta.entered:
        rows = [
            (*_columns(number, delta.changed[number], now), number, *row)
            for number, row in delta.entered.items()
        ]
        run_many(INSERT_ENROLMENT, rows)
    run_many(CHANGE_VERSION, [(version, n) for n, version in sorted(delta.versions.items())])
    run_many(INSERT_MOVED, delta.moved)
    run_many(MARK_UNDONE, delta.undone)
    run_many(INSERT_MESSAGE, [(*astuple(claim), "", "", 0) for claim in delta.claims])
    run_many(INSERT_DECISION, [_decision(ruling) for ruling in delta.rulings])
    _take_from_stock(delta)
    run_many(ADD_TALLY, [(*key, count) for key, count in sorted(delta.tally.items())])
    append_events([*delta.events, *taken_back])


def _take_from_stock(delta: Delta) -> None:
    """Write what was reserved, offers first: whoever comes second finds that the stock has changed."""
    for offer, (given, made, turn) in sorted(delta.given.items()):
        if run(COUNT_GIVEN, (given, made, offer, turn)) != 1:
            raise StockMoved
    run_many(INSERT_COUPON, delta.coupons)
    run_many(TAKE_COUPON, delta.taken_coupons)


def _update(delta: Delta, now: Micros) -> None:
    moved: list[tuple[Any, ...]] = []
    ended: list[tuple[Any, ...]] = []
    reopened: list[tuple[Any, ...]] = []
    for number, enrolment in sorted(delta.changed.items(), key=_first):
        if number in delta.entered:
            continue
        if enrolment.is_over:
            ended.append((*_columns(number, enrolment, now), number))
            continue
        open_again = number in delta.reopened
        rows = reopened if open_again else moved
        rows.append((enrolment.step, now, enrolment.due, pack(enrolment), number))
    run_many(MOVE_ENROLMENT, moved)
    run_many(REOPEN_ENROLMENT, reopened)
    run_many(END_ENROLMENT, ended)


def _columns(number: int, enrolment: Enrolment, now: Micros) -> tuple[Any, ...]:
    status = STATUS[enrolment.status]
    return (
        status,
        enrolment.step,
        enrolment.outcome,
        now,
        enrolment.due,
        pack(enrolment),
        number if status else 0,
    )


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def _decision(ruling: Ruling) -> tuple[Any, ...]:
    return (*astuple(ruling)[:-1], text_of(ruling.values))


def _take_back(delta: Delta, now: Micros) -> list[NewEvent]:
    """Take back what is not yet handed over by those who are out: rows, and claims of this batch."""
    if not delta.over:
        return []
    out = set(delta.over)
    for claim in delta.claims:
        if claim.enrolment in out:
            claim.state, claim.reason = "withdrawn", "taken_back"
    sql = TAKE_BACK.format(enrolments=any_of("enrolment_id"))
    return [
        withdrawn_event(row, "taken_back", now) for row in sorted(fetch(sql, (now, listed(out))))
    ]


def withdrawn_event(row: Iterable[Any], reason: str, now: Micros) -> NewEvent:
    """Return the event that tells why a message did not leave; `row` as TAKE_BACK returns it."""
    message, enrolment, visit, customer, channel, step = row
    properties = {
        "message": message,
        "channel": channel,
        "step": step,
        "enrolment": enrolment,
        "visit": visit,
        "reason": reason,
    }
    return NewEvent(customer, "message.withdrawn", now, text_of({"properties": properties}))
