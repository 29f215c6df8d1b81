"""The second order of events: buckets of records, each one file in the order of record and time.

Queries that go through each customer's events read them as they stand and need no sorting of their
own. What has come since stands behind them until the next sorting; views put the two together.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from keskio.lake.duck import write
from keskio.lake.lake import Lake
from keskio.lake.manifest import File, Manifest
from keskio.lake.shape import EVENT_COLUMNS
from keskio.lake.viewing import quoted, reading, relations, tail_of

BUCKET = 4_000_000  # rows that a bucket should have at most
_COLUMNS = ", ".join(EVENT_COLUMNS)
_ORDER = "ORDER BY record, occurred_at, id"


def sort_by_record(lake: Lake) -> None:
    """Bring everything behind the sorted order into it. Only for who holds the right to reshape."""
    manifest = lake.store.read()
    if not tail_of(manifest):
        return
    buckets = buckets_for(manifest)
    anew = buckets != manifest.buckets
    table = "_events" if anew else "_tail"
    columns_of, files, where = relations(manifest)[table]
    source = reading(lake.store.folder, columns_of, files, where)
    old = [] if anew else manifest.files("by_record")
    shutil.rmtree(lake.store.scratch / "sorting", ignore_errors=True)  # of one that was broken off
    scratch = lake.store.new_scratch("sorting")
    try:
        with lake.workshop() as connection:
            parts = _parts(connection, source, buckets, scratch)
            new = [_sort(lake, connection, bucket, part, old) for bucket, part in enumerate(parts)]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    with lake.store.appending() as draft:
        draft.after.tables["by_record"] = [file for file in new if file]
        draft.after.buckets = buckets
        draft.after.sorted_position = manifest.position


def buckets_for(manifest: Manifest) -> int:
    """Return into how many buckets the records go: as many as events need, never fewer than before."""
    rows = manifest.rows("events") + manifest.rows("events_tail")
    buckets = manifest.buckets
    while rows > buckets * BUCKET:
        buckets *= 2
    return buckets


def _parts(
    connection: duckdb.DuckDBPyConnection, source: str, buckets: int, scratch: Path
) -> list[str]:
    """Return the SQL of what goes into each bucket; the source is read once."""
    if buckets == 1:
        return [source]
    connection.execute(
        f"COPY (SELECT *, record % {buckets} AS bucket FROM ({source})) TO {quoted(scratch)}"
        " (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (bucket), OVERWRITE_OR_IGNORE)"
    )
    parts = []
    for bucket in range(buckets):
        files = sorted((scratch / f"bucket={bucket}").glob("*.parquet"))
        paths = [File(path.relative_to(scratch).as_posix(), 0, 0) for path in files]
        parts.append(reading(scratch, "events", paths))
    return parts


def _sort(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    bucket: int,
    part: str,
    old: list[File],
) -> File | None:
    path = lake.store.new_path("by_record")
    before = reading(lake.store.folder, "by_record", [f for f in old if f.key == str(bucket)])
    sql = f"SELECT {_COLUMNS} FROM ({before} UNION ALL {part}) {_ORDER}"
    rows = write(connection, sql, path)
    return lake.store.file(path, rows=rows, key=str(bucket)) if rows else None
