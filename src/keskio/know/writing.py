"""What `joining` decided, written set-wise in the caller's transaction: customers, merges, links, doubts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run, run_many
from keskio.know.folding import records_of, steps_among
from keskio.know.identifiers import ADDRESSES, Pair, Refusal
from keskio.know.joining import Doubt, Joining
from keskio.know.merging import INSERT_LINK, Union, write_merges
from keskio.know.records import refresh_addresses
from keskio.know.traits import search_text

_INSERT_CUSTOMER = """
    INSERT INTO know_customer (id, created_at, known_at, name, email, phone, language, zone, search,
                               traits, trait_times, consents)
    VALUES (%s, %s, %s, '', %s, %s, '', '', %s, '{}', '{}', '{}')
"""
_END_LINK = """
    UPDATE know_link SET ended_at = %s WHERE type = %s AND value = %s AND ended_at IS NULL
"""
_HOLDER = "SELECT customer_id FROM know_link WHERE type = %s AND value = %s AND ended_at IS NULL"
_INSERT_DOUBT = """
    INSERT INTO know_doubt (one_id, other_id, type, value, reason, at, source_id, message_id, state,
                            decided_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'open', '')
    ON CONFLICT (one_id, other_id) DO NOTHING
"""


class Written(msgspec.Struct, frozen=True, gc=False):
    """The batch's customers and records, the identifiers linked and the records merged, all by numbers."""

    customers: list[int]
    records: list[int]
    linked: dict[Pair, int]
    merged: dict[int, int]


class Numbers:
    """What records are called in the database: new ones get their numbers when they are written."""

    def __init__(self, joining: Joining, numbers: dict[int, int]) -> None:
        self._now = joining.now
        self._numbers = numbers

    def record(self, record: int) -> int:
        """Return the number of `record`; 0 stays 0."""
        return self._numbers[record] if record < 0 else record

    def customer(self, record: int) -> int:
        """Return the number of the customer that `record` is now."""
        return self.record(self._now(record))


def write(joining: Joining, placed: Sequence[int]) -> Written:
    """Write everything that `joining` decided; `placed` are the batch's records."""
    at = now_micros()
    numbers = Numbers(joining, _insert_customers(joining, at))
    losers = _end_taken(joining, at)
    merged: dict[int, int] = {}
    if joining.merges:
        unions = [
            Union(
                numbers.record(gone),
                numbers.record(into),
                envelope.source,
                envelope.message_id,
                envelope.at,
            )
            for gone, into, envelope in joining.merges
        ]
        merged = write_merges(unions, at)
    _insert_links(joining, numbers, at, losers)
    _insert_refusals(joining, numbers, at)
    _insert_doubts(joining.doubts, numbers, at)
    _mark_known(joining, numbers.customer, at)
    return Written(
        customers=[numbers.customer(record) for record in placed],
        records=[numbers.record(record) for record in placed],
        linked={link.pair: numbers.record(link.record) for link in joining.links},
        merged=merged,
    )


def _insert_customers(joining: Joining, at: Micros) -> dict[int, int]:
    """Insert the new records; return placeholders to numbers."""
    places = range(-1, -len(joining.new) - 1, -1)
    if not places:
        return {}
    numbers = dict(zip(places, next_numbers(len(places)), strict=True))
    last_of = {link.pair: link for link in joining.links}
    told: dict[tuple[int, str], str] = {}
    for link in joining.links:
        kind, value = link.pair
        if kind in ADDRESSES and last_of[link.pair] is link:
            told.setdefault((joining.now(link.record), kind), value)
    rows = []
    for place, number in numbers.items():
        email, phone = told.get((place, "email"), ""), told.get((place, "phone"), "")
        is_known = joining.now(place) == place and joining.is_known(place)
        known_at = at if is_known else None
        rows.append((number, at, known_at, email, phone, search_text("", email, phone)))
    run_many(_INSERT_CUSTOMER, rows)
    return numbers


