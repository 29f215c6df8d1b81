"""Where the spool's writer keeps its rows: a SQLite file of its own, or PostgreSQL.

Both go past Django's connections: the writer's thread owns its connection, tuned for one thing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections

from keskio.events.queries import SPOOL_WRITER
from keskio.events.spool import Row, Spool, Store
from keskio.kernel.errors import Trouble

if TYPE_CHECKING:
    import psycopg

COLUMNS = "(kind, source_id, received_at, meta, body)"
RETRY_AFTER = 5.0
PATIENCE = 20.0


class SqliteStore:
    """Rows in the table `events_spooled` of the SQLite file at `path`.

    The file and its table exist already. Checkpoints are left to a connection nobody waits for.
    """

    INSERT = f"INSERT INTO events_spooled {COLUMNS} VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - constants

    def __init__(self, path: Path | str) -> None:
        self._path = str(path)
        self._connection: sqlite3.Connection | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Keep all `rows` durably: one transaction, one fsync."""
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(self.INSERT, rows)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()
            raise Trouble(
                f"The spool {self._path} cannot be written: {error}.", retry_after=RETRY_AFTER
            ) from error

    def close(self) -> None:
        """Close the file; an open transaction is undone."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(
                self._path,
                timeout=PATIENCE,
                isolation_level=None,
                uri=self._path.startswith("file:"),
                check_same_thread=False,
            )
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA wal_autocheckpoint=0")
            self._connection = connection
        return self._connection


class PostgresStore:
    """Rows in the table `events_spooled` of the PostgreSQL that `parameters` name (as libpq's)."""

    INSERT = f"INSERT INTO events_spooled {COLUMNS} VALUES (%s, %s, %s, %s, %s)"  # noqa: S608 - constants

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = dict(parameters)
        self._connection: psycopg.Connection[Any] | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Keep all `rows` durably: one transaction."""
        import psycopg  # noqa: PLC0415 - an optional dependency

        try:
            if self._connection is None:
                self._connection = psycopg.connect(**self._parameters, autocommit=True)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                # Ids are given out before commit; the intake reads by id: one writer at a time.
                cursor.execute(SPOOL_WRITER)
                cursor.executemany(self.INSERT, rows)
        except psycopg.Error as error:
            self.close()
            raise Trouble(
                f"The spool in PostgreSQL cannot be written: {error}", retry_after=RETRY_AFTER
            ) from error

    def close(self) -> None:
        """Close the connection; an open transaction is undone."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def store_of_installation() -> Store:
    """Return the store that this installation's settings name."""
    connection = connections[settings.SPOOL_ALIAS]
    if connection.vendor == "sqlite":
        return SqliteStore(connection.settings_dict["NAME"])
    names = ("dbname", "user", "password", "host", "port")
    known = connection.get_connection_params()
    parameters = {name: known[name] for name in names if known.get(name)}
    parameters |= connection.settings_dict.get("OPTIONS", {})
    return PostgresStore(parameters)


def open_spool(*, on_commit: Callable[[], None] = lambda: None) -> Spool:
    """Return a started spool on this installation's store. Whoever opens it stops it."""
    spool = Spool(store_of_installation(), on_commit=on_commit)
    spool.start()
    return spool
