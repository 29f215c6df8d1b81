from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.postgres import PostgresServer, free_port, free_ports

# Five seconds are promised; on a machine that is busy with other tests the clock says little.
LONGEST_END = 30.0
PATIENCE = 120.0


class Running:
    """A `keskio up` in a folder of its own, and what it has written so far."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.folder = folder
        self.port = free_port()
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("KESKIO_", "DJANGO_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "keskio.cli", "up", "--data", str(folder), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **clean,
                "KESKIO_PORT": str(self.port),
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                **environ,
            },
            start_new_session=True,
        )

    def read_until(self, words: str) -> str:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if words in line:
                break
        return "".join(lines)

    def children(self) -> dict[str, int]:
        """The processes of the group but the parent, by what they are."""
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                group = int((place / "stat").read_text().rpartition(")")[2].split()[2])
                words = (place / "cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError):
                continue
            if group == self.process.pid and b"keskio.config.processes" in words:
                name = words[words.index(b"keskio.config.processes") + 1].decode()
                found[name] = int(place.name)
        return found

    def end(self, sign: int) -> tuple[int, float, str]:
        begun = time.monotonic()
        if sign == signal.SIGINT:  # a terminal tells the whole group
            os.killpg(self.process.pid, sign)
        else:
            self.process.send_signal(sign)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, time.monotonic() - begun, rest


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose databases are made; the demo and the one on PostgreSQL begin with nothing."""
    folder = tmp_path_factory.mktemp("migrated")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KESKIO_", "DJANGO_"))}
    subprocess.run(
        [sys.executable, "-m", "keskio.cli", "migrate"],
        env={
            **clean,
            "KESKIO_DATA": str(folder),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return folder


@pytest.fixture
def running(tmp_path: Path, migrated: Path) -> Iterator[Running]:
    shutil.copytree(migrated, tmp_path / "data")
    run = Running(tmp_path / "data")
    yield run
    if run.process.poll() is None:
        run.process.kill()
        run.process.communicate()


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(processes: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_pages_and_stops_whole_within_five_seconds(running: Running, sign: int) -> None:
    written = running.read_until("Ctrl-C stops it.")
    assert written.splitlines()[0] == f"Keskiö is up: http://127.0.0.1:{running.port}/"
    assert re.search(r"Make the first user here: http://\S+/set-up/\S{32}/", written)
    with urllib.request.urlopen(
        f"http://127.0.0.1:{running.port}/sign-in/", timeout=PATIENCE
    ) as answer:
        assert answer.status == 200
    children = running.children()
    assert set(children) == {"web", "worker"}
    code, seconds, rest = running.end(sign)
    assert (code, rest) == (0, "")
    assert seconds < LONGEST_END
    assert wait_until_gone(list(children.values()), LONGEST_END)


@pytest.mark.postgres
def test_up_serves_pages_on_postgres(tmp_path: Path, postgres: PostgresServer) -> None:
    run = Running(tmp_path / "data", KESKIO_DATABASE_URL=postgres.new_database())
    run.read_until("Ctrl-C stops it.")
    with urllib.request.urlopen(
        f"http://127.0.0.1:{run.port}/sign-in/", timeout=PATIENCE
    ) as answer:
        assert answer.status == 200
    assert run.end(signal.SIGTERM)[0] == 0
    assert not list((tmp_path / "data").glob("*.sqlite3*"))


def names_in_the_log(folder: Path) -> set[str]:
    """What has happened so far in the installation in `folder`."""
    with closing(sqlite3.connect(f"file:{folder}/keskio.sqlite3?mode=ro", uri=True)) as log:
        return {name for (name,) in log.execute("SELECT DISTINCT name FROM events_event")}


def test_demo_talks_with_its_phones_by_itself_and_is_alone_in_its_folder(tmp_path: Path) -> None:
    """Its folder is for the owner only, whatever has been written there by then."""
    run = Running(tmp_path / "data", "--demo", "--port", str(free_ports(4)))
    said = run.read_until("Ctrl-C stops it.")
    assert re.search(r"^Sign in as admin, editor or reader; ", said, re.MULTILINE)
    phones = re.search(r"^The customers' phones: (\S+)$", said, re.MULTILINE)
    assert phones
    with urllib.request.urlopen(phones.group(1), timeout=PATIENCE) as answer:
        assert answer.status == 200
    assert set(run.children()) == {"web", "worker", "phones"}
    wanted = {"message.sent", "message.delivered", "message.received"}
    deadline = time.monotonic() + 240
    while not wanted <= names_in_the_log(tmp_path / "data") and time.monotonic() < deadline:
        time.sleep(0.5)
    assert wanted - names_in_the_log(tmp_path / "data") == set()
    second_is_told_of_the_first(run)
    code, _, _ = run.end(signal.SIGINT)
    assert code == 0
    files = [path for path in run.folder.rglob("*") if not path.is_socket()]
    assert {path.name for path in files if path.stat().st_mode & 0o077} == set()


def second_is_told_of_the_first(running: Running) -> None:
    second = Running(running.folder)
    said, _ = second.process.communicate(timeout=PATIENCE)
    assert second.process.returncode == 2
    assert said == (
        f"keskio: Keskiö already runs in {running.folder} (process {running.process.pid}): stop it"
        " first, or choose another folder with --data.\n"
    )


@pytest.mark.parametrize(("victim", "other"), [("worker", "web"), ("web", "worker")])
def test_dead_child_stops_the_other_and_is_named(running: Running, victim: str, other: str) -> None:
    running.read_until("Ctrl-C stops it.")
    children = running.children()
    os.kill(children[victim], signal.SIGKILL)
    rest, _ = running.process.communicate(timeout=PATIENCE)
    assert rest == f"keskio: the {victim} process ended (-9), so all stops.\n"
    assert running.process.returncode == 1
    assert not is_alive(children[other])


def test_children_end_when_the_parent_is_killed(running: Running) -> None:
    running.read_until("Ctrl-C stops it.")
    children = list(running.children().values())
    running.process.kill()
    running.process.communicate()
    assert wait_until_gone(children, LONGEST_END)


def test_taken_port_is_told_of(tmp_path: Path) -> None:
    with socket.socket() as taker:
        taker.bind(("127.0.0.1", 0))
        taker.listen()
        port = taker.getsockname()[1]
        run = Running(tmp_path / "data", "--port", str(port))
        said, _ = run.process.communicate(timeout=PATIENCE)
    assert run.process.returncode == 2
    assert said == (
        f"keskio: Keskiö cannot listen on 127.0.0.1 port {port} (Address already in use): stop"
        " what does, or choose another with --port or KESKIO_PORT.\n"
    )


def test_wrong_setting_is_told_of_before_anything_starts(tmp_path: Path) -> None:
    run = Running(tmp_path / "data", KESKIO_LANGUAGE="sv")
    said, _ = run.process.communicate(timeout=PATIENCE)
    assert run.process.returncode == 2
    assert said == "keskio: The setting KESKIO_LANGUAGE is 'sv': write one of fi, en.\n"
    assert not (tmp_path / "data").exists()
