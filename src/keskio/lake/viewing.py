"""The logical views in SQL over the tables of files: the same on every engine.

The tables are called `_events`, `_sorted`, `_tail` … by whoever opens the files. DuckDB reads the
sorted files in their order; only records with events behind them, or that have been merged, are put
in order anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from keskio.lake.manifest import File, Manifest
from keskio.lake.shape import EVENT_COLUMNS, TALLY_COLUMNS, VIEWS, columns_of

_EVENTS = ", ".join(EVENT_COLUMNS)
_OF_EVENT = ", ".join(f"e.{column}" for column in EVENT_COLUMNS)
_NOW = "coalesce(r.customer, e.record)"
# `walk` never falls along the sorted view and is one customer's: buckets follow each other, and
# behind them all come those put in order anew.
_BUCKETS_APART = 2**45
_STIRRED_APART = 2**62


def quoted(path: Path) -> str:
    """Return a path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def reading(folder: Path, table: str, files: Sequence[File], where: str = "") -> str:
    """Return the SQL that reads files of a table in their order, also when there are none."""
    columns = columns_of(table)
    if not files:
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in columns.items())
        return f"SELECT {empty} WHERE false"
    paths = ", ".join(quoted(folder / file.path) for file in files)
    condition = f" WHERE {where}" if where else ""
    return f"SELECT {', '.join(columns)} FROM read_parquet([{paths}]){condition}"


def tail_of(manifest: Manifest) -> list[File]:
    """Return the files that hold events behind the sorted order."""
    files = [*manifest.files("events"), *manifest.files("events_tail")]
    return [file for file in files if file.last > manifest.sorted_position]


def relations(manifest: Manifest) -> dict[str, tuple[str, list[File], str]]:
    """Return the tables of files: by name, what columns they have, their files, which rows of them."""
    told: dict[str, tuple[str, list[File], str]] = {
        "_events": (
            "events",
            [*manifest.files("events"), *manifest.files("events_tail")],
            "",
        ),
        "_sorted": ("by_record", manifest.files("by_record"), ""),
        "_tail": ("events", tail_of(manifest), f"id > {manifest.sorted_position}"),
        "_tallies": ("tallies", manifest.files("tallies"), ""),
        "_tallies_new": ("tallies_new", manifest.files("tallies_new"), ""),
    }
    for view in VIEWS:
        for part in ("", "_new", "_touched"):
            told[f"_{view}{part}"] = (f"{view}{part}", manifest.files(f"{view}{part}"), "")
    return told


def views(manifest: Manifest, *, ordered: bool) -> dict[str, str]:
    """Return the views' SQL by name, each using only those before it.

    `ordered`: the engine keeps the order of files; else the views of sorted events have none, and
    queries tell windows what to sort by.
    """
    told = {name: _fed_sql(manifest, name) for name in VIEWS}
    told["events"] = f"SELECT {_EVENTS} FROM _events"
    told["tallies"] = _tallies_sql(manifest)
    if ordered:
        told["_stirred"] = _stirred_sql()
        told["events_by_record"] = _by_record_sql(manifest)
        told["events_by_customer"] = _by_customer_sql(manifest)
    else:
        told["events_by_record"] = f"SELECT {_EVENTS} FROM _events"
        told["events_by_customer"] = (
            f"SELECT {_NOW} AS customer, {_NOW} AS walk, {_OF_EVENT} FROM _events AS e"
            " LEFT JOIN redirects AS r ON r.record = e.record"
        )
    return told


def script(folder: Path, manifest: Manifest, macros: Sequence[str]) -> str:
    """Return the SQL that makes the views of a state in anybody's DuckDB."""
    lines = [macro.replace(" TEMP ", " ") for macro in macros]
    for name, (table, files, where) in relations(manifest).items():
        lines.append(f"CREATE OR REPLACE VIEW {name} AS {reading(folder, table, files, where)}")
    made = views(manifest, ordered=True).items()
    lines += [f"CREATE OR REPLACE VIEW {name} AS {sql}" for name, sql in made]
    return "".join(f"{line};\n" for line in ["SET TimeZone = 'UTC'", *lines])


