"""Following the log: each batch of events becomes one file and what it adds to the state table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import duckdb
import pyarrow as pa

from keskio.events.contracts import LoggedEvent
from keskio.lake import feeding
from keskio.lake.batches import DAY, table_of_events
from keskio.lake.duck import write
from keskio.lake.lake import Lake
from keskio.lake.store import Draft
from keskio.lake.tallying import ORDER, tallies_sql

BATCH = 20_000  # events

# Up to so many events behind a place in the log, in its order.
EventsAfter: TypeAlias = Callable[[int, int], Sequence[LoggedEvent]]


def follow(lake: Lake, events_after: EventsAfter, *, last: Callable[[], int]) -> int:
    """Take all events behind the lake's position into it; return the place reached.

    `last` tells the newest place in the log. Views never filled are filled first.
    """
    missing = feeding.unfilled(lake, lake.store.read())
    if missing:
        feeding.fill(lake, missing, seen=last())
    while take(lake, events_after):
        pass
    return lake.position


def take(lake: Lake, events_after: EventsAfter) -> int:
    """Take one batch into the lake, in one stroke; return how many events it had."""
    with lake.store.appending() as draft:
        events = events_after(draft.before.position, BATCH)
        if events:
            with lake.workshop() as connection:
                add(lake, draft, connection, events)
        return len(events)


def add(
    lake: Lake, draft: Draft, connection: duckdb.DuckDBPyConnection, events: Sequence[LoggedEvent]
) -> None:
    """Let the draft have `events`, which stand in the order of the log."""
    add_table(lake, draft, connection, table_of_events(events))
    feeding.refresh(lake, draft, connection, events)


def add_table(
    lake: Lake, draft: Draft, connection: duckdb.DuckDBPyConnection, rows: pa.Table
) -> None:
    """Let the draft have rows of events, in the order of the log."""
    connection.register("batch", rows)
    path = lake.store.new_path("events_tail")
    written = write(connection, "SELECT * FROM batch ORDER BY occurred_at, id", path)
    marks = marks_of(connection, "batch")
    draft.add("events_tail", [lake.store.file(path, rows=written, **marks)])
    path = lake.store.new_path("tallies_new")
    sql = tallies_sql("batch", draft.after.measures.values())
    written = write(connection, f"{sql} {ORDER}", path)
    draft.add("tallies_new", [lake.store.file(path, rows=written)])
    connection.unregister("batch")
    draft.after.position = max(draft.after.position, marks["last"])


def marks_of(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, int]:
    """Return the places and days that events in `source` span, as files are marked with."""
    sql = f"SELECT min(id), max(id), min(epoch_us(occurred_at)), max(epoch_us(occurred_at)) FROM {source}"
    told = connection.execute(sql).fetchone()
    first, last, begin, end = told or (0, 0, 0, 0)
    return {"first": first, "last": last, "from_day": begin // DAY, "to_day": end // DAY}
