"""huey's side of `bench latency`: a consumer, whose only argument is its folder.

It has one worker thread that looks at its queue every 5 ms (huey's default is 100 ms and
slower when idle), SqliteHuey with fsync, one task an event, which commits the claim with fsync.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from pathlib import Path

from huey import SqliteHuey
from huey.consumer import Consumer

LOOK = 0.005  # seconds


class Claims:
    """The queue, the task, and the table of claims, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "claims.sqlite3"
        self.huey = SqliteHuey(filename=str(folder / "huey.sqlite3"), fsync=True, results=False)
        self.claim = self.huey.task(name="claim")(self._claim)
        self._local = threading.local()
        with self._rows() as rows:
            rows.execute(
                "CREATE TABLE IF NOT EXISTS claim (id INTEGER PRIMARY KEY, customer INTEGER, text TEXT)"
            )

    def _rows(self) -> sqlite3.Connection:
        rows: sqlite3.Connection | None = getattr(self._local, "rows", None)
        if rows is None:
            rows = self._local.rows = sqlite3.connect(self.file, isolation_level=None, timeout=10)
            rows.execute("PRAGMA journal_mode=WAL")
            rows.execute("PRAGMA synchronous=FULL")
        return rows

    def _claim(self, customer: int) -> None:
        self._rows().execute(
            "INSERT INTO claim (customer, text) VALUES (?, 'Hei!')",
            (customer,),
        )


def main() -> None:
    """Consume until stopped by a signal."""
    claims = Claims(Path(sys.argv[1]))
    consumer = Consumer(
        claims.huey, workers=1, periodic=False, initial_delay=LOOK, max_delay=LOOK, backoff=1.0
    )
    consumer.run()


if __name__ == "__main__":
    main()
