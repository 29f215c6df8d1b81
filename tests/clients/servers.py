"""Installations for real clients: folders with databases and keys, and servers that can be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.postgres import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 300.0  # a busy machine takes minutes
PACE = 0.05


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of an installation in `folder`: SQLite, whatever the tests use."""
    path = os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KESKIO_", "DJANGO_"))}
    return {**kept, "PYTHONPATH": path, "KESKIO_DATA": str(folder), "KESKIO_LOG_LEVEL": "WARNING"}


def keskio(folder: Path, *arguments: str) -> str:
    """Run a verb for the installation in `folder` and return what it prints."""
    command = [sys.executable, "-m", "keskio.cli", *arguments]
    done = subprocess.run(
        command,
        env=environment(folder),
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout.strip()


@dataclass
class Installation:
    """A folder with its databases, a key for servers and one for browsers."""

    folder: Path
    server_key: str = ""
    browser_key: str = ""

    def make(self) -> None:
        """Make the databases and the keys."""
        keskio(self.folder, "migrate")
        self.server_key = keskio(self.folder, "key", "create", "--source", "Shop")
        self.browser_key = keskio(self.folder, "key", "create", "--source", "Site", "--browser")

    def copy_to(self, folder: Path) -> Installation:
        """Return a fresh installation with the same keys."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("wake", "lock"))
        return Installation(folder, self.server_key, self.browser_key)

    def stored(self) -> list[dict[str, Any]]:
        """Return what clients told, as the log has it, their bodies' objects beside their own fields.

        What Keskiö itself tells because of it is left out.
        """
        with closing(
            sqlite3.connect(self.folder / "keskio.sqlite3", timeout=PATIENCE)
        ) as connection:
            rows = connection.execute(
                "SELECT name, message_id, customer_id, body FROM events_event ORDER BY id"
            ).fetchall()
        events: list[dict[str, Any]] = [
            {"name": name, "message_id": message, "customer": customer, **json.loads(body)}
            for name, message, customer, body in rows
        ]
        return [event for event in events if "sent" in event]

    def set_aside(self) -> list[tuple[str, str]]:
        """Return (reason, sentence) of what is in quarantine."""
        with closing(
            sqlite3.connect(self.folder / "keskio.sqlite3", timeout=PATIENCE)
        ) as connection:
            sql = "SELECT reason, sentence FROM tracking_quarantined"
            return list(connection.execute(sql).fetchall())

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return the log when it has `count` events, or what it has when patience ends."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = self.stored()
            if len(found) >= count:
                return found
            time.sleep(PACE)
        return self.stored()


@dataclass
class Server:
    """A running server of an installation; the same port and folder each time it is started.

    `command`: what runs it; default the whole of `keskio up`.
    """

    installation: Installation
    port: int = field(default_factory=free_port)
    command: Sequence[str] = ("-m", "keskio.cli", "up")
    options: Sequence[str] = ()
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and return when it answers."""
        self._process = subprocess.Popen(
            [sys.executable, *self.command, "--port", str(self.port), *self.options],
            env=environment(self.installation.folder),
            cwd=self.installation.folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the server did not start")
            time.sleep(PACE)

    def kill(self) -> None:
        """End all its processes with SIGKILL, in the middle of whatever they do."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self) -> int:
        """Stop it as Ctrl-C does and return its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        code = self._process.wait(PATIENCE)
        self._process = None
        return code

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/v1/nothing", timeout=5):
                return True
        except urllib.error.HTTPError as answer:
            answer.close()
            return True
        except OSError:
            return False
