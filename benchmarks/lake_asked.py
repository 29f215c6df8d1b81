"""One query, asked once in a process of its own: `python -m benchmarks.lake_asked WHO WHAT FOLDER`.

Prints one line of JSON: CPU seconds of the query with opening what it reads, the most memory that the
process ever had, and the answer. Peers read the lake's own files of days, which are in the order of time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.machine import cpu_seconds

STEPS = ("Product Viewed", "Product Added", "Order Completed")
COLUMNS = "record, id, occurred_at, name"


def log_files(folder: Path) -> list[str]:
    """Return the files of events in the order of time."""
    told = json.loads((folder / "manifest.json").read_text())
    return [str(folder / file["path"]) for file in told["tables"]["events"]]


def keskio(what: str, folder: Path) -> Any:
    """Ask the lake as anybody would."""
    from keskio.lake.lake import Lake  # noqa: PLC0415 - each contestant loads its own

    with Lake.at(folder).engine() as engine:
        if what == "pairs":
            told = engine.named("pairs").to_pylist()
            return {f"{row['name']} > {row['next']}": row["times"] for row in told}
        if what == "funnel":
            first, second, third = STEPS
            told = engine.named("funnel", first=first, second=second, third=third).to_pylist()
            return list(told[0].values())
        return engine.query(FLOOR.format(log="events")).to_pylist()[0]["n"]


FLOOR = "SELECT count(*) FILTER (WHERE hash(record, occurred_at, name) > 0) AS n FROM {log}"
PAIRS = """
    SELECT name, next, count(*) AS times FROM (
        SELECT name, lead(name) OVER (PARTITION BY record ORDER BY occurred_at, id) AS next FROM {log}
    ) WHERE next IS NOT NULL GROUP BY ALL"""
FUNNEL = """
    WITH a AS (SELECT record, min(occurred_at) AS t FROM {log} WHERE name = '{0}' GROUP BY record),
    b AS (SELECT l.record, min(l.occurred_at) AS t FROM {log} AS l JOIN a ON a.record = l.record
        WHERE l.name = '{1}' AND l.occurred_at > a.t GROUP BY l.record),
    c AS (SELECT DISTINCT l.record FROM {log} AS l JOIN b ON b.record = l.record
        WHERE l.name = '{2}' AND l.occurred_at > b.t)
    SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM c)"""


def duckdb_by_hand(what: str, folder: Path) -> Any:
    """Ask DuckDB over the plain log, in SQL as one would write it."""
    import duckdb  # noqa: PLC0415 - the same

    connection = duckdb.connect(config={"threads": 2})
    log = f"read_parquet({log_files(folder)})"
    if what == "pairs":
        rows = connection.execute(PAIRS.format(log=log)).fetchall()
        return {f"{one} > {other}": times for one, other, times in rows}
    if what == "funnel":
        row = connection.execute(FUNNEL.format(*STEPS, log=log)).fetchone()
        return list(row or ())
    row = connection.execute(FLOOR.format(log=log)).fetchone()
    return (row or (0,))[0]


def polars_by_hand(what: str, folder: Path) -> Any:
    """Ask Polars over the plain log, streaming."""
    import polars as pl  # noqa: PLC0415 - the same

    log = pl.scan_parquet(log_files(folder)).select(COLUMNS.split(", "))
    if what == "pairs":
        told = (
            log.sort("record", "occurred_at", "id")
            .select(
                "record",
                "name",
                pl.col("name").shift(-1).alias("next"),
                pl.col("record").shift(-1).alias("whose"),
            )
            .filter(pl.col("whose") == pl.col("record"))
            .group_by("name", "next")
            .len()
            .collect(engine="streaming")
        )
        return {f"{one} > {other}": times for one, other, times in told.iter_rows()}
    first, second, third = (log.filter(pl.col("name") == name) for name in STEPS)
    earliest = pl.col("occurred_at").min()
    a = first.group_by("record").agg(earliest.alias("t"))
    b = (
        second.join(a, on="record")
        .filter(pl.col("occurred_at") > pl.col("t"))
        .group_by("record")
        .agg(earliest.alias("t"))
    )
    c = (
        third.join(b, on="record")
        .filter(pl.col("occurred_at") > pl.col("t"))
        .select("record")
        .unique()
    )
    counts = [plan.select(pl.len()) for plan in (a, b, c)]
    return [frame.item() for frame in pl.collect_all(counts, engine="streaming")]


WHO: dict[str, Callable[[str, Path], Any]] = {
    "keskio": keskio,
    "duckdb": duckdb_by_hand,
    "polars": polars_by_hand,
}


LOADED = {"keskio": "keskio.lake.lake", "duckdb": "duckdb", "polars": "polars"}


def peak_megabytes() -> float:
    """Return the most memory that this process has had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Ask and tell."""
    who, what, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    import_module(LOADED[who])  # loading is not part of asking
    idle, begun = peak_megabytes(), cpu_seconds()
    answer = WHO[who](what, folder)
    told = {"cpu": cpu_seconds() - begun, "peak": peak_megabytes(), "idle": idle}
    print(json.dumps({**told, "answer": answer}))


if __name__ == "__main__":
    main()
