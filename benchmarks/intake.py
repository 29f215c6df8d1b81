"""`keskio bench intake`: events per CPU second at the door, beside Litestar, FastAPI and Django.

Every contestant answers 200 after a commit with synchronous=FULL that many requests share, under the same
uvicorn. Peers do what their users would: the framework reads the body into types, and each event
becomes a row with a unique message id. Because Keskiö's door leaves that to the intake behind it, two
more things are shown: the peers with one row a request (read and checked all the same), and Keskiö's
door and intake together: split, deduplicated, customers found, in the log.

The figure is events per CPU second (user and system) of the server's processes; the sender's CPU is
not counted. Contestants take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.load import HttpLoad
from benchmarks.machine import cpu_seconds_of, describe, median_of
from benchmarks.peers.calls import AUTHORIZATION, KEY
from tests.servers.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
BATCHES = (1, 20, 100)
EVENTS = {1: 8_000, 20: 120_000, 100: 120_000}
IN_FLIGHT = 16
WARM_UP = 100
CUSTOMERS = 20_000
KESKIO = "keskio"
TITLES = {
    KESKIO: "**Keskiö**, the door",
    "litestar": "Litestar, msgspec types, a row an event",
    "fastapi": "FastAPI, pydantic types, a row an event",
    "django": "Django async view without middleware, msgspec types, a row an event",
    "litestar-raw": "Litestar, the same types, a row a request",
    "fastapi-raw": "FastAPI, the same types, a row a request",
    "django-raw": "Django, the same types, a row a request",
}
BOTH = "**Keskiö**, door and intake together"


class WrongCount(Exception):
    """A run left something else on disk than was sent; its figure is worth nothing."""


@dataclass
class Figures:
    """What one contestant reached with one size of batch."""

    per_cpu: list[float] = field(default_factory=list)
    per_wall: list[float] = field(default_factory=list)


def make_bodies(batch: int, count: int, seed: int) -> list[bytes]:
    """Return `count` requests of `batch` events of some 600 bytes, from many customers."""
    dice = random.Random(seed)
    return [
        json.dumps(
            {"batch": [_call(dice) for _ in range(batch)], "sentAt": datetime.now(UTC).isoformat()},
            separators=(",", ":"),
        ).encode()
        for _ in range(count)
    ]


def _call(dice: random.Random) -> dict[str, Any]:
    customer = dice.randrange(CUSTOMERS)
    call: dict[str, Any] = {
        "type": "track",
        "event": dice.choice(("Product Viewed", "Product Added", "Order Completed")),
        "messageId": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "userId": f"customer-{customer}",
        "anonymousId": None,
        "timestamp": datetime.now(UTC).isoformat(),
        "integrations": {},
        "context": {
            "library": {"name": "analytics-python", "version": "2.4.0"},
            "locale": "fi-FI",
            "ip": "203.0.113.7",
        },
        "properties": {
            "order_id": f"o-{dice.getrandbits(40)}",
            "total": round(dice.uniform(5, 500), 2),
            "currency": "EUR",
            "products": [
                {"sku": f"sku-{dice.randrange(5000)}", "quantity": dice.randrange(1, 4)}
                for _ in range(3)
            ],
        },
    }
    if dice.random() < 0.05:
        call |= {"type": "identify", "traits": {"name": f"Aino {customer}", "language": "fi"}}
        del call["event"], call["properties"]
    return call


def run_once(name: str, batch: int, seed: int, found: dict[tuple[str, int], Figures]) -> None:
    """Run one contestant once with a fresh folder, check what it stored, note its figures."""
    events = EVENTS[batch]
    warm_up, bodies = (
        make_bodies(batch, WARM_UP, seed + 1),
        make_bodies(batch, events // batch, seed),
    )
    with tempfile.TemporaryDirectory(prefix="keskio-bench-") as told:
        folder = Path(told)
        if name == KESKIO:
            prepare(folder)
        server, port = start(name, folder)
        try:
            asyncio.run(send_all(port, warm_up))
            begun, cpu = time.perf_counter(), cpu_seconds_of(server.pid)
            refused = asyncio.run(send_all(port, bodies))
            wall, cpu = time.perf_counter() - begun, cpu_seconds_of(server.pid) - cpu
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
        _note(found, (TITLES[name], batch), events, cpu, wall)
        sent = events + WARM_UP * batch
        stored = count_stored(name, folder)
        if refused or stored != (
            sent if name in {"litestar", "fastapi", "django"} else sent // batch
        ):
            raise WrongCount(f"{name}: sent {sent} in batches of {batch}, {stored} rows stored")
        if name == KESKIO:
            drained = drain(folder, sent)
            _note(found, (BOTH, batch), sent, cpu * sent / events + drained["cpu"], wall)


def _note(
    found: dict[tuple[str, int], Figures],
    place: tuple[str, int],
    events: int,
    cpu: float,
    wall: float,
) -> None:
    figures = found.setdefault(place, Figures())
    figures.per_cpu.append(events / cpu)
    figures.per_wall.append(events / wall)
    print(f"{place[0]}, batch {place[1]}: {events / cpu:,.0f}", file=sys.stderr, flush=True)


def prepare(folder: Path) -> None:
    """Make an installation with the benchmark's key in `folder`."""
    script = (
        "import django; django.setup()\n"
        "from keskio.cli.installation import bring_up_to_date; bring_up_to_date()\n"
        "from keskio.tracking import api\n"
        f"api.add_key(api.add_source('Benchmark'), text={KEY!r})\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=_environ(folder), cwd=ROOT)


def start(name: str, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a contestant's server and return it with its port when it answers."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.serve", name, str(folder), str(port)]
    environ = None if name != KESKIO else _environ(folder)
    server = subprocess.Popen(command, cwd=ROOT, env=environ)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            asyncio.run(_touch(port))
        except OSError:
            time.sleep(0.05)
        else:
            return server, port
    raise TimeoutError(f"{name} did not start")


async def _touch(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


async def send_all(port: int, bodies: Sequence[bytes]) -> int:
    """Send all bodies, `IN_FLIGHT` at a time, and return how many were refused."""
    load = HttpLoad(port, "/v1/batch", AUTHORIZATION)
    await load.open()
    waiting = iter(bodies)

    async def send_on() -> None:
        for body in waiting:
            await load.post(body)

    await asyncio.gather(*(send_on() for _ in range(IN_FLIGHT)))
    return load.refused


def count_stored(name: str, folder: Path) -> int:
    """Return how many rows a contestant has on disk."""
    if name == KESKIO:
        file, table = "spool.sqlite3", "events_spooled"
    else:
        file, table = "peer.sqlite3", "request" if name.endswith("-raw") else "event"
    with closing(sqlite3.connect(folder / file)) as connection:
        sql = f"SELECT count(*) FROM {table}"
        return int(connection.execute(sql).fetchone()[0])


def drain(folder: Path, expected: int) -> dict[str, float]:
    """Let the intake take what the door has spooled; return what it cost."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.drain", str(folder)],
        cwd=ROOT,
        env=_environ(folder),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if told["events"] != expected:
        raise WrongCount(f"{told['events']} events in the log, {expected} were sent")
    return told


def _environ(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KESKIO_", "DJANGO_"))}
    return {
        **kept,
        "KESKIO_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "keskio.config.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
    }


def table(found: dict[tuple[str, int], Figures], batches: Sequence[int]) -> str:
    """Return the Markdown table of medians; beside peers, how many times that Keskiö's door is."""
    heads = [f"batch {batch} | Keskiö is" for batch in batches]
    lines = ["| server | " + " | ".join(heads) + " |", "|---" + "|--:|--:" * len(batches) + "|"]
    names = [BOTH, *TITLES.values()]
    lines += [
        f"| {title} | {' | '.join(_cells(found, title, batches))} |"
        for title in [names[1], names[0], *names[2:]]
        if any((title, batch) in found for batch in batches)
    ]
    return "\n".join(lines)


def _cells(found: dict[tuple[str, int], Figures], title: str, batches: Sequence[int]) -> list[str]:
    cells = []
    for batch in batches:
        figures = found[title, batch].per_cpu
        middle = median_of(figures)
        ours = found.get((TITLES[KESKIO], batch))
        is_ours = ours is None or title in {TITLES[KESKIO], BOTH}
        ratio = "" if is_ours else f"{median_of(ours.per_cpu) / middle:.1f} ×"  # type: ignore[union-attr]
        cells += [f"**{middle:,.0f}** [{min(figures):,.0f}–{max(figures):,.0f}]", ratio]
    return cells


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all contestants in turns and print the table."""
    parser = argparse.ArgumentParser(prog="keskio bench intake", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, nargs="+", default=list(BATCHES), choices=BATCHES)
    parser.add_argument("--only", nargs="+", default=list(TITLES), choices=list(TITLES))
    asked = parser.parse_args(arguments)
    machine = describe("uvicorn", "litestar", "fastapi", "Django", "msgspec")
    found: dict[tuple[str, int], Figures] = {}
    for turn in range(asked.rounds):
        for batch in asked.batches:
            for name in asked.only:
                run_once(name, batch, turn * 1000 + batch, found)
    options = f"--rounds {asked.rounds}"
    print(
        machine,
        f"`keskio bench intake {options}`: events per CPU second, median [range]",
        sep="\n\n",
    )
    print("", table(found, asked.batches), sep="\n")


if __name__ == "__main__":
    main()
