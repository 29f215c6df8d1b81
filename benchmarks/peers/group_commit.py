"""What a peer needs to answer after the commit without an fsync a request: group commit in a thread."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROW_AN_EVENT = """
    CREATE TABLE IF NOT EXISTS event (
        id integer PRIMARY KEY, message_id text NOT NULL UNIQUE, name text NOT NULL, user_id text,
        anonymous_id text, at text, body text NOT NULL
    )
"""
ROW_A_REQUEST = "CREATE TABLE IF NOT EXISTS request (id integer PRIMARY KEY, body blob NOT NULL)"
PUT_EVENT = """
    INSERT OR IGNORE INTO event (message_id, name, user_id, anonymous_id, at, body)
    VALUES (?, ?, ?, ?, ?, ?)
"""
PUT_REQUEST = "INSERT INTO request (body) VALUES (?)"


class GroupCommit:
    """Takes rows of many requests and commits them together, with synchronous=FULL."""

    def __init__(self, file: Path, *, row_a_request: bool) -> None:
        self._file = file
        self._sql = PUT_REQUEST if row_a_request else PUT_EVENT
        self._waiting: list[tuple[Sequence[Sequence[Any]], asyncio.Future[None]]] = []
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        threading.Thread(target=self._write, daemon=True).start()

    async def put(self, rows: Sequence[Sequence[Any]]) -> None:
        """Return when the rows are durable."""
        done = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.append((rows, done))
        self._arrived.set()
        await done

    def _write(self) -> None:
        connection = sqlite3.connect(self._file, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(ROW_AN_EVENT)
        connection.execute(ROW_A_REQUEST)
        while True:
            self._arrived.wait()
            self._arrived.clear()
            with self._lock:
                taken, self._waiting = self._waiting, []
            if not taken:
                continue
            connection.execute("BEGIN IMMEDIATE")
            for rows, _ in taken:
                connection.executemany(self._sql, rows)
            connection.execute("COMMIT")
            futures = [done for _, done in taken]
            futures[0].get_loop().call_soon_threadsafe(_settle, futures)


def _settle(futures: Sequence[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
