"""What `joining` decided, written set-wise in the caller's transaction: customers, links, merges."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run, run_many
from keskio.know.identifiers import ADDRESSES, Pair
from keskio.know.joining import Joining, NewLink
from keskio.know.records import join_records, refresh_search
from keskio.know.traits import search_text

_INSERT_CUSTOMER = """
    INSERT INTO know_customer (id, created_at, known_at, name, email, phone, language, zone, search,
                               traits, trait_times, consents)
    VALUES (%s, %s, %s, '', %s, %s, '', '', %s, '{}', '{}', '{}')
"""
_INSERT_LINK = """
    INSERT INTO know_link (type, value, customer_id, at, source_id, message_id, is_proven, merge_id,
                           ended_at, refused)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_END_LINK = """
    UPDATE know_link SET ended_at = %s WHERE type = %s AND value = %s AND ended_at IS NULL
"""
_FILL = {
    "email": "UPDATE know_customer SET email = %s WHERE id = %s AND email = ''",
    "phone": "UPDATE know_customer SET phone = %s WHERE id = %s AND phone = ''",
}
_INSERT_MERGE = """
    INSERT INTO know_merge (customer_id, into_id, at, source_id, message_id)
    VALUES (%s, %s, %s, %s, %s) RETURNING id
"""


class Written(msgspec.Struct, frozen=True, gc=False):
    """The batch's customers, the identifiers linked and the customers merged, all by real numbers."""

    placed: list[int]
    linked: dict[Pair, int]
    merged: dict[int, int]


def write(joining: Joining, placed: Sequence[int]) -> Written:
    """Write everything that `joining` decided."""
    at = now_micros()
    numbers = _insert_customers(joining, at)

    def real(customer: int) -> int:
        now = joining.now(customer)
        return numbers[now] if now < 0 else now

    _end_taken(joining.links, at)
    for anonymous, into, envelope in joining.merges:
        if anonymous > 0:
            _merge(anonymous, real(into), (at, envelope.source, envelope.message_id), envelope.at)
    _insert_links(joining, real, at)
    _insert_refusals(joining, real, at)
    _mark_known(joining, real, at)
    return Written(
        placed=[real(customer) for customer in placed],
        linked={link.pair: real(link.customer) for link in joining.links},
        merged={gone: real(into) for gone, into, _ in joining.merges if gone > 0},
    )


def _insert_customers(joining: Joining, at: Micros) -> dict[int, int]:
    """Insert the new customers that were not merged at once; return placeholders to numbers."""
    places = [p for p in range(-1, -len(joining.new) - 1, -1) if joining.now(p) == p]
    if not places:
        return {}
    numbers = dict(zip(places, next_numbers(len(places)), strict=True))
    told: dict[tuple[int, str], str] = {}
    for link in joining.links:
        kind, value = link.pair
        if kind in ADDRESSES:
            told.setdefault((joining.now(link.customer), kind), value)
    rows = []
    for place, number in numbers.items():
        email, phone = told.get((place, "email"), ""), told.get((place, "phone"), "")
        known_at = at if joining.is_known(place) else None
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


def _end_taken(links: Sequence[NewLink], at: Micros) -> None:
    run_many(_END_LINK, [(at, *link.pair) for link in links if link.takes])


def _merge(
    anonymous: int, into: int, evidence: tuple[Micros, int, str], happened_at: Micros
) -> None:
    """Make `anonymous` and those merged into it `into`; move its links; tell the log."""
    at, source, message_id = evidence
    merge = fetch(_INSERT_MERGE, (anonymous, into, *evidence))[0][0]
    run(
        "UPDATE know_customer SET merged_into_id = %s, search = ''"
        " WHERE id = %s OR merged_into_id = %s",
        (into, anonymous, anonymous),
    )
    lines = fetch(
        "SELECT type, value, is_proven FROM know_link WHERE customer_id = %s AND ended_at IS NULL",
        (anonymous,),
    )
    run_many(_END_LINK, [(at, kind, value) for kind, value, _ in lines])
    run_many(
        _INSERT_LINK,
        [
            (kind, value, into, at, source, message_id, is_proven, merge, None, "")
            for kind, value, is_proven in lines
        ],
    )
    join_records(anonymous, into)
    body = f'{{"properties":{{"customer":{anonymous},"into":{into}}}}}'
    append_events([NewEvent(into, "customer.merged", happened_at, body, source=source)])


def _insert_links(joining: Joining, real: Callable[[int], int], at: Micros) -> None:
    last_of: dict[Pair, int] = {link.pair: i for i, link in enumerate(joining.links)}
    rows = []
    fills: dict[str, list[tuple[str, int]]] = {"email": [], "phone": []}
    for i, link in enumerate(joining.links):
        kind, value = link.pair
        customer = real(link.customer)
        ended_at = None if last_of[link.pair] == i else at
        envelope = link.envelope
        rows.append(
            (
                kind,
                value,
                customer,
                at,
                envelope.source,
                envelope.message_id,
                link.proven,
                None,
                ended_at,
                "",
            )
        )
        if kind in ADDRESSES and link.customer > 0:
            fills[kind].append((value, customer))
    run_many(_INSERT_LINK, rows)
    for kind, pairs in fills.items():
        run_many(_FILL[kind], pairs)
    refresh_search({customer for pairs in fills.values() for _, customer in pairs})


def _insert_refusals(joining: Joining, real: Callable[[int], int], at: Micros) -> None:
    rows = {}
    for customer, refusal, envelope in joining.refusals:
        number = real(customer)
        rows[number, refusal] = (
            *refusal.pair,
            number,
            at,
            envelope.source,
            envelope.message_id,
            False,
            None,
            at,
            refusal.reason,
        )
    run_many(_INSERT_LINK + " ON CONFLICT DO NOTHING", list(rows.values()))


def _mark_known(joining: Joining, real: Callable[[int], int], at: Micros) -> None:
    """Write when anonymous customers became known."""
    changed = {link.customer for link in joining.links} | {into for _, into, _ in joining.merges}
    became = {real(c) for c in changed if joining.now(c) > 0 and joining.is_known(joining.now(c))}
    if became:
        run(
            f"UPDATE know_customer SET known_at = %s WHERE known_at IS NULL AND {any_of('id')}",  # noqa: S608 - constants
            (at, listed(became)),
        )
