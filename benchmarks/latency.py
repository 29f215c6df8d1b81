"""`keskio bench latency`: from an event sent to its message claimed on disk, at a fixed rate.

A whole Keskiö (`keskio up`: web and worker) is fed over HTTP, one event a request; each event
brings one customer into a dialogue whose first step sends. The time runs from when an event was
due to be sent (an open loop: lateness of the client or the server is counted) to when another
process sees its message in the ledger. huey gets the same number of events at the same rate
straight into its queue, with nobody's HTTP in between.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import HttpLoad, at_rate
from benchmarks.machine import describe, fsync_milliseconds, percentile
from benchmarks.peers.huey_claims import Claims
from tests.servers.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 2.0  # seconds at the same rate, not measured
PATIENCE = 60.0  # seconds for the last message to appear
TABLE_HEAD = (
    "| events/s | engine | events | p50 ms | p95 ms | p99 ms | longest ms |\n"
    "|--:|---|--:|--:|--:|--:|--:|"
)


class WrongCount(Exception):
    """An event was lost, refused or claimed twice."""


@dataclass(frozen=True)
class Taken:
    """One contestant's latencies at one rate: milliseconds in ascending order."""

    rate: float
    title: str
    milliseconds: Sequence[float]

    def row(self) -> str:
        """Return the row of the table."""
        shown = [percentile(self.milliseconds, share) for share in (0.5, 0.95, 0.99, 1.0)]
        told = " | ".join(f"{value:,.1f}" for value in shown)
        return f"| {self.rate:,.0f} | {self.title} | {len(self.milliseconds):,} | {told} |"


@contextmanager
def running(command: Sequence[str], **more: object) -> Iterator[subprocess.Popen[str]]:
    """Run a program meanwhile, and stop it as Ctrl-C does."""
    started = subprocess.Popen(command, cwd=ROOT, text=True, **more)  # type: ignore[call-overload]
    try:
        yield started
    finally:
        started.send_signal(signal.SIGINT)
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


class Watch:
    """Notes in a process of its own when each row of a table can first be seen."""

    def __init__(self, file: Path, table: str, column: str) -> None:
        self._watch = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.ledger_watch", str(file), table, column],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._watch.stdout
        self._watch.stdout.readline()

    def seen(self) -> dict[int, float]:
        """Stop watching and return the moment of each value; raises WrongCount for one seen twice."""
        told, _ = self._watch.communicate()
        rows = json.loads(told.splitlines()[-1])
        found: dict[int, float] = dict(rows)
        if len(found) != len(rows):
            raise WrongCount(f"{len(rows) - len(found)} messages were claimed twice")
        return found


def latencies(due: Mapping[int, float], seen: Mapping[int, float]) -> list[float]:
    """Return milliseconds from due to seen, ascending, without those of the warm-up."""
    if due.keys() != seen.keys():
        raise WrongCount(f"{len(due)} events were sent, {len(seen)} messages were claimed")
    begun = min(due.values()) + WARM_UP
    return sorted(1000 * (seen[who] - at) for who, at in due.items() if at >= begun)


def measure_keskio(folder: Path, rate: float, seconds: float) -> Taken:
    """Feed a whole Keskiö."""
    count = round(rate * (seconds + WARM_UP))
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.latency_setup", str(count)],
        cwd=ROOT,
        env={**os.environ, "KESKIO_DATA": str(folder)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    prepared = json.loads(told.stdout.splitlines()[-1])
    port = free_port()
    up = [sys.executable, "-m", "keskio.cli", "up", "--data", str(folder), "--port", str(port)]
    with running(up, stdout=subprocess.PIPE) as installation:
        assert installation.stdout
        while "is up" not in (line := installation.stdout.readline()):
            if not line:
                raise WrongCount("Keskiö did not come up")
        time.sleep(2)  # the worker begins beside the web
        watch = Watch(folder / "keskio.sqlite3", "talk_message", "customer_id")
        load = HttpLoad(port, "/v1/track", prepared["authorization"])
        customers = prepared["customers"]
        bodies = [
            json.dumps(
                {
                    "type": "track",
                    "event": "Service Due",
                    "userId": f"c{i}",
                    "messageId": f"m{i}",
                    "properties": {"car": f"ABC-{i}", "km": 150_000 + i},
                }
            ).encode()
            for i in range(count)
        ]
        at = asyncio.run(at_rate(load, rate, count, bodies.__getitem__))
        if load.refused:
            raise WrongCount(f"the door refused {load.refused} of {count} requests")
        due = dict(zip(customers, at, strict=True))
        wait_for(folder / "keskio.sqlite3", "talk_message", count)
        seen = watch.seen()
    return Taken(rate, "**Keskiö** (HTTP door, intake, runner)", latencies(due, seen))


def measure_huey(folder: Path, rate: float, seconds: float) -> Taken:
    """Feed huey's queue."""
    count = round(rate * (seconds + WARM_UP))
    claims = Claims(folder)
    # Imported, not run as __main__: huey finds its tasks by the name of their module.
    consume = "from benchmarks.peers.huey_claims import main; main()"
    command = [sys.executable, "-c", consume, str(folder)]
    with running(command, stderr=subprocess.DEVNULL):
        time.sleep(2)
        watch = Watch(claims.file, "claim", "customer")
        begun = time.time() + 0.2
        due = {i: begun + i / rate for i in range(count)}
        for i, at in due.items():
            time.sleep(max(0.0, at - time.time()))
            claims.claim(i)
        wait_for(claims.file, "claim", count)
        seen = watch.seen()
    return Taken(rate, "huey, SqliteHuey(fsync), no HTTP", latencies(due, seen))


def wait_for(file: Path, table: str, count: int) -> None:
    """Wait until a table holds `count` rows, or long enough."""
    until = time.monotonic() + PATIENCE
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        while time.monotonic() < until:
            (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            if found >= count:
                return
            time.sleep(0.5)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both at each rate, in turns, and print the table."""
    parser = argparse.ArgumentParser(prog="keskio bench latency", description=__doc__)
    parser.add_argument("--rate", type=float, action="append", help="events a second; repeatable")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each, warm-up apart")
    parser.add_argument("--only", choices=("keskio", "huey"))
    parser.add_argument("--folder", help="where the databases are made; must be on a real disk")
    asked = parser.parse_args(arguments)
    rates = asked.rate or [200.0, 1000.0]
    print(describe("Django", "uvicorn", "huey"))
    print("", f"`keskio bench latency {' '.join(f'--rate {r:.0f}' for r in rates)}`", sep="\n")
    print("", TABLE_HEAD, sep="\n", flush=True)
    disk: list[str] = []
    for rate in rates:
        for name, measure in (("keskio", measure_keskio), ("huey", measure_huey)):
            if asked.only not in (None, name):
                continue
            with tempfile.TemporaryDirectory(prefix="keskio-bench-", dir=asked.folder) as folder:
                taken = fsync_milliseconds(Path(folder))
                disk.append(f"{percentile(taken, 0.5):.1f} / {percentile(taken, 0.99):.1f}")
                print(measure(Path(folder), rate, asked.seconds).row(), flush=True)
    print("", f"fdatasync before each row, p50 / p99 ms: {', '.join(disk)}.", sep="\n")


if __name__ == "__main__":
    main()
