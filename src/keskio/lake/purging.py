"""Taking rows out of files: each file that has some is written anew without them."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from keskio.lake.duck import write
from keskio.lake.manifest import File
from keskio.lake.store import Draft, Store
from keskio.lake.viewing import quoted, reading


def purge(
    store: Store,
    draft: Draft,
    connection: duckdb.DuckDBPyConnection,
    conditions: Mapping[str, str],
) -> int:
    """Let the draft's files have no rows that meet the condition of their table; return how many went.

    Files without such rows stay as they are; others keep their place and their order.
    """
    gone = 0
    for table, condition in conditions.items():
        files = draft.after.files(table)
        hit = _hit(store, connection, table, condition, files)
        if not hit:
            continue
        kept: list[File] = []
        for file in files:
            if file.path not in hit:
                kept.append(file)
                continue
            rest = _without(store, connection, table, condition, file)
            gone += file.rows - (rest.rows if rest else 0)
            kept += [rest] if rest else []
        draft.after.tables[table] = kept
    return gone


def _hit(
    store: Store,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    condition: str,
    files: list[File],
) -> set[str]:
    """Return the paths of the files that have rows that meet the condition."""
    hit = set()
    for file in files:
        sql = reading(store.folder, table, [file], condition)
        if connection.execute(f"SELECT 1 FROM ({sql}) LIMIT 1").fetchone():
            hit.add(file.path)
    return hit


def _without(
    store: Store,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    condition: str,
    file: File,
) -> File | None:
    path = store.new_path(table)
    sql = f"SELECT * FROM read_parquet({quoted(store.folder / file.path)})"
    rows = write(connection, f"{sql} WHERE ({condition}) IS NOT TRUE", path)
    if not rows:
        return None
    marks = {name: getattr(file, name) for name in ("first", "last", "from_day", "to_day", "key")}
    return store.file(path, rows=rows, **marks)