def next_numbers(count: int) -> list[int]:
    """Return the numbers that the next `count` customers get."""
    if is_postgres():
        sequence = "SELECT nextval(pg_get_serial_sequence('know_customer', 'id'))"
        return [row[0] for row in fetch(f"{sequence} FROM generate_series(1, %s)", (count,))]
    rows = fetch("SELECT seq FROM sqlite_sequence WHERE name = 'know_customer'")
    last = rows[0][0] if rows else 0
    return list(range(last + 1, last + count + 1))


def _end_taken(joining: Joining, at: Micros) -> set[int]:
    """End the unproven lines that yield; return whose they were."""
    taken = [link.pair for link in joining.links if link.takes]
    losers = {row[0] for pair in taken for row in fetch(_HOLDER, pair)}
    run_many(_END_LINK, [(at, *pair) for pair in taken])
    return losers


def _insert_links(joining: Joining, numbers: Numbers, at: Micros, losers: set[int]) -> None:
    last_of: dict[Pair, int] = {link.pair: i for i, link in enumerate(joining.links)}
    rows: list[list[Any]] = []
    reached = set(losers)
    merged: dict[int, int] = {}
    for i, link in enumerate(joining.links):
        customer, record = numbers.customer(link.record), numbers.record(link.record)
        if record != customer:
            merged[record] = customer
        envelope = link.envelope
        ended_at = None if last_of[link.pair] == i else at
        evidence = (at, envelope.source, envelope.message_id, link.proven)
        rows.append([*link.pair, customer, record, *evidence, None, ended_at, ""])
        if link.pair[0] in ADDRESSES and joining.now(link.record) > 0:
            reached.add(customer)
    merges = _merges_of(merged) if merged else {}
    for row in rows:
        if row[2] == row[3]:
            row[3] = None
        else:
            row[8] = merges[row[3]]
    run_many(INSERT_LINK, rows)
    if reached:
        refresh_addresses(reached)


def _merges_of(records: dict[int, int]) -> dict[int, int]:
    """Return the merge by which each of `records` came to its customer: the last one on its way."""
    family = {one for ids in records_of(set(records.values())).values() for one in ids}
    steps = {step.gone: step for step in steps_among(family)}
    last = {}
    for record in records:
        step = steps[record]
        while step.into in steps:
            step = steps[step.into]
        last[record] = step.id
    return last


def _insert_refusals(joining: Joining, numbers: Numbers, at: Micros) -> None:
    """Insert the lines that were refused, once each, under the record that they were told of."""
    rows: dict[tuple[int, Refusal], tuple[Any, ...]] = {}
    for told_of, refusal, envelope in joining.refusals:
        record = numbers.record(told_of)
        evidence = (at, envelope.source, envelope.message_id, False)
        rows[record, refusal] = (*refusal.pair, record, None, *evidence, None, at, refusal.reason)
    run_many(INSERT_LINK + " ON CONFLICT DO NOTHING", list(rows.values()))


def _insert_doubts(doubts: Sequence[Doubt], numbers: Numbers, at: Micros) -> None:
    """Leave to a person what the rules do not decide; nobody is asked twice about one pair."""
    rows: dict[tuple[int, int], tuple[Any, ...]] = {}
    for doubt in doubts:
        one, other = sorted((numbers.customer(doubt.one), numbers.customer(doubt.other)))
        if one != other:
            told = (*doubt.pair, doubt.reason, at, doubt.envelope.source, doubt.envelope.message_id)
            rows.setdefault((one, other), (one, other, *told))
    run_many(_INSERT_DOUBT, list(rows.values()))


def _mark_known(joining: Joining, real: Callable[[int], int], at: Micros) -> None:
    """Write when anonymous customers became known."""
    changed = {joining.now(link.record) for link in joining.links}
    changed |= {joining.now(into) for _, into, _ in joining.merges}
    became = {real(c) for c in changed if c > 0 and joining.is_known(c)}
    if became:
        run(
            f"UPDATE know_customer SET known_at = %s WHERE known_at IS NULL AND {any_of('id')}",  # noqa: S608 - constants
            (at, listed(became)),
        )
