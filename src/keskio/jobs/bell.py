"""The bell that wakes the worker: a datagram on a socket in the data folder.

It carries no message and may be lost: the worker looks around by itself every `LONGEST_REST`. Where
the folder's path is too long for a socket, or the system has none, that is all there is.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)

SOCKET = "wake"
LONGEST_REST = 0.2  # seconds
LOOK = 2.0  # seconds between looks for bells of further runners
LONGEST_PATH = 100  # bytes; systems allow 104 to 108


class Bell:
    """The worker's end: it can be waited for."""

    def __init__(self, folder: Path, name: str = SOCKET) -> None:
        self.path = folder / name
        self._socket: socket.socket | None = None
        if len(os.fsencode(self.path)) > LONGEST_PATH:
            log.info("The path of %s is too long for a socket: the worker polls.", self.path)
            return
        self.path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(self.path))
        self.path.chmod(0o600)

    def wait(self, seconds: float = LONGEST_REST) -> bool:
        """Rest until somebody rings, at most `seconds`; tell whether somebody did."""
        if self._socket is None:
            time.sleep(seconds)
            return False
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if not ready:
            return False
        with contextlib.suppress(BlockingIOError):
            while True:  # many rings are one
                self._socket.recv(1)
        return True

    def close(self) -> None:
        """Take the bell down."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Rope:
    """The other end: whoever has brought work pulls it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths = [str(folder / SOCKET)]
        self._looked_at = 0.0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def pull(self) -> None:
        """Ring every bell, without ever waiting: nobody there, or already ringing, is as good."""
        if (now := time.monotonic()) > self._looked_at + LOOK:
            self._looked_at = now
            others = sorted(str(path) for path in self._folder.glob(f"{SOCKET}-*"))
            self._paths = [str(self._folder / SOCKET), *others]
        for path in self._paths:
            with contextlib.suppress(OSError):
                self._socket.sendto(b"!", path)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()
