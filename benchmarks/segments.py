"""`keskio bench segments`: who belongs, beside SQL and Polars written by hand over the log.

A log of two years is made straight into a lake's files. Every engine must choose the same customers.
CPU seconds of this process, sessions open; medians. Then what a change costs: the follower takes
events of 1,000 and of 10,000 customers in a company of two sizes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import cpu_seconds, describe, median_of
from benchmarks.segment_peers import AD_HOC, NOW, ORDER, TYPICAL, ByDuckDB, by_polars
from keskio.engine.conditions.sql import Kept, members_sql
from keskio.kernel.clock import to_micros
from keskio.lake.compacting import compact
from keskio.lake.contracts import Measure
from keskio.lake.duck import Means
from keskio.lake.feeding import write_table as write_rows
from keskio.lake.following import add_table
from keskio.lake.lake import Lake
from keskio.lake.shape import schema_of
from keskio.lake.tallying import register_measure

ROOT = Path(__file__).resolve().parent.parent
THREADS = 2
PART = 500_000
NAMES = (
    ("page.viewed", 40),
    ("Product Viewed", 28),
    ("Product Added", 10),
    (ORDER, 9),
    ("message.opened", 10),
    ("Checkout Started", 3),
)
SPENT = "~spent"


class WrongMembers(Exception):
    """Two engines chose different customers; the figures are worth nothing."""


def main(arguments: Sequence[str] = ()) -> None:
    """Run it and print the tables."""
    parser = argparse.ArgumentParser(prog="keskio bench segments", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="Where a lake was made before, or is to stay.")
    parser.add_argument("--only-changes", action="store_true")
    parser.add_argument(
        "--company", type=int, default=5_000, help="Customers of the small company."
    )
    parser.add_argument("--change", nargs=2, type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args(list(arguments))
    if chosen.change:
        from benchmarks.segment_changes import measure  # noqa: PLC0415 - sets Django up

        print(json.dumps(measure(*chosen.change)))
        return
    print(describe("duckdb", "polars", "pyarrow"), flush=True)
    if not chosen.only_changes:
        with tempfile.TemporaryDirectory() as made:
            conditions(chosen.folder or Path(made), chosen)
    changes(chosen.company, chosen.runs)


def conditions(folder: Path, chosen: argparse.Namespace) -> None:
    """Measure every condition on the lake in `folder`, made when it is not there."""
    lake = Lake.at(folder, Means(memory="2GB", threads=THREADS))
    if not lake.position:
        make(lake, chosen.customers, chosen.events)
    manifest = lake.store.read()
    files, people = (
        [str(folder / file.path) for file in manifest.files(table)]
        for table in ("events", "customers")
    )
    kept = [Kept(SPENT, ORDER, None, "total")]
    rows = []
    # Sessions stay open: a worker asks for many segments in one.
    peer = ByDuckDB(files, people, threads=THREADS)
    with lake.engine() as engine:
        for name, (condition, by_hand) in {**TYPICAL, **AD_HOC}.items():
            sql = members_sql(condition, now=to_micros(NOW), kept=kept, redirects=False)
            ways: dict[str, Callable[[], Any]] = {
                "Keskiö": partial(engine.ids, sql),
                "DuckDB": partial(peer.ids, by_hand),
            }
            if name in AD_HOC:
                ways["Polars"] = partial(by_polars, name, files, people)
            rows.append((name, *compared(name, ways, chosen.runs)))
    write_table(rows, chosen, sum(Path(file).stat().st_size for file in files))


def compared(
    name: str, ways: dict[str, Callable[[], Any]], runs: int
) -> tuple[int, dict[str, float]]:
    """Return how many were chosen, and the median CPU seconds of each way; all must agree."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    first: Any = None
    for run in ways.values():
        run()  # imports, and the files in the memory of the machine
    for _ in range(runs):
        for way, run in ways.items():
            begun = cpu_seconds()
            ids = run()
            taken[way].append(cpu_seconds() - begun)
            ids = np.sort(ids)
            first = ids if first is None else first
            if not np.array_equal(first, ids):
                raise WrongMembers(f"{name}: {way} chose {len(ids)}, the first {len(first)}")
    return len(first), {way: median_of(seconds) for way, seconds in taken.items()}


