"""Writes to the log: set-wise, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.conf import settings
from django.db import transaction

from keskio.events.contracts import NewEvent
from keskio.events.queries import SPOOL_WRITER
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.ids import partition_of
from keskio.kernel.sql import any_of, fetch, is_postgres, listed, run, run_many

INSERT_EVENT = """
    INSERT INTO events_event
        (customer_id, partition, name, occurred_at, received_at, source_id, message_id, body,
         record_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
MOVE_CURSOR = """
    INSERT INTO events_cursor (name, position) VALUES (%s, %s)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position
"""


# Readers follow the log by id. PostgreSQL gives out ids before commit, so two writers could become
# visible in the wrong order and a reader would pass over the later one: one writer at a time.
ONE_WRITER = "SELECT pg_advisory_xact_lock(7205759403792)"


def append_events(events: Sequence[NewEvent]) -> None:
    """Append `events` to the log in their order.

    Called inside a transaction that also holds what the events tell of: both happen or neither.
    """
    if not events:
        return
    if is_postgres():
        fetch(ONE_WRITER)
    received = now_micros()
    run_many(
        INSERT_EVENT,
        [
            (
                e.customer,
                partition_of(e.customer),
                e.name,
                e.at,
                e.received_at or received,
                e.source,
                e.message_id,
                e.body,
                e.record if e.record != e.customer and e.record else None,
            )
            for e in events
        ],
    )


def give_back_events(records: Collection[int], *, under: Collection[int], to: int) -> int:
    """Make the events told of `records`, which stand under the customers `under`, events of `to`.

    For un-merging: `to` is the customer that the records are now. Returns how many moved.
    """
    return run(
        "UPDATE events_event SET customer_id = %s, partition = %s,"  # noqa: S608 - constants
        " record_id = nullif(record_id, %s)"
        f" WHERE {any_of('customer_id')} AND {any_of('record_id')}",
        (to, partition_of(to), to, listed(under), listed(records)),
    )


def move_cursor(name: str, position: int) -> None:
    """Record that the follower `name` has taken everything up to and including `position`."""
    run(MOVE_CURSOR, (name, position))


INSERT_SPOOLED = """
    INSERT INTO events_spooled (kind, source_id, received_at, meta, body)
    VALUES (%s, %s, %s, %s, %s)
"""
PRUNE_SPOOL = """
    DELETE FROM events_spooled WHERE id IN (
        SELECT id FROM (
            SELECT id, received_at FROM events_spooled WHERE id <= %s ORDER BY id LIMIT %s
        ) AS oldest WHERE received_at < %s
    )
"""


def spool_row(
    *, kind: str, source: int, meta: str = "{}", body: bytes, received_at: Micros = 0
) -> None:
    """Put one row into the spool; it is durable on return.

    For callers outside the web process (pollers, replays, tests); the door has a writer of its own.
    Not inside a transaction: the spool is another file on SQLite.
    """
    spool_rows([(kind, source, received_at or now_micros(), meta, body)])


def spool_rows(rows: Sequence[tuple[str, int, Micros, str, bytes]]) -> None:
    """Put many rows (kind, source, received_at, meta, body) into the spool in one commit."""
    alias = settings.SPOOL_ALIAS
    with transaction.atomic(using=alias):
        if is_postgres(alias):
            fetch(SPOOL_WRITER, using=alias)
        run_many(INSERT_SPOOLED, rows, alias)


def prune_spool(*, taken: int, before: Micros, limit: int) -> int:
    """Delete up to `limit` of the oldest rows that came before `before`; return how many went.

    Rows behind the place `taken`, which the intake has not come to, always stay.
    """
    return run(PRUNE_SPOOL, (taken, limit, before), settings.SPOOL_ALIAS)
