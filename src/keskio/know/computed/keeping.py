"""What is gathered by record, and the values made of it: set-wise, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run, run_many
from keskio.know.actions import set_traits
from keskio.know.computed.folding import Nothing, State, add, contribution, join, value_of
from keskio.know.computed.recipes import Recipe
from keskio.know.queries import records_of

COMPUTED = "customer.computed"
TELLS_TRAITS = frozenset({"customer.identified", "customer.updated"})

_SAVE_TALLY = """
    INSERT INTO computed_tally (definition_id, edition, record_id, state, taken_to)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (definition_id, edition, record_id)
    DO UPDATE SET state = excluded.state, taken_to = excluded.taken_to
"""
_ADD_ENTRY = """
    INSERT INTO computed_entry (definition_id, edition, record_id, at, event_id, value)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (definition_id, edition, record_id, at, event_id) DO NOTHING
"""
_SAVE_VALUE = """
    INSERT INTO computed_value (definition_id, customer_id, edition, value, computed_at, next_at)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (definition_id, customer_id)
    DO UPDATE SET edition = excluded.edition, value = excluded.value,
                  computed_at = excluded.computed_at, next_at = excluded.next_at
"""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class _Body(msgspec.Struct, frozen=True):
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body).decode


class Live(msgspec.Struct, frozen=True):
    """A definition that is kept: its number, its edition and its recipe."""

    id: int
    edition: int
    recipe: Recipe


Touched: TypeAlias = dict[int, set[int]]
"""Which customers are to be computed anew, by definition."""


def told_in(event: LoggedEvent) -> Mapping[str, Any]:
    """Return what an event says: the traits where it tells of the customer, else its properties."""
    body = _body(event.body)
    return body.traits if event.name in TELLS_TRAITS else body.properties


def gather(live: Sequence[Live], events: Sequence[LoggedEvent]) -> Touched:
    """Take `events`, in the order of the log, into what is gathered; return whose values change by it.

    Events that were taken before change nothing, so that the same batch may come again.
    """
    by_name: dict[str, list[Live]] = {}
    for kept in live:
        by_name.setdefault(kept.recipe.event, []).append(kept)
    told: dict[int, list[tuple[LoggedEvent, Any]]] = {kept.id: [] for kept in live}
    for event in events:
        wanted = by_name.get(event.name)
        if not wanted or not event.customer:
            continue
        properties = told_in(event)
        for kept in wanted:
            value = contribution(kept.recipe, properties)
            if value is not Nothing:
                told[kept.id].append((event, value))
    for kept in live:
        (_add_entries if kept.recipe.window else _add_to_tallies)(kept, told[kept.id])
    return {
        kept.id: {event.customer for event, _ in told[kept.id]} for kept in live if told[kept.id]
    }


def _add_entries(kept: Live, told: Sequence[tuple[LoggedEvent, Any]]) -> None:
    rows = [
        (kept.id, kept.edition, event.record, event.at, event.id, _encode(value).decode())
        for event, value in told
    ]
    run_many(_ADD_ENTRY, rows)


def _add_to_tallies(kept: Live, told: Sequence[tuple[LoggedEvent, Any]]) -> None:
    if not told:
        return
    tallies = load_tallies(kept, {event.record for event, _ in told})
    for event, value in told:
        state, taken_to = tallies.get(event.record, ({}, 0))
        if event.id > taken_to:
            add(kept.recipe.compute, state, event.at, event.id, value)
            tallies[event.record] = state, event.id
    run_many(
        _SAVE_TALLY,
        [
            (kept.id, kept.edition, record, _encode(state).decode(), taken_to)
            for record, (state, taken_to) in sorted(tallies.items())
        ],
    )


def load_tallies(kept: Live, records: Collection[int]) -> dict[int, tuple[State, int]]:
    """Return what the events of `records` have come to, and up to which place in the log."""
    rows = fetch(
        "SELECT record_id, state, taken_to FROM computed_tally"  # noqa: S608 - constants
        f" WHERE definition_id = %s AND edition = %s AND {any_of('record_id')}",
        (kept.id, kept.edition, listed(records)),
    )
    return {record: (_decode(state), taken_to) for record, state, taken_to in rows}


def compute(live: Sequence[Live], touched: Mapping[int, Collection[int]], now: Micros) -> None:
    """Compute the values of `touched` customers anew, and write those that changed.

    Customers may be given by any of their ids. Whoever has been merged into another has no value.
    """
    told: dict[int, dict[str, Any]] = {}
    for kept in live:
        customers = touched.get(kept.id)
        if not customers:
            continue
        now_is = _now(customers)
        values = _values(kept, set(now_is.values()), now)
        save_values(kept.id, kept.edition, values, now, gone=set(now_is) - set(values))
        for customer, (value, _) in values.items():
            told.setdefault(customer, {})[kept.recipe.key] = value
    write_traits(dict(sorted(told.items())), now)


def _now(customers: Collection[int]) -> dict[int, int]:
    rows = fetch(
        f"SELECT id, coalesce(merged_into_id, id) FROM know_customer WHERE {any_of('id')}",  # noqa: S608 - constants
        (listed(customers),),
    )
    return dict(rows)


def _values(
    kept: Live, customers: Collection[int], now: Micros
) -> dict[int, tuple[Any, Micros | None]]:
    """Return each customer's value, and when it changes by itself."""
    records = records_of(customers)
    compute = kept.recipe.compute
    if kept.recipe.window:
        return {
            customer: _in_window(kept.recipe, entries, now)
            for customer, entries in _entries(kept, records, customers, now).items()
        }
    states: dict[int, list[State]] = {customer: [] for customer in customers}
    for record, (state, _) in load_tallies(kept, records).items():
        states[records[record]].append(state)
    return {
        customer: (value_of(compute, join(compute, theirs)), None)
        for customer, theirs in states.items()
    }


