"""Keeping the views that rooms above feed: those touched by a batch anew, or everybody once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from keskio.events.contracts import LoggedEvent
from keskio.lake.batches import merged_ids, table_of_rows
from keskio.lake.contracts import Feed
from keskio.lake.duck import write
from keskio.lake.lake import Lake
from keskio.lake.manifest import Manifest
from keskio.lake.shape import VIEWS, columns_of, schema_of
from keskio.lake.store import Draft
from keskio.lake.viewing import quoted

AT_ONCE = 10_000  # customers asked for together


def refresh(
    lake: Lake, draft: Draft, connection: duckdb.DuckDBPyConnection, events: Sequence[LoggedEvent]
) -> None:
    """Let the draft have what the feeds now tell of everybody whom `events` touch."""
    for view, feed in lake.feeds_of().items():
        seen = draft.before.fed.get(view, 0)
        fresh = [event for event in events if event.id > seen]
        touched = {event.customer for event in fresh} | {event.record for event in fresh}
        touched |= merged_ids(fresh)
        touched.discard(0)
        if touched:
            _add(lake, draft, connection, feed, sorted(touched))


def _add(
    lake: Lake,
    draft: Draft,
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    customers: Sequence[int],
) -> None:
    turn, view = draft.after.generation, feed.view
    key = _key_of(view)
    rows = list(dict.fromkeys(row for chunk in _chunks(customers) for row in feed.rows_of(chunk)))
    touched = sorted({*customers, *(row[key] for row in rows)})
    for table, told in (("new", rows), ("touched", [(one,) for one in touched])):
        name = f"{view}_{table}"
        write_table(lake, draft, connection, name, table_of_rows(told, name, turn=turn))


def write_table(
    lake: Lake,
    draft: Draft,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: pa.Table,
) -> None:
    """Let the draft's table of files have a file more, with these rows."""
    if not rows.num_rows:
        return
    path = lake.store.new_path(name)
    connection.register("told", rows)
    written = write(connection, "SELECT * FROM told", path)
    connection.unregister("told")
    draft.add(name, [lake.store.file(path, rows=written)])


def unfilled(lake: Lake, manifest: Manifest) -> list[str]:
    """Return the views that have a feed and were never filled."""
    return [view for view in lake.feeds_of() if view not in manifest.fed]


def fill(lake: Lake, views: Sequence[str], *, seen: int) -> None:
    """Ask the feeds about everybody, and let that be the base of `views`.

    `seen`: the place that the log had reached before: customers touched later are asked for again.
    """
    if not views:
        return
    with lake.workshop() as connection:  # one for all: DuckDB takes longer to begin than most views
        for view in views:
            feed = lake.feeds_of()[view]
            with lake.store.reshaping():
                before = lake.store.read()
                scratch = lake.store.new_scratch(f"filling-{view}")
                try:
                    _fill(lake, connection, feed, before, seen)
                finally:
                    shutil.rmtree(scratch, ignore_errors=True)


def _fill(
    lake: Lake, connection: duckdb.DuckDBPyConnection, feed: Feed, before: Manifest, seen: int
) -> None:
    view = feed.view
    rough = lake.store.new_scratch(f"filling-{view}") / "all.parquet"
    path, rows = lake.store.new_path(view), 0
    if _write_all(lake, feed, rough):
        order = VIEWS[view].order
        source = f"SELECT * FROM read_parquet({quoted(rough)}) ORDER BY {order}"
        rows = write(connection, source, path)
    with lake.store.appending() as draft:
        for part in ("", "_new", "_touched"):
            draft.remove(f"{view}{part}", before.files(f"{view}{part}"))
        if rows:
            draft.add(view, [lake.store.file(path, rows=rows)])
        draft.after.fed[view] = seen if lake.feeds.everyone else 0


def _write_all(lake: Lake, feed: Feed, path: Path) -> int:
    """Write what the feed tells of everybody; return how many rows that is."""
    told = 0
    key = _key_of(feed.view)
    with pq.ParquetWriter(path, schema_of(feed.view), compression="zstd") as writer:
        for customers in _everyone(lake):
            asked = set(customers)  # others come in their own turn
            rows = [row for row in feed.rows_of(customers) if row[key] in asked]
            if rows:
                writer.write_table(table_of_rows(rows, feed.view))
                told += len(rows)
    return told


def _everyone(lake: Lake) -> Iterator[Sequence[int]]:
    if lake.feeds.everyone is None:
        return
    after = 0
    while ids := lake.feeds.everyone(after, AT_ONCE):
        yield ids
        after = ids[-1]


def _chunks(customers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(customers), AT_ONCE):
        yield customers[start : start + AT_ONCE]


def _key_of(view: str) -> int:
    """Return which column of a view says whose row it is."""
    return list(columns_of(view)).index(VIEWS[view].key)
