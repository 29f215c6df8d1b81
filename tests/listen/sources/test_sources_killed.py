"""Collectors are killed with SIGKILL while messages pour in: every one is stored once, none is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.servers.jetstream import Jetstream, jetstream
from tests.servers.mastodon import Mastodon, mastodon

LONGEST = 300.0


class Lives:
    """The installation in `folder`, seen from outside, and the process that starts lives in it."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder, self.process = folder, process

    def start(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("live\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stored(self, source: str) -> list[str]:
        place = self.folder / "keskio.sqlite3"
        with closing(sqlite3.connect(place, timeout=20)) as database:
            sql = "SELECT text FROM listen_mention WHERE source = ?"
            return sorted(row[0] for row in database.execute(sql, (source,)))

    def wait_for(self, mastodon: int, jetstream: int) -> None:
        deadline = time.monotonic() + LONGEST
        while True:
            found = len(self.stored("mastodon-1")), len(self.stored("bluesky-2"))
            if found[0] >= mastodon and found[1] >= jetstream:
                return
            assert time.monotonic() < deadline, found
            time.sleep(0.01)


@contextmanager
def lives(folder: Path, *servers: str) -> Iterator[Lives]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KESKIO_", "DJANGO_"))}
    environ = {**clean, "KESKIO_DATA": str(folder), "KESKIO_SOURCES_INSIDE": "yes"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.listen.sources.lives", *servers],
        cwd=Path(__file__).parents[3],
        env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with process:
            yield Lives(folder, process)
            assert process.stdin is not None
            process.stdin.close()
    finally:
        process.kill()


def pour(there: Mastodon, sky: Jetstream, count: int) -> None:
    """Write messages with a breath between them."""
    for number in range(count):
        there.write(f"viesti {number:04}")
        sky.write(f"pyörä {number:04}")
        time.sleep(0.002)


def killed(folder: Path, *, kills: int, count: int) -> None:
    with mastodon() as there, jetstream() as sky, lives(folder, there.url, sky.url) as company:
        life = company.start()
        there.wait_for_streams(1)
        sky.wait_for_lines(1)
        pouring = threading.Thread(target=pour, args=[there, sky, count])
        pouring.start()
        for turn in range(kills):
            wanted = count * (turn + 1) // (kills + 2)
            company.wait_for(wanted, wanted)
            os.kill(life, signal.SIGKILL)
            life = company.start()
        pouring.join()
        company.wait_for(count, count)
        os.kill(life, signal.SIGKILL)
        assert company.stored("mastodon-1") == [f"viesti {n:04}" for n in range(count)]
        assert company.stored("bluesky-2") == [f"pyörä {n:04}" for n in range(count)]


@pytest.mark.slow
def test_killed_once_while_messages_pour_in(tmp_path: Path) -> None:
    killed(tmp_path, kills=1, count=300)


@pytest.mark.nightly
def test_killed_ten_times_while_messages_pour_in(tmp_path: Path) -> None:
    killed(tmp_path, kills=10, count=3000)
