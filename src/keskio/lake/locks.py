"""Who may write to the lake, and who reads it: locks of the file system, which end with a process.

Two locks for writers: `append` for short additions, `reshape` for whatever takes files away. A
reader holds a lease that says which state it reads, so that files of it stay.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock file for as long as the block lasts; False when another has it and `wait` is not set."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


class ReadLease:
    """Says that somebody reads the states of the lake from `generation` on, until closed."""

    def __init__(self, folder: Path, generation: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            self._path = folder / f"{generation}.{os.getpid()}.{secrets.token_hex(4)}"
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
            if os.fstat(self._descriptor).st_nlink:
                return
            os.close(self._descriptor)  # taken for a dead one's before it was locked

    @property
    def name(self) -> str:
        """What the lease is called."""
        return self._path.name

    def close(self) -> None:
        """Let go."""
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1


def oldest_read(folder: Path) -> int | None:
    """Return the oldest generation that a living reader holds, or None; leases of the dead are removed."""
    held = []
    for path in folder.glob("*.*.*"):
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
            except BlockingIOError:
                held.append(int(path.name.split(".")[0]))
            finally:
                os.close(descriptor)
    return min(held, default=None)
