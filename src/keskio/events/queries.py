"""Reads from the log."""

from __future__ import annotations

from collections.abc import Sequence

from keskio.events.contracts import LoggedEvent
from keskio.kernel.sql import any_of, fetch, listed

COLUMNS = "id, customer_id, name, occurred_at, body, received_at, source_id, message_id"


def cursor_of(name: str) -> int:
    """Return the position of the follower `name` (0 before its first turn)."""
    rows = fetch("SELECT position FROM events_cursor WHERE name = %s", (name,))
    return int(rows[0][0]) if rows else 0


def events_after(position: int, limit: int) -> list[LoggedEvent]:
    """Return up to `limit` events behind `position`, in the order of the log."""
    sql = f"SELECT {COLUMNS} FROM events_event WHERE id > %s ORDER BY id LIMIT %s"  # noqa: S608 - constants
    return [LoggedEvent(*row) for row in fetch(sql, (position, limit))]


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


def last_position() -> int:
    """Return the place of the newest event in the log (0 for an empty log)."""
    return int(fetch("SELECT coalesce(max(id), 0) FROM events_event")[0][0])
