"""`keskio bench lake`: pairs and funnels in the order of customers, beside the same over the plain log.

For each size a lake is made (not measured, but told), then Keskiö's named queries, DuckDB and Polars by
hand take turns, each asking in a process of its own; answers must be equal. Peers read the lake's own
files of days: Parquet, zstd, in the order of time. Also: bytes an event, the floor (reading three
columns), and what a day costs in a state table of many customers.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import describe

ROOT = Path(__file__).resolve().parent.parent
WHAT = ("pairs", "funnel", "floor")
WHO = ("keskio", "duckdb", "polars")
TITLES = {
    "keskio": "**Keskiö**, named query, order of customers",
    "duckdb": "DuckDB by hand, plain log",
    "polars": "Polars by hand, streaming, plain log",
}
ASKS = {
    "pairs": "directly-follows pairs",
    "funnel": "funnel of three steps",
    "floor": "reading three columns",
}


class WrongAnswer(Exception):
    """Two contestants gave different answers; no figure counts."""


@dataclass
class Figures:
    """What one contestant needed for one question."""

    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    answer: Any = None


def run(module: str, *arguments: object) -> dict[str, Any]:
    """Run a module in a process of its own and return the JSON that it prints."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main(arguments: Sequence[str]) -> None:
    """Make, ask, compare, print."""
    parser = argparse.ArgumentParser(prog="keskio bench lake", description=__doc__)
    parser.add_argument("--events", default="1000000,10000000", help="sizes, with commas between")
    parser.add_argument(
        "--customers", type=int, default=5_000_000, help="for the day's refresh; 0: none"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a folder whose lakes are kept and used again")
    asked = parser.parse_args(arguments)
    print(describe("duckdb", "polars", "pyarrow"), flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        for size in map(int, filter(None, asked.events.split(","))):
            compare(folder / f"events-{size}", size, asked.rounds)
        if asked.customers:
            day(folder / f"customers-{asked.customers}", asked.customers)


def compare(folder: Path, size: int, rounds: int) -> None:
    """Make a lake of `size` events, let all ask it in turns, and print a table."""
    print(f"\n### {size:,} events, {size // 20:,} customers\n", flush=True)
    if not (folder / "manifest.json").exists():
        made = run("lake_made", folder, size)
        print(
            f"Taking in {made['taking'] / size * 1e6:.1f} µs of CPU an event (rows in Arrow to files and"
            f" state table), compacting {made['compacting'] / size * 1e6:.1f} µs.\n"
        )
    print(f"{bytes_told(folder, size)}\n", flush=True)
    print("| question | who | CPU s, median [range] | Keskiö is | most memory, MB |")
    print("|---|---|--:|--:|--:|")
    for what in WHAT:
        figures = {who: Figures() for who in WHO if not (what == "floor" and who == "polars")}
        for _ in range(rounds):
            for who, figure in figures.items():
                told = run("lake_asked", who, what, folder)
                figure.cpu.append(told["cpu"])
                figure.peak.append(told["peak"])
                figure.answer = told["answer"]
        tell(what, figures)


def tell(what: str, figures: dict[str, Figures]) -> None:
    """Check that all answered the same, and print a row for each."""
    own = figures["keskio"]
    for who, figure in figures.items():
        if figure.answer != own.answer:
            raise WrongAnswer(f"{what}: {who} says {figure.answer}, Keskiö says {own.answer}")
        ratio = "" if who == "keskio" else f"{median(figure.cpu) / median(own.cpu):.1f} ×"
        title = "Keskiö, view `events`" if (who, what) == ("keskio", "floor") else TITLES[who]
        print(
            f"| {ASKS[what]} | {title} | **{median(figure.cpu):.2f}** [{min(figure.cpu):.2f}-"
            f"{max(figure.cpu):.2f}] | {ratio} | {median(figure.peak):,.0f} |",
            flush=True,
        )


def bytes_told(folder: Path, size: int) -> str:
    """Return how many bytes an event takes in each order, and a row of the state table."""
    tables = json.loads((folder / "manifest.json").read_text())["tables"]
    total = {name: sum(file["bytes"] for file in files) for name, files in tables.items()}
    rows = sum(file["rows"] for file in tables["tallies"])
    return (
        f"Bytes an event: {total['events'] / size:.1f} in the order of time, {total['by_record'] / size:.1f}"
        f" in that of customers; {total['tallies'] / rows:.1f} a row of the state table ({rows:,} rows)."
    )


def day(folder: Path, customers: int) -> None:
    """Print what a day costs in a state table of many customers."""
    if not (folder / "manifest.json").exists():
        run("lake_made", folder, 0, customers)
    told = run("lake_day", folder, customers)
    print(f"\n### A day of {customers:,} customers, a state table of {told['rows']:,} rows\n")
    print("| what | CPU s |\n|---|--:|")
    rows = {
        f"taking in {told['events']:,} events of {told['touched']:,} customers": "taking_in",
        "reading a measure of everybody before it": "read_before",
        "the same with the day's rows beside the base": "read_after",
        "bringing them into the base (by night)": "settling",
        "reading a measure after that": "read_settled",
    }
    for title, key in rows.items():
        print(f"| {title} | {told[key]:.2f} |")
