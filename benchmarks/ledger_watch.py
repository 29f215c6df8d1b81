"""Watches a table of a SQLite file and notes when each row can first be seen by others.

`python -m benchmarks.ledger_watch FILE TABLE COLUMN`: looks every half millisecond whether anybody has
committed; when its standard input ends, prints one line of JSON: [[value of COLUMN, seconds], …].
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time

PACE = 0.0005


def _follow_input(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def main() -> None:
    """Watch until standard input ends."""
    file, table, column = sys.argv[1:4]
    ended = threading.Event()
    threading.Thread(target=_follow_input, args=(ended,), daemon=True).start()
    seen: list[tuple[int, float]] = []
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None, timeout=10)
    connection.execute("PRAGMA wal_autocheckpoint=0")
    last, version = 0, -1
    sql = f"SELECT id, {column} FROM {table} WHERE id > ? ORDER BY id"
    print("watching", flush=True)
    while not ended.is_set():
        (now_version,) = connection.execute("PRAGMA data_version").fetchone()
        if now_version != version:
            version = now_version
            rows = connection.execute(sql, (last,)).fetchall()
            at = time.time()
            seen += [(value, at) for _, value in rows]
            last = rows[-1][0] if rows else last
        time.sleep(PACE)
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
