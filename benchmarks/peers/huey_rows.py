"""huey with its SQLite queue (fsync on), and a row a customer.

A task an event, as huey's users write it; each task commits its customer's row and outbox row. No
results are kept, and one worker takes the tasks without a consumer's polling: in huey's favour.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

from huey import SqliteHuey  # type: ignore[import-untyped]

from benchmarks.flow import FIRST, SECOND, Count, answer_of, replies, shuffled
from benchmarks.stopwatch import Stopwatch

TABLES = """
    PRAGMA journal_mode=WAL;
    CREATE TABLE conversation (
        customer INTEGER PRIMARY KEY, state TEXT NOT NULL, answer TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE outbox (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, text TEXT NOT NULL);
"""


class HueyRows:
    """A task an event, a transaction a task."""

    title = "huey, SqliteHuey(fsync), a row a customer"

    def __init__(self, n: int, folder: Path) -> None:
        self.n = n
        self.huey = SqliteHuey(filename=str(folder / "huey.sqlite3"), fsync=True, results=False)
        self.rows = sqlite3.connect(folder / "rows.sqlite3", isolation_level=None)
        self.rows.executescript(TABLES)
        self.rows.execute("PRAGMA synchronous=FULL")
        self.enrol = self.huey.task()(self._enrol)
        self.reply = self.huey.task()(self._reply)

    def prepare(self) -> None:
        """Nothing: the tables are there."""

    def run(self, watch: Stopwatch, arriving: Stopwatch) -> None:
        """Put all events into the queue, then take tasks until there is none."""
        texts = replies(self.n)
        with arriving:
            for customer in shuffled(self.n, 1):
                self.enrol(customer)
            for customer in shuffled(self.n, 2):
                self.reply(customer, texts[customer - 1])
        with watch:
            while task := self.huey.dequeue():
                self.huey.execute(task)

    def _enrol(self, customer: int) -> None:
        rows = self.rows
        rows.execute("BEGIN IMMEDIATE")
        rows.execute(
            "INSERT INTO conversation (customer, state) VALUES (?, 'waiting')", (customer,)
        )
        rows.execute(
            "INSERT INTO outbox (customer, text) VALUES (?, ?)",
            (customer, FIRST.format(name=f"Asiakas {customer}")),
        )
        rows.execute("COMMIT")

    def _reply(self, customer: int, text: str) -> None:
        rows = self.rows
        rows.execute("BEGIN IMMEDIATE")
        (state,) = rows.execute(
            "SELECT state FROM conversation WHERE customer = ?", (customer,)
        ).fetchone()
        if state == "waiting":
            answer = answer_of(text)
            rows.execute(
                "UPDATE conversation SET state = 'done', answer = ? WHERE customer = ?",
                (answer, customer),
            )
            rows.execute(
                "INSERT INTO outbox (customer, text) VALUES (?, ?)", (customer, SECOND[answer])
            )
        rows.execute("COMMIT")

    def count(self) -> Count:
        """Count the rows of both tables."""
        ends = Counter(
            answer
            for (answer,) in self.rows.execute(
                "SELECT answer FROM conversation WHERE state = 'done'"
            )
        )
        (sends,) = self.rows.execute("SELECT count(*) FROM outbox").fetchone()
        return Count(sends, 2 * sum(ends.values()), dict(ends))


CONTESTANT = HueyRows
