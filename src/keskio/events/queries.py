"""Reads from the log."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.conf import settings

from keskio.events.contracts import LoggedEvent, SpoolRow
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, is_postgres, listed

COLUMNS = (
    "id, customer_id, name, occurred_at, body, received_at, source_id, message_id,"
    " coalesce(record_id, customer_id)"
)
LONG_WAY = 1000  # events of others that a follower passes over before it writes down where it is
# Followers read the spool by id. PostgreSQL gives out ids before commit: one writer at a time.
SPOOL_WRITER = "SELECT pg_advisory_xact_lock(7205759403793)"
SPOOL_COLUMNS = "id, kind, source_id, received_at, meta, body"
SPOOL_SIZES = "SELECT id, length(body) FROM events_spooled WHERE id > %s ORDER BY id LIMIT %s"
MOST_BYTES = 64 * 1024 * 1024


def cursor_of(name: str) -> int:
    """Return the position of the follower `name` (0 before its first turn)."""
    rows = fetch("SELECT position FROM events_cursor WHERE name = %s", (name,))
    return int(rows[0][0]) if rows else 0


def locked_cursor_of(name: str) -> int:
    """Return the position of the follower `name`, and let nobody else move it in this transaction."""
    sql = "SELECT position FROM events_cursor WHERE name = %s"
    # On SQLite the transaction has the whole database for itself.
    rows = fetch(sql + (" FOR UPDATE" if is_postgres() else ""), (name,))
    return int(rows[0][0]) if rows else 0


def events_after(position: int, limit: int) -> list[LoggedEvent]:
    """Return up to `limit` events behind `position`, in the order of the log."""
    sql = f"SELECT {COLUMNS} FROM events_event WHERE id > %s ORDER BY id LIMIT %s"  # noqa: S608 - constants
    return [LoggedEvent(*row) for row in fetch(sql, (position, limit))]


def events_named(
    names: Collection[str],
    *,
    after: int,
    limit: int,
    upto: int | None = None,
    among: str = "",
) -> tuple[list[LoggedEvent], int]:
    """Return up to `limit` events called one of `names` behind `after`, and how far that has read.

    Everything up to the second value has been looked at: a follower may move its cursor there. Other
    events are passed over inside the database, which costs a tenth of reading them. `upto`: the last
    place to look at, so that a turn over a long log stays short. `among`: a condition on customer_id.
    """
    last = last_position() if upto is None else min(upto, last_position())
    if last <= after:
        return [], after
    sql = (
        f"SELECT {COLUMNS} FROM events_event WHERE id > %s AND id <= %s"  # noqa: S608 - constants
        f" AND {any_of('name', kind='text')}{f' AND {among}' if among else ''} ORDER BY id LIMIT %s"
    )
    rows = fetch(sql, (after, last, listed(names), limit))
    reached = rows[-1][0] if len(rows) == limit else last
    return [LoggedEvent(*row) for row in rows], reached


def is_worth_a_turn(events: Sequence[LoggedEvent], position: int, reached: int) -> bool:
    """Tell whether a follower is to write how far it has read: for what it found, or after a long way.

    To look at a short stretch of the log once more costs less than a transaction, of which there would
    be several a second for each follower.
    """
    return bool(events) or reached - position >= LONG_WAY


def events_of(
    customers: Sequence[int], *, limit: int = 100, before: int | None = None
) -> list[LoggedEvent]:
    """Return the latest `limit` events of `customers`, newest first.

    `before`: only events that happened before this instant (microseconds).
    """
    sql = (
        f"SELECT {COLUMNS} FROM events_event WHERE {any_of('customer_id')}"  # noqa: S608 - constants
        " AND occurred_at < %s ORDER BY occurred_at DESC, id DESC LIMIT %s"
    )
    rows = fetch(sql, (listed(customers), before or 2**62, limit))
    return [LoggedEvent(*row) for row in rows]


def named_events_of(
    customers: Collection[int], names: Collection[str], *, since: Micros | None
) -> list[LoggedEvent]:
    """Return the events of `customers` called one of `names`, in the order in which they happened.

    `since`: only those that happened then or later.
    """
    sql = (
        f"SELECT {COLUMNS} FROM events_event WHERE {any_of('customer_id')}"  # noqa: S608 - constants
        f" AND {any_of('name', kind='text')} AND occurred_at >= %s ORDER BY occurred_at, id"
    )
    first = -(2**62) if since is None else since
    rows = fetch(sql, (listed(customers), listed(names), first))
    return [LoggedEvent(*row) for row in rows]


def told_of_records(records: Collection[int], names: Collection[str]) -> list[LoggedEvent]:
    """Return all events called one of `names` that were told of `records`, in the order of the log.

    Whoever the records are now, all of them are to be asked for together.
    """
    sql = (
        f"SELECT {COLUMNS} FROM events_event WHERE {any_of('customer_id')}"  # noqa: S608 - constants
        f" AND {any_of('name', kind='text')} ORDER BY id"
    )
    told = set(records)
    found = (LoggedEvent(*row) for row in fetch(sql, (listed(records), listed(names))))
    return [event for event in found if event.record in told]


def last_position() -> int:
    """Return the place of the newest event in the log (0 for an empty log)."""
    return int(fetch("SELECT coalesce(max(id), 0) FROM events_event")[0][0])


def spooled_after(position: int, limit: int) -> list[SpoolRow]:
    """Return up to `limit` rows of the spool behind `position`, in the order they came.

    Fewer where they are large, so that a morning's letters with their files fit into memory: no row is
    added once those before it come to `MOST_BYTES`.
    """
    last = position
    taken = 0
    for place, size in fetch(SPOOL_SIZES, (position, limit), settings.SPOOL_ALIAS):
        if taken >= MOST_BYTES:
            break
        last, taken = place, taken + size
    if last == position:
        return []
    sql = f"SELECT {SPOOL_COLUMNS} FROM events_spooled WHERE id > %s AND id <= %s ORDER BY id"  # noqa: S608 - constants
    rows = fetch(sql, (position, last), settings.SPOOL_ALIAS)
    return [
        SpoolRow(place, kind, source, at, meta, bytes(body))
        for place, kind, source, at, meta, body in rows
    ]


def spool_waiting(position: int) -> int:
    """Return how many rows of the spool stand behind `position`."""
    sql = "SELECT count(*) FROM events_spooled WHERE id > %s"
    return int(fetch(sql, (position,), settings.SPOOL_ALIAS)[0][0])


def events_between(after: int, *, since: int | None, limit: int) -> list[LoggedEvent]:
    """Return up to `limit` events behind the place `after`, received at `since` or later."""
    sql = (
        f"SELECT {COLUMNS} FROM events_event WHERE id > %s AND received_at >= %s"  # noqa: S608 - constants
        " ORDER BY id LIMIT %s"
    )
    rows = fetch(sql, (after, -(2**62) if since is None else since, limit))
    return [LoggedEvent(*row) for row in rows]


def place_at(at: Micros) -> int:
    """Return the place in the log of the last event received before `at` (0 for none).

    Places follow receipt but for events of the same moment; found by halving, whatever the log's size.
    """
    low, high = 0, last_position()
    while low < high:
        middle = (low + high + 1) // 2
        sql = "SELECT received_at FROM events_event WHERE id >= %s ORDER BY id LIMIT 1"
        if fetch(sql, (middle,))[0][0] < at:
            low = middle
        else:
            high = middle - 1
    return low


def names_between(after: int, to: int) -> dict[str, int]:
    """Return how many events of each name stand behind the place `after` up to and including `to`."""
    sql = "SELECT name, count(*) FROM events_event WHERE id > %s AND id <= %s GROUP BY name"
    return dict(fetch(sql, (after, to)))
