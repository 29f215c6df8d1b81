"""Checkpoints of SQLite's write-ahead logs, off the hot path: small, often, by one thread.

A checkpoint copies the log's pages back into the file. Left to SQLite it happens inside whichever
commit crosses a limit, and that commit waits. Here one thread does it for all the files.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

PACE = 0.25  # seconds between rounds
IDLE = 5.0  # seconds without a write before a log is cut to nothing
LARGE = 64 * 1024 * 1024  # bytes; a log above this is begun anew even under load
SHORT_WAIT = 100  # milliseconds that beginning anew may hold writers up


def leave_checkpoints_to_the_worker() -> None:
    """Make this process's connections to SQLite never checkpoint by themselves.

    Only for processes beside which a `Checkpointer` runs: without one the logs would only grow.
    """
    connection_created.connect(_stop_checkpoints, dispatch_uid="keskio.jobs.checkpoints")


def _stop_checkpoints(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_autocheckpoint=0")


class Checkpointer:
    """The background that checkpoints `files`."""

    name = "checkpointer"

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def run(self, stop: threading.Event) -> None:
        """Checkpoint all files in turn until `stop` is set, and once more then."""
        with contextlib.ExitStack() as stack:
            logs = [stack.enter_context(WriteAheadLog(file)) for file in self._files]
            while not stop.wait(PACE):
                for log in logs:
                    log.tend(time.monotonic())
            for log in logs:
                log.cut()


class WriteAheadLog:
    """One file's write-ahead log."""

    def __init__(self, file: Path) -> None:
        self._log = Path(f"{file}-wal")
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=0)
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._seen = (0, 0)
        self._changed_at = 0.0

    def tend(self, now: float) -> None:
        """Copy back what can be copied without anybody waiting; cut the log when all is quiet."""
        state = self._state()
        if state[1] == 0:
            return
        if state != self._seen:
            self._seen, self._changed_at = state, now
            self._checkpoint("PASSIVE")
            if state[1] > LARGE:
                self._begin_anew()
        elif now - self._changed_at > IDLE:
            self.cut()

    def cut(self) -> None:
        """Copy back everything and cut the log to nothing, unless somebody is at it."""
        self._checkpoint("TRUNCATE")

    def _begin_anew(self) -> None:
        self._connection.execute(f"PRAGMA busy_timeout={SHORT_WAIT}")
        self._checkpoint("RESTART")
        self._connection.execute("PRAGMA busy_timeout=0")

    def _checkpoint(self, mode: str) -> None:
        # Busy is an answer here, not an error: the next round comes soon.
        with contextlib.suppress(sqlite3.OperationalError):
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()

    def _state(self) -> tuple[int, int]:
        try:
            found = self._log.stat()
        except FileNotFoundError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
