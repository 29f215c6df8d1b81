"""The thread that keeps one channel sending: takes up, hands over concurrently, at the allowed rate."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from keskio.channels.api import limits_for, transport_for
from keskio.channels.contracts import Limits, Transport
from keskio.kernel.clock import now_micros
from keskio.kernel.sql import is_postgres, run
from keskio.talk.sender import Ready, Sender

IDLE_SECONDS = 0.1
LONGEST_PAUSE = 300.0
CALL = 20  # messages in one call to a provider
log = logging.getLogger(__name__)


class SendingThread:
    """A background: sends one channel until it is stopped. What has begun is finished first."""

    def __init__(self, channel: str, *, owner: str) -> None:
        self.name = f"sender.{channel}"
        self._sender = Sender(channel, owner=owner)
        self._channel = channel
        self._pause = 0.0
        self._connections: list[BaseDatabaseWrapper] = []

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set."""
        try:
            with ThreadPoolExecutor(max_workers=32, thread_name_prefix=self.name) as pool:
                self._send(pool, stop)
            self._sender.release()
        finally:
            self._disconnect()

    def _send(self, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        self._connect()
        self._sender.reconcile(now_micros(), is_beginning=True)
        checked = time.monotonic()
        while not stop.is_set():
            if time.monotonic() - checked > 30:
                self._sender.reconcile(now_micros())
                checked = time.monotonic()
            waited = self._round(pool)
            stop.wait(waited)

    def _round(self, pool: ThreadPoolExecutor) -> float:
        """Send one round; return how many seconds to wait before the next."""
        transport, limits = transport_for(self._channel), limits_for(self._channel)
        if transport is None or limits.per_second == 0:
            return 1.0
        began = time.monotonic()
        most = _round_size(limits)
        ready = self._sender.prepare(now_micros(), most)
        if not ready:
            return IDLE_SECONDS
        if all(pool.map(lambda calls: self._call(calls, transport), _calls(ready, limits))):
            self._pause = 0.0
        else:
            self._pause = min(LONGEST_PAUSE, self._pause * 2 or 1.0)
            log.warning("%s: the provider had trouble; next try in %.0f s", self.name, self._pause)
            return self._pause
        spent = time.monotonic() - began
        due = len(ready) / limits.per_second if limits.per_second else 0.0
        return max(0.0, due - spent)

    def _call(self, ready: Sequence[Ready], transport: Transport) -> bool:
        self._connect()
        return self._sender.hand_over(ready, transport, now_micros())

    def _connect(self) -> None:
        """Give this thread a connection whose commits survive a loss of power.

        What is claimed here leaves the house. The connection is kept for the thread's next call.
        """
        own = connections[DEFAULT_DB_ALIAS]
        if own in self._connections:
            return
        if not is_postgres():
            run("PRAGMA synchronous = FULL")
            run("PRAGMA wal_autocheckpoint = 0")
        own.inc_thread_sharing()  # so that the end can close it
        self._connections.append(own)

    def _disconnect(self) -> None:
        for own in self._connections:
            own.close()
            own.dec_thread_sharing()
        self._connections.clear()


def _round_size(limits: Limits) -> int:
    most = limits.concurrency * CALL
    return most if limits.per_second is None else max(1, min(most, int(limits.per_second)))


def _calls(ready: Sequence[Ready], limits: Limits) -> list[Sequence[Ready]]:
    size = max(1, min(CALL, -(-len(ready) // limits.concurrency)))
    return [ready[start : start + size] for start in range(0, len(ready), size)]