def _entries(
    kept: Live, records: Mapping[int, int], customers: Collection[int], now: Micros
) -> dict[int, list[tuple[Micros, int, Any]]]:
    """Return what the window may count for each customer, and forget what it has slid past."""
    which = (kept.id, kept.edition, listed(records), now - kept.recipe.window)
    condition = f"definition_id = %s AND edition = %s AND {any_of('record_id')} AND at"
    run(f"DELETE FROM computed_entry WHERE {condition} <= %s", which)  # noqa: S608 - constants
    found: dict[int, list[tuple[Micros, int, Any]]] = {customer: [] for customer in customers}
    sql = f"SELECT record_id, at, event_id, value FROM computed_entry WHERE {condition} > %s"  # noqa: S608 - constants
    for record, at, place, value in fetch(sql, which):
        found[records[record]].append((at, place, _decode(value)))
    return found


def _in_window(
    recipe: Recipe, entries: Iterable[tuple[Micros, int, Any]], now: Micros
) -> tuple[Any, Micros | None]:
    """Return the value of events of the window's length that ends now, and when it changes next.

    An event counts from its own moment until the window's length after it, that moment not included.
    """
    state: State = {}
    next_at: Micros | None = None
    for at, place, value in entries:
        if at <= now:
            add(recipe.compute, state, at, place, value)
        changes_at = at if at > now else at + recipe.window
        next_at = changes_at if next_at is None else min(next_at, changes_at)
    return value_of(recipe.compute, state), next_at


def save_values(
    definition: int,
    edition: int,
    values: Mapping[int, tuple[Any, Micros | None]],
    now: Micros,
    *,
    gone: Collection[int] = (),
) -> None:
    """Write the values of a definition; a customer without one has no row."""
    rows, empty = [], list(gone)
    for customer, (value, next_at) in values.items():
        if value is None and next_at is None:
            empty.append(customer)
        else:
            rows.append((definition, customer, edition, _encode(value).decode(), now, next_at))
    run_many(_SAVE_VALUE, rows)
    if empty:
        run(
            f"DELETE FROM computed_value WHERE definition_id = %s AND {any_of('customer_id')}",  # noqa: S608 - constants
            (definition, listed(empty)),
        )


def write_traits(told: Mapping[int, Mapping[str, Any]], now: Micros) -> None:
    """Write the traits that differ from what stands, with an event for each customer.

    None takes a trait away.
    """
    set_traits(told, at=now, by="computed", name=COMPUTED)
