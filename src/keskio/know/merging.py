"""Two records become one customer, and two again.

A merge adds lines to the ledger under the customer that remains, each bearing the record that had the
identifier. Un-merging retracts them: the lines go back to the customer their record is now, and so do
events and consents; rows are folded anew. Everything happens in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from keskio.events.api import append_events, give_back_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.know.consents import join_states
from keskio.know.folding import Step, known_since, records_of, refold, steps_among
from keskio.know.identifiers import Pair
from keskio.know.records import (
    join_records,
    load_records,
    save_records,
    settle_addresses,
)

INSERT_LINK = """
    INSERT INTO know_link (type, value, customer_id, record_id, at, source_id, message_id, is_proven,
                           merge_id, ended_at, refused)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_INSERT_MERGE = """
    INSERT INTO know_merge (customer_id, into_id, at, source_id, message_id, cause, actor, undone_by,
                            register_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, '', %s)
"""
_REDIRECT = """
    UPDATE know_customer SET merged_into_id = %s, search = '' WHERE id = %s OR merged_into_id = %s
"""
_MOVE_APART = (
    "UPDATE know_apart SET customer_id = %s WHERE customer_id = %s",
    "UPDATE know_apart SET other_customer_id = %s WHERE other_customer_id = %s",
)


class Union(msgspec.Struct, frozen=True, gc=False):
    """A merge to write: the customer `gone` becomes `into`, and what shows it."""

    gone: int
    into: int
    source: int = 0
    message_id: str = ""
    happened_at: Micros = 0
    cause: str = "rules"
    actor: str = ""


class Moved(msgspec.Struct, frozen=True, gc=False):
    """A line of the ledger that goes to another customer."""

    number: int
    pair: Pair
    customer: int
    record: int
    at: Micros
    source: int
    message_id: str
    is_proven: bool


def write_merges(unions: Sequence[Union], at: Micros) -> dict[int, int]:
    """Write merges, in their order; return who those that are gone have become.

    Both sides are customers of their own when their turn comes.
    """
    becomes = _ends(unions)
    register = fetch("SELECT coalesce(max(id), 0) FROM know_consent")[0][0]
    run_many(
        _INSERT_MERGE,
        [(u.gone, u.into, at, u.source, u.message_id, u.cause, u.actor, register) for u in unions],
    )
    run_many(_REDIRECT, [(becomes[u.gone], u.gone, u.gone) for u in unions])
    for sql in _MOVE_APART:
        run_many(sql, [(becomes[u.gone], u.gone) for u in unions])
    last = _last_steps(set(becomes), becomes)
    lines = _lines_in_force(set(becomes))
    _move_lines(lines, {line.number: becomes[line.customer] for line in lines}, last, at)
    _join_rows(unions, becomes)
    numbers = {step.gone: step.id for step in steps_among([u.gone for u in unions])}
    append_events([_told(u, becomes[u.gone], numbers[u.gone], at) for u in unions])
    return becomes


def _ends(unions: Sequence[Union]) -> dict[int, int]:
    into = {union.gone: union.into for union in unions}

    def end(customer: int) -> int:
        while customer in into:
            customer = into[customer]
        return customer

    return {gone: end(gone) for gone in into}


def _last_steps(customers: Collection[int], becomes: Mapping[int, int]) -> dict[int, int]:
    """Return the merge by which each of `customers` came to who it becomes: the last one on its way."""
    steps = {step.gone: step for step in steps_among(customers)}
    last = {}
    for customer in customers:
        step = steps[customer]
        while step.into in steps and step.into != becomes[customer]:
            step = steps[step.into]
        last[customer] = step.id
    return last


def _lines_in_force(customers: Collection[int]) -> list[Moved]:
    sql = (
        "SELECT id, type, value, customer_id, coalesce(record_id, customer_id), at, source_id,"  # noqa: S608 - constants
        f" message_id, is_proven FROM know_link WHERE ended_at IS NULL AND {any_of('customer_id')}"
        " ORDER BY id"
    )
    return [Moved(row[0], (row[1], row[2]), *row[3:]) for row in fetch(sql, (listed(customers),))]


def _move_lines(
    lines: Sequence[Moved], to: Mapping[int, int], merge_of: Mapping[int, int | None], at: Micros
) -> None:
    """End `lines` and add them anew under the customers `to`, by the lines' numbers.

    They bear the evidence they had. `merge_of`: by the customer whose they were.
    """
    if not lines:
        return
    run(
        f"UPDATE know_link SET ended_at = %s WHERE {any_of('id')}",  # noqa: S608 - constants
        (at, listed([line.number for line in lines])),
    )
    rows = []
    for line in lines:
        customer = to[line.number]
        record = None if line.record == customer else line.record
        merge = merge_of.get(line.customer)
        evidence = (line.at, line.source, line.message_id, line.is_proven)
        rows.append((*line.pair, customer, record, *evidence, merge, None, ""))
    run_many(INSERT_LINK, rows)


