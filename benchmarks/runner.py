"""`keskio bench runner`: durable dialogue steps per CPU second, Keskiö beside its peers.

A transition is a customer enrolled and waiting on disk, or a customer whose reply is handled and who
is done on disk: two a customer for everybody. Contestants take turns, so that a change in the
machine's mood falls on all; each run is a process of its own and is checked.

Two figures: the steps alone, and the steps with bringing in durably what happened (Keskiö: into the
log; huey: into its queue; the Django twin takes it from memory; DBOS cannot be taken apart).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.flow import Count, expected
from benchmarks.machine import describe, median_of
from benchmarks.postgres import durable_postgres, is_installed

KESKIO = "benchmarks.keskio_dialogue"
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Entrant:
    """A contestant with the number of customers that it can carry through in reasonable time."""

    title: str
    module: str
    n: int
    postgres: bool = False
    per_cpu: list[float] = field(default_factory=list)
    with_arriving: list[float] = field(default_factory=list)
    per_wall: list[float] = field(default_factory=list)
    noted: dict[str, float] = field(default_factory=dict)


class WrongCount(Exception):
    """A run left something else on disk than the flow says; its figure is worth nothing."""


def entrants(n: int, *, postgres: bool) -> list[Entrant]:
    """Return who takes part when Keskiö carries `n` customers."""
    peers = "benchmarks.peers"
    found = [
        Entrant("**Keskiö**, SQLite", KESKIO, n),
        Entrant(
            "`transitions` + Django ORM, hand-batched, 1,000 a transaction (`bulk_update`)",
            f"{peers}.django_bulk",
            min(n, 20_000),
        ),
        Entrant(
            "the same, rows written back by `bulk_create(update_conflicts=True)`",
            f"{peers}.django_upsert",
            min(n, 20_000),
        ),
        Entrant("huey, SqliteHuey(fsync), a row a customer", f"{peers}.huey_rows", min(n, 2_000)),
        Entrant("DBOS on SQLite, async step + recv", f"{peers}.dbos_workflow", min(n, 300)),
        Entrant("**Keskiö**, batches of 1,000", "benchmarks.keskio_1000", min(n, 20_000)),
        Entrant("Bytewax, a snapshot every 1,000", f"{peers}.bytewax_flow", min(n, 20_000)),
        Entrant("**Keskiö**, batches of 200", "benchmarks.keskio_200", min(n, 20_000)),
        Entrant("Bytewax, a snapshot every 200", f"{peers}.bytewax_200", min(n, 20_000)),
    ]
    if postgres:
        found.insert(1, Entrant("**Keskiö**, PostgreSQL", KESKIO, n, postgres=True))
    return found


def run_once(entrant: Entrant) -> None:
    """Run one contestant once in a process of its own, check it, note its figures."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="keskio-bench-"))
        environ = stack.enter_context(durable_postgres()) if entrant.postgres else None
        command = [sys.executable, "-m", "benchmarks.one", entrant.module, str(entrant.n), folder]
        done = subprocess.run(
            command, cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE, text=True
        )
    told = json.loads(done.stdout.splitlines()[-1])
    entrant.noted.update(told["noted"])
    count = Count(told["sends"], told["transitions"], told["ends"])
    if count != expected(entrant.n):
        raise WrongCount(f"{entrant.title}: {count}, expected {expected(entrant.n)}")
    entrant.per_cpu.append(count.transitions / told["cpu"])
    entrant.with_arriving.append(count.transitions / (told["cpu"] + told["arriving"]))
    entrant.per_wall.append(count.transitions / told["wall"])


def table(found: Sequence[Entrant]) -> str:
    """Return the Markdown table of medians, with Keskiö's on SQLite against each."""
    lines = [
        "| engine | customers | steps: transitions per CPU second, median [range] | Keskiö on SQLite is"
        " | steps and bringing events in | Keskiö on SQLite is | steps per second of wall clock |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    ours = found[0]
    for entrant in found:
        cells = [
            entrant.title,
            f"{entrant.n:,}",
            *_against(entrant.per_cpu, ours.per_cpu),
            *_against(entrant.with_arriving, ours.with_arriving),
            f"{median_of(entrant.per_wall):,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _against(theirs: Sequence[float], ours: Sequence[float]) -> tuple[str, str]:
    shown = f"**{median_of(theirs):,.0f}** [{min(theirs):,.0f}–{max(theirs):,.0f}]"
    ratio = "" if theirs is ours else f"{median_of(ours) / median_of(theirs):,.1f} ×"
    return shown, ratio


def run_due(n: int) -> str:
    """Let `n` timers be due at one moment; return what to print."""
    with tempfile.TemporaryDirectory(prefix="keskio-bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.one", "benchmarks.keskio_due", str(n), folder]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return (
        f"{n:,} timers due at one moment: {told['cpu']:,.1f} CPU seconds, {told['wall']:,.1f} seconds of"
        f" wall clock, {n / told['cpu']:,.0f} timers per CPU second, each with its message claimed"
    )


def grown(sizes: Sequence[int]) -> Iterator[str]:
    """Return a row for each number of customers: what a transition costs, what a waiting one takes."""
    yield "| customers | transitions per CPU second | CPU µs a transition | bytes a waiting customer |"
    yield "|--:|--:|--:|--:|"
    for n in sizes:
        entrant = Entrant("**Keskiö**, SQLite", KESKIO, n)
        run_once(entrant)
        rate = entrant.per_cpu[0]
        yield f"| {n:,} | {rate:,.0f} | {1e6 / rate:,.0f} | {entrant.noted['bytes']:,.0f} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all contestants in turns and print the table."""
    parser = argparse.ArgumentParser(prog="keskio bench runner", description=__doc__)
    parser.add_argument("--n", type=int, default=100_000, help="customers that Keskiö carries")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", action="store_true", help="also Keskiö on PostgreSQL")
    parser.add_argument("--only", default="", help="only contestants whose module has this in it")
    parser.add_argument("--grow", type=int, nargs="+", help="only Keskiö, at these sizes")
    parser.add_argument("--due", type=int, help="only Keskiö: so many timers due at one moment")
    asked = parser.parse_args(arguments)
    if asked.grow or asked.due:
        print(describe("Django"), "", sep="\n")
        for row in grown(asked.grow or ()) if asked.grow else (run_due(asked.due),):
            print(row, flush=True)
        return
    if asked.postgres and not is_installed():
        print("PostgreSQL is not installed: left out.", file=sys.stderr)
    machine = describe("Django", "transitions", "huey", "dbos", "bytewax")
    found = [
        entrant
        for entrant in entrants(asked.n, postgres=asked.postgres and is_installed())
        if asked.only in entrant.module
    ]
    for turn in range(asked.rounds):
        for entrant in found:
            run_once(entrant)
            print(
                f"round {turn + 1}: {entrant.title}: {entrant.per_cpu[-1]:,.0f};"
                f" events brought in: {entrant.with_arriving[-1]:,.0f}",
                file=sys.stderr,
                flush=True,
            )
    print(machine, f"`keskio bench runner --n {asked.n} --rounds {asked.rounds}`", sep="\n\n")
    print("", table(found), sep="\n")
    for entrant in found:
        if "bytes" in entrant.noted:
            print(f"\n{entrant.title}: {entrant.noted['bytes']:,.0f} bytes a waiting customer.")


if __name__ == "__main__":
    main()
