"""The spool: request bodies made durable, many requests in one commit.

A writer thread of its own takes all that has arrived and commits it at once with full
synchronisation; whoever waits is told after the commit. Nothing is parsed here, and nothing is read
back: the intake reads the rows in its own process.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future as BlockingFuture
from typing import Protocol, TypeAlias

from keskio.events.contracts import Overloaded
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Trouble

log = logging.getLogger(__name__)

MAX_ROWS = 20_000
MAX_BYTES = 64 * 1024 * 1024
RETRY_AFTER = 2.0
LINGER = 0.002  # seconds
# A row as the store writes it: kind, source, received_at, meta, body.
Row: TypeAlias = tuple[str, int, Micros, str, bytes]
Waiter: TypeAlias = "asyncio.Future[None] | BlockingFuture[None]"


class Store(Protocol):
    """A place that keeps rows durably. Used by one thread only: the writer's."""

    def write(self, rows: Sequence[Row]) -> None:
        """Keep all `rows`, in their order, durably, or raise Trouble and keep none."""

    def close(self) -> None:
        """Let the place go."""


class SpoolClosed(Trouble):
    """The server is stopping and takes nothing more. Try again in a moment."""

    code = "spool_closed"


class Spool:
    """Takes rows from many requests and commits them together.

    `put` returns after the commit that holds the row. `on_commit` is called after each commit, in
    the writer's thread; it must not block. Above `max_rows` or `max_bytes` of waiting rows, more
    are refused at once with Overloaded, so that memory and patience stay bounded.
    """

    def __init__(
        self,
        store: Store,
        *,
        on_commit: Callable[[], None] = lambda: None,
        max_rows: int = MAX_ROWS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._store = store
        self._on_commit = on_commit
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._rows: list[Row] = []
        self._waiters: list[Waiter] = []
        self._bytes = 0
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._write_all, name="spool", daemon=True)

    def start(self) -> None:
        """Start the writer."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Take nothing more, write what waits, and let the store go."""
        with self._lock:
            self._stopping = True
            self._arrived.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    async def put(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: Micros = 0
    ) -> None:
        """Return when the row is durable.

        Raises Overloaded when too much waits, SpoolClosed while stopping, and Trouble when the
        row could not be written: then it is not in the spool.
        """
        waiter = asyncio.get_running_loop().create_future()
        self._add((kind, source, received_at or now_micros(), meta, body), waiter)
        await waiter

    def put_blocking(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: Micros = 0
    ) -> None:
        """Do the same as `put` for a caller with a thread of its own."""
        waiter: BlockingFuture[None] = BlockingFuture()
        self._add((kind, source, received_at or now_micros(), meta, body), waiter)
        waiter.result()

    def _add(self, row: Row, waiter: Waiter) -> None:
        size = len(row[4])
        with self._lock:
            if self._stopping:
                raise SpoolClosed(retry_after=RETRY_AFTER)
            if len(self._rows) >= self._max_rows or self._bytes + size > self._max_bytes:
                raise Overloaded(retry_after=RETRY_AFTER)
            self._rows.append(row)
            self._waiters.append(waiter)
            self._bytes += size
            if len(self._rows) == 1:
                self._arrived.set()

    def _take(self) -> tuple[list[Row], list[Waiter], bool]:
        with self._lock:
            rows, self._rows = self._rows, []
            waiters, self._waiters = self._waiters, []
            self._bytes = 0
            if not self._stopping:
                self._arrived.clear()
            return rows, waiters, self._stopping

    def _write_all(self) -> None:
        last = 0
        while True:
            self._arrived.wait()
            # A commit costs as much for one row as for twenty. When there was company last time,
            # a moment's patience makes fewer and larger ones; a lone row is written at once.
            if last > 1 and not self._stopping:
                time.sleep(LINGER)
            rows, waiters, stopping = self._take()
            last = len(rows)
            if rows:
                self._write(rows, waiters)
            elif stopping:
                break
        self._store.close()

    def _write(self, rows: list[Row], waiters: list[Waiter]) -> None:
        error: BaseException | None = None
        try:
            self._store.write(rows)
        except Trouble as trouble:
            log.warning("spool: %d rows were not written: %s", len(rows), trouble)
            error = trouble
        except Exception as unforeseen:  # the line must not stop: those who wait get the error
            log.exception("spool: %d rows were not written", len(rows))
            error = unforeseen
        _answer(waiters, error)
        if error is None:
            self._on_commit()


def _answer(waiters: Sequence[Waiter], error: BaseException | None) -> None:
    """Tell all who wait: one call into each event loop, however many wait there."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiter in waiters:
        if isinstance(waiter, BlockingFuture):
            waiter.set_exception(error) if error else waiter.set_result(None)
        else:
            loops.setdefault(waiter.get_loop(), []).append(waiter)
    for loop, futures in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, futures, error)
        except RuntimeError:
            log.warning("spool: %d senders had gone before their answer", len(futures))


def _settle(futures: Sequence[asyncio.Future[None]], error: BaseException | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