def _join_rows(unions: Sequence[Union], becomes: Mapping[int, int]) -> None:
    """Join what was known of those gone into those that remain, and write these."""
    records = load_records({u.gone for u in unions} | {u.into for u in unions})
    roots = {becomes[u.gone] for u in unions}
    unclear: set[int] = set()
    for union in unions:
        theirs, ours = records[union.gone], records[union.into]
        ours.consents = join_states(ours.consents, theirs.consents)
        if not join_records(theirs, ours):
            unclear.add(becomes[union.gone])
    remaining = {root: records[root] for root in roots}
    if unclear:
        refold({root: remaining[root] for root in unclear})
    settle_addresses(remaining.values())
    save_records(remaining.values())
    _settle_known(roots)


def _settle_known(customers: Collection[int]) -> None:
    """Write since when `customers` are known, as the lines in force say."""
    since = known_since(customers)
    sql = f"SELECT id, known_at FROM know_customer WHERE {any_of('id')}"  # noqa: S608 - constants
    rows = [
        (since[customer], customer)
        for customer, known_at in fetch(sql, (listed(customers),))
        if known_at != since[customer]
    ]
    run_many("UPDATE know_customer SET known_at = %s WHERE id = %s", rows)


def _told(union: Union, into: int, merge: int, at: Micros) -> NewEvent:
    body = f'{{"properties":{{"customer":{union.gone},"into":{into},"merge":{merge}}}}}'
    return NewEvent(into, "customer.merged", union.happened_at or at, body, source=union.source)


def undo(step: Step, *, at: Micros, actor: str) -> tuple[int, int]:
    """Undo a merge in force; return the customer that is one again, and whose it was.

    What was told by the identifiers of the one's records goes with it, also what came in between;
    what was told of the customer by others stays. The two are kept apart from then on.
    """
    gone, top, moved, rest = _parted(step)
    run("UPDATE know_merge SET undone_at = %s, undone_by = %s WHERE id = %s", (at, actor, step.id))
    run_many(
        "UPDATE know_customer SET merged_into_id = %s WHERE id = %s",
        [(None if record == gone else gone, record) for record in moved],
    )
    _give_back_lines(moved, top, gone, at)
    give_back_events(moved, under=rest, to=gone)
    run(
        "UPDATE know_consent SET customer_id = %s, record_id = nullif(record_id, %s)"  # noqa: S608 - constants
        f" WHERE {any_of('customer_id')} AND {any_of('record_id')}",
        (gone, gone, listed(rest), listed(moved)),
    )
    _settle_apart(moved, gone)
    keep_apart(gone, top, at=at, actor=actor)
    records = load_records({gone, top})
    refold(records)
    save_records(records.values())
    _settle_known({gone, top})
    told = f'"customer":{gone},"from":{top},"merge":{step.id},"records":{moved}'
    body = f'{{"properties":{{{told}}}}}'
    append_events([NewEvent(who, "customer.unmerged", at, body) for who in (top, gone)])
    return gone, top


def _parted(step: Step) -> tuple[int, int, list[int], list[int]]:
    """Return who comes out of a merge, out of whom, and the records of both sides."""
    top = fetch(
        "SELECT coalesce(merged_into_id, id) FROM know_customer WHERE id = %s", (step.gone,)
    )[0][0]
    records = records_of([top])[top]
    into = {s.gone: s.into for s in steps_among(records) if s.id != step.id}

    def end(record: int) -> int:
        while record in into:
            record = into[record]
        return record

    moved = [record for record in records if end(record) == step.gone]
    return step.gone, top, moved, [record for record in records if record not in set(moved)]


def _give_back_lines(moved: Sequence[int], top: int, gone: int, at: Micros) -> None:
    mine = set(moved)
    lines = [line for line in _lines_in_force([top]) if line.record in mine]
    steps = {step.gone: step for step in steps_among(moved)}
    merge_of: dict[int, int | None] = {}
    for record in mine:
        step = steps.get(record)
        while step is not None and step.into in steps:
            step = steps[step.into]
        merge_of[record] = step.id if step else None
    # Lines are asked for by whose they were: here, by the record that brought them.
    own = [msgspec.structs.replace(line, customer=line.record) for line in lines]
    _move_lines(own, dict.fromkeys((line.number for line in lines), gone), merge_of, at)


def _settle_apart(records: Collection[int], customer: int) -> None:
    run(
        f"UPDATE know_apart SET customer_id = %s WHERE {any_of('record_id')}",  # noqa: S608 - constants
        (customer, listed(records)),
    )
    run(
        f"UPDATE know_apart SET other_customer_id = %s WHERE {any_of('other_id')}",  # noqa: S608 - constants
        (customer, listed(records)),
    )


def keep_apart(one: int, other: int, *, at: Micros, actor: str) -> None:
    """Remember that two customers are two people: the rules never join them, nobody is asked again."""
    run_many(
        "INSERT INTO know_apart (record_id, other_id, customer_id, other_customer_id, at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (record_id, other_id) DO NOTHING",
        [(one, other, one, other, at, actor), (other, one, other, one, at, actor)],
    )


def are_apart(one: int, other: int) -> bool:
    """Tell whether somebody has said that two customers are two people."""
    return bool(
        fetch(
            "SELECT 1 FROM know_apart WHERE customer_id = %s AND other_customer_id = %s LIMIT 1",
            (one, other),
        )
    )


def forget_apart(one: int, other: int) -> None:
    """Let two customers be joined again: somebody has said that they are one person after all."""
    run_many(
        "DELETE FROM know_apart WHERE customer_id = %s AND other_customer_id = %s",
        [(one, other), (other, one)],
    )
