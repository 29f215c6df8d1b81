"""Putting the lake in order: small files together, days, buckets by record, and bases of tables.

Everything is written beside what is there, from one state, and takes its place in one stroke;
batches that come meanwhile stand behind it. Only one reshaping goes on at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from keskio.kernel.clock import now_micros
from keskio.lake.batches import DAY
from keskio.lake.duck import write
from keskio.lake.following import marks_of
from keskio.lake.lake import Lake
from keskio.lake.manifest import File, Manifest
from keskio.lake.shape import VIEWS
from keskio.lake.sorting import sort_by_record
from keskio.lake.tallying import ORDER, text
from keskio.lake.viewing import reading, tail_of

SMALL = 16  # so many small files are put together
DAYS_FILE = 1_000_000  # rows that a file of days has before the next one begins
OWN_FILE = 50_000  # rows from which a measure has a file of its own


def compact(lake: Lake) -> None:
    """Put everything in order: days, buckets by record, the bases of the state table and of views."""
    with lake.store.reshaping():
        fold_days(lake)
        sort_by_record(lake)
        settle_tallies(lake)
        for view in VIEWS:
            settle_view(lake, view)
        with lake.store.appending() as draft:
            draft.after.compacted_at = now_micros()
        lake.store.clear()


def tidy(lake: Lake) -> bool:
    """Put in order what has grown enough for it to pay; return whether anything was done.

    Does nothing while another process reshapes.
    """
    with lake.store.reshaping(wait=False) as free:
        if not free:
            return False
        generation = lake.store.read().generation
        _join_tail(lake)
        _join_tallies(lake)
        manifest = lake.store.read()
        if manifest.rows("events_tail") >= max(DAYS_FILE, manifest.rows("events") // 4):
            fold_days(lake)
        if _unsorted(manifest) >= max(DAYS_FILE // 2, manifest.rows("by_record") // 4):
            sort_by_record(lake)
        if manifest.rows("tallies_new") >= max(100_000, manifest.rows("tallies") // 10):
            settle_tallies(lake)
        for view in VIEWS:
            touched = manifest.files(f"{view}_touched")
            grown = manifest.rows(f"{view}_touched") >= max(20_000, manifest.rows(view) // 10)
            if grown or len(touched) >= SMALL:
                settle_view(lake, view)
        lake.store.clear()
        return lake.store.read().generation > generation


def _unsorted(manifest: Manifest) -> int:
    return sum(file.rows for file in tail_of(manifest))


def _join_tail(lake: Lake) -> None:
    """Make one file of the small ones that the latest batches have left."""
    small = [f for f in lake.store.read().files("events_tail") if f.rows < DAYS_FILE // 8]
    if len(small) < SMALL:
        return
    with lake.workshop() as connection:
        source = reading(lake.store.folder, "events_tail", small)
        path = lake.store.new_path("events_tail")
        rows = write(connection, f"{source} ORDER BY occurred_at, id", path)
        joined = lake.store.file(path, rows=rows, **_marks(small))
    with lake.store.appending() as draft:
        draft.remove("events_tail", small)
        draft.add("events_tail", [joined])


def _marks(files: Sequence[File]) -> dict[str, int]:
    return {
        "first": min(file.first for file in files),
        "last": max(file.last for file in files),
        "from_day": min(file.from_day for file in files),
        "to_day": max(file.to_day for file in files),
    }


def _join_tallies(lake: Lake) -> None:
    """Make one file of what the latest batches have added to the state table."""
    files = lake.store.read().files("tallies_new")
    if len(files) < SMALL:
        return
    with lake.workshop() as connection:
        source = reading(lake.store.folder, "tallies_new", files)
        path = lake.store.new_path("tallies_new")
        sums = (
            "SELECT record, measure, min(first_at) AS first_at, max(last_at) AS last_at,"
            " CAST(sum(times) AS BIGINT) AS times, sum(total) AS total"
            f" FROM ({source}) GROUP BY record, measure"
        )
        rows = write(connection, f"{sums} {ORDER}", path)
    with lake.store.appending() as draft:
        draft.remove("tallies_new", files)
        draft.add("tallies_new", [lake.store.file(path, rows=rows)])


def fold_days(lake: Lake) -> None:
    """Bring the latest batches into files of whole days, in the order of time.

    Files that have days of theirs are written anew with them, and so are those that are still
    small. A file ends with a day, behind a million rows; a day is never in two of them.
    """
    manifest = lake.store.read()
    tail = manifest.files("events_tail")
    if not tail:
        return
    with lake.workshop() as connection:
        late = reading(lake.store.folder, "events_tail", tail)
        days = _days(connection, late)
        old = [f for f in manifest.files("events") if _is_touched(f, days)]
        source = reading(lake.store.folder, "events", [*old, *tail])
        counts = _days(connection, source)
        rest = [f for f in manifest.files("events") if f not in old]
        new = [_write_days(lake, connection, source, days=group) for group in _groups(counts, rest)]
    with lake.store.appending() as draft:
        draft.remove("events_tail", tail)
        draft.remove("events", old)
        draft.add("events", new)
        draft.after.tables["events"].sort(key=lambda file: (file.from_day, file.to_day))


def _days(connection: duckdb.DuckDBPyConnection, source: str) -> dict[int, int]:
    sql = (
        f"SELECT epoch_us(occurred_at) // {DAY} AS day, count(*) FROM ({source})"
        " GROUP BY day ORDER BY day"
    )
    return dict(connection.execute(sql).fetchall())


def _is_touched(file: File, days: dict[int, int]) -> bool:
    small = file.rows < DAYS_FILE // 2
    return small or any(file.from_day <= day <= file.to_day for day in days)


def _groups(counts: dict[int, int], rest: Sequence[File]) -> list[tuple[int, int]]:
    """Return the days of each new file, first and last; none reaches over a file that stays."""
    groups: list[tuple[int, int]] = []
    rows = 0
    for day, count in counts.items():
        crosses = groups and any(groups[-1][1] < f.from_day <= f.to_day < day for f in rest)
        if not groups or rows >= DAYS_FILE or crosses:
            groups.append((day, day))
            rows = 0
        groups[-1] = (groups[-1][0], day)
        rows += count
    return groups


def _write_days(
    lake: Lake, connection: duckdb.DuckDBPyConnection, source: str, *, days: tuple[int, int]
) -> File:
    begin, end = days[0] * DAY, (days[1] + 1) * DAY
    chosen = (
        f"SELECT * FROM ({source}) WHERE occurred_at >= make_timestamptz({begin})"
        f" AND occurred_at < make_timestamptz({end})"
    )
    path = lake.store.new_path("events")
    rows = write(connection, f"{chosen} ORDER BY occurred_at, id", path)
    written = reading(lake.store.folder, "events", [lake.store.file(path, rows=rows)])
    return lake.store.file(path, rows=rows, **marks_of(connection, f"({written})"))


def settle_tallies(lake: Lake) -> None:
    """Bring what batches have added to the state table into its base.

    A measure with many rows has a file of its own, which is written anew only when it has changed.
    """
    manifest = lake.store.read()
    added = manifest.files("tallies_new")
    if not added:
        return
    old = manifest.files("tallies")
    with lake.workshop(manifest, views="tallies _tallies _tallies_new") as connection:
        changed = _measures(connection, "_tallies_new")
        counts = _counts(connection)
        own = [measure for measure, count in counts.items() if count >= OWN_FILE]
        kept = [f for f in old if f.key and f.key in own and f.key not in changed]
        new = [
            _write_tallies(lake, connection, f"measure = {text(measure)}", measure)
            for measure in own
            if measure not in {file.key for file in kept}
        ]
        if others := [measure for measure in counts if measure not in own]:
            listed = ", ".join(text(measure) for measure in others)
            new.append(_write_tallies(lake, connection, f"measure IN ({listed})", ""))
    with lake.store.appending() as draft:
        draft.remove("tallies_new", added)
        draft.after.tables["tallies"] = [*kept, *(file for file in new if file)]


def _measures(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    rows = connection.execute(f"SELECT DISTINCT measure FROM {table}").fetchall()
    return {measure for (measure,) in rows}


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the measures in order and at most how many rows each has."""
    sql = (
        "SELECT measure, count(*) FROM (SELECT measure FROM _tallies UNION ALL"
        " SELECT measure FROM _tallies_new) GROUP BY measure ORDER BY measure"
    )
    return dict(connection.execute(sql).fetchall())


def _write_tallies(
    lake: Lake, connection: duckdb.DuckDBPyConnection, where: str, key: str
) -> File | None:
    path = lake.store.new_path("tallies")
    sql = f"SELECT * FROM tallies WHERE {where} {ORDER}"
    rows = write(connection, sql, path)
    return lake.store.file(path, rows=rows, key=key) if rows else None


def settle_view(lake: Lake, view: str) -> None:
    """Bring the rows of customers touched since into the base of a view."""
    manifest = lake.store.read()
    if not manifest.files(f"{view}_touched"):
        return
    with lake.workshop(manifest, views=view) as connection:
        path = lake.store.new_path(view)
        columns, order = ", ".join(VIEWS[view].columns), VIEWS[view].order
        rows = write(connection, f"SELECT {columns} FROM {view} ORDER BY {order}", path)
    with lake.store.appending() as draft:
        for part in ("", "_new", "_touched"):
            draft.remove(f"{view}{part}", manifest.files(f"{view}{part}"))
        if rows:
            draft.add(view, [lake.store.file(path, rows=rows)])