def make(lake: Lake, customers: int, events: int) -> None:
    """Write a log of two years into the lake's files, then put them in order."""
    schema = schema_of("events")
    for start in range(0, events, PART):
        sql = _events_sql(start, min(events, start + PART), customers, events)
        with lake.store.appending() as draft, lake.workshop() as workshop:
            rows = workshop.sql(sql).to_arrow_table()
            add_table(lake, draft, workshop, rows.select(schema.names).cast(schema))
    with lake.store.appending() as draft, lake.workshop() as workshop:
        people = workshop.sql(
            "SELECT range + 1 AS customer, true AS known,"
            f" TIMESTAMPTZ '{NOW.isoformat()}' AS created_at, 'fi' AS language, '' AS zone,"
            f" true AS email, true AS phone FROM range({customers})"
        ).to_arrow_table()
        write_rows(lake, draft, workshop, "customers", people.cast(schema_of("customers")))
    register_measure(lake, Measure(SPENT, ORDER, "", "total"))
    compact(lake)


def _events_sql(start: int, end: int, customers: int, events: int) -> str:
    """Return the SQL of the events with places from `start` to `end`: dice thrown by hashing places."""
    steps, total = [], 0
    for name, share in NAMES:
        total += share
        steps.append(f"WHEN h2 % 100 < {total} THEN '{name}'")
    span = 730 * 86_400_000_000
    return f"""
        WITH dice AS (SELECT range + 1 AS id, hash(range * 3 + 1) AS h1, hash(range * 3 + 2) AS h2,
            hash(range * 3 + 3) AS h3 FROM range({start}, {end})),
        told AS (SELECT id, CAST(1 + floor({customers} * pow((h1 % 1000003) / 1000003.0, 1.4)) AS BIGINT)
            AS record, CASE {" ".join(steps)} END AS name, TIMESTAMPTZ '{NOW.isoformat()}' - to_microseconds(
            CAST({span} AS BIGINT) - CAST({span} * (id / {events + 1}.0) AS BIGINT)) AS occurred_at,
            CAST(h3 % 1000 AS VARCHAR) AS product, 5 + (h3 // 1000) % 200 AS euros FROM dice)
        SELECT id, record, name, occurred_at, occurred_at AS received_at, 1::BIGINT AS source,
            'm' || id AS message_id, NULL::DOUBLE AS value, NULL::DOUBLE AS revenue,
            CASE WHEN name = '{ORDER}' THEN CAST(euros AS DOUBLE) END AS total, NULL::DOUBLE AS quantity,
            NULL::DOUBLE AS price, NULL AS currency, CASE WHEN name IN ('Product Viewed',
            'Product Added', '{ORDER}') THEN product END AS product_id, NULL AS category, NULL AS order_id,
            NULL AS path, NULL AS channel, NULL AS dialogue,
            '{{"properties":{{"product_id":"' || product || '","total":' || euros || '}}}}' AS body
        FROM told ORDER BY id
    """


def changes(company: int, runs: int) -> None:
    """Measure what the follower costs for 1,000 and 10,000 changed customers, in two sizes of company."""
    print("\n| customers | changed | CPU s | µs a change |\n|---|---|---|---|")
    for size, changed in ((company, 1000), (10 * company, 1000), (10 * company, 10_000)):
        seconds = median_of([_change(size, changed) for _ in range(runs)])
        print(
            f"| {size:,} | {changed:,} | {seconds:.2f} | {1e6 * seconds / changed:,.0f} |",
            flush=True,
        )


def _change(size: int, changed: int) -> float:
    """Run one measurement in a process of its own, with an installation of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "KESKIO_DATA": folder, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
        told = subprocess.run(
            [
                sys.executable, "-c",
                f"from benchmarks.segments import main; main(['--change', '{size}', '{changed}'])",
            ],
            env=environment, cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
    return float(json.loads(told.stdout.splitlines()[-1]))


def write_table(
    rows: list[tuple[str, int, dict[str, float]]], chosen: argparse.Namespace, size: int
) -> None:
    """Print what was measured."""
    print(
        f"{chosen.customers:,} customers, {chosen.events:,} events, {size / 1e6:.0f} MB of events"
    )
    print("\n| condition | members | Keskiö | DuckDB | Polars | of the better peer |")
    print("|---|---|---|---|---|---|")
    for name, count, taken in rows:
        mine, peers = taken["Keskiö"], [taken[way] for way in taken if way != "Keskiö"]
        polars = f"{taken['Polars']:.3f}" if "Polars" in taken else "–"
        ratio = mine / min(peers)
        told = f"1/{1 / ratio:.1f}" if ratio < 1 else f"{ratio:.2f}×"
        print(f"| {name} | {count:,} | {mine:.3f} | {taken['DuckDB']:.3f} | {polars} | {told} |")
    typical = [row for row in rows if row[0] in TYPICAL]
    both = [sum(row[2][way] for row in typical) for way in ("Keskiö", "DuckDB")]
    print(
        f"\nThe five typical ones together: {both[0]:.3f} s and {both[1]:.3f} s, 1/{both[1] / both[0]:.1f}."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