def _fed_sql(manifest: Manifest, view: str) -> str:
    """Return the base without those touched since, and what they have now."""
    shape = VIEWS[view]
    columns, key = ", ".join(shape.columns), shape.key
    if not manifest.files(f"{view}_touched"):
        return f"SELECT {columns} FROM _{view}"
    fresh = ", ".join(f"n.{column}" for column in shape.columns)
    latest = f"(SELECT {key}, max(turn) AS turn FROM _{view}_touched GROUP BY {key})"
    return (
        f"SELECT {columns} FROM _{view} WHERE {key} NOT IN (SELECT {key} FROM _{view}_touched)"
        f" UNION ALL SELECT {fresh} FROM _{view}_new AS n JOIN {latest} AS t"
        f" ON n.{key} = t.{key} AND n.turn = t.turn"
    )


def _tallies_sql(manifest: Manifest) -> str:
    """Return the base of those unchanged since, and the sums of the others."""
    columns = ", ".join(TALLY_COLUMNS)
    if not manifest.files("tallies_new"):
        return f"SELECT {columns} FROM _tallies"
    same = "b.record = n.record AND b.measure = n.measure"
    own = ", ".join(f"b.{column}" for column in TALLY_COLUMNS)
    return (
        f"SELECT {own} FROM _tallies AS b ANTI JOIN _tallies_new AS n ON {same}"
        " UNION ALL SELECT record, measure, min(first_at), max(last_at), CAST(sum(times) AS BIGINT),"
        f" sum(total) FROM (SELECT {columns} FROM _tallies_new UNION ALL"
        f" SELECT {own} FROM _tallies AS b SEMI JOIN _tallies_new AS n ON {same})"
        " GROUP BY record, measure"
    )


def _stirred_sql() -> str:
    """Return the records whose events do not stand together in order in the sorted files."""
    return (
        "SELECT record FROM _tail UNION SELECT record FROM redirects"
        " UNION SELECT customer FROM redirects"
    )


def _by_record_sql(manifest: Manifest) -> str:
    if not tail_of(manifest):
        return f"SELECT {_EVENTS} FROM _sorted"
    return (
        f"SELECT {_EVENTS} FROM _sorted WHERE record NOT IN (SELECT record FROM _tail)"
        f" UNION ALL SELECT * FROM (SELECT * FROM (SELECT {_EVENTS} FROM _sorted"
        f" WHERE record IN (SELECT record FROM _tail) UNION ALL SELECT {_EVENTS} FROM _tail)"
        " ORDER BY record, occurred_at, id)"
    )


def _by_customer_sql(manifest: Manifest) -> str:
    apart = f"(record % {manifest.buckets}) * {_BUCKETS_APART} + " if manifest.buckets > 1 else ""
    settled = f"SELECT record AS customer, {apart}record AS walk, {_EVENTS} FROM _sorted"
    merged = any(manifest.files(f"redirects{part}") for part in ("", "_new"))
    if not (tail_of(manifest) or merged):
        return settled
    # The whole of a branch is in parentheses, so that its order stays its own.
    return (
        f"{settled} WHERE record NOT IN (SELECT record FROM _stirred)"
        f" UNION ALL SELECT * FROM (SELECT {_NOW} AS customer, {_NOW} + {_STIRRED_APART} AS walk,"
        f" {_OF_EVENT} FROM (SELECT {_EVENTS} FROM _sorted"
        f" WHERE record IN (SELECT record FROM _stirred) UNION ALL SELECT {_EVENTS} FROM _tail) AS e"
        " LEFT JOIN redirects AS r ON r.record = e.record ORDER BY customer, occurred_at, id)"
    )
