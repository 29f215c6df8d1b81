"""DuckDB in this process: the engine for queries, and the hand that writes the lake's files."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from keskio.lake.contracts import Engine, LakeTrouble, WrongQuery
from keskio.lake.dialect import DUCKDB_MACROS
from keskio.lake.manifest import Manifest, sync_file
from keskio.lake.named import Named, read_named
from keskio.lake.store import Store
from keskio.lake.viewing import quoted, reading, relations, views

_WORD = re.compile(r"\w+")
GROUP = 122_880  # rows of a row group
_OURS = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InternalException)


@dataclass(frozen=True)
class Means:
    """What DuckDB may take of this machine."""

    memory: str = "1GB"
    threads: int = 2


USUAL = Means()


def connect(scratch: Path, means: Means) -> duckdb.DuckDBPyConnection:
    """Return a connection with nothing in it but our macros; what does not fit goes to `scratch`."""
    connection = duckdb.connect(
        config={
            "threads": means.threads,
            "memory_limit": means.memory,
            "temp_directory": str(scratch),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    for macro in DUCKDB_MACROS:
        connection.execute(macro)
    return connection


class Shelf:
    """The lake's views in a connection, each made when a query first asks for it."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, manifest: Manifest
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._relations = relations(manifest)
        self._views = views(manifest, ordered=True)
        self._made: set[str] = set()

    def lay_out(self, sql: str) -> None:
        """Make the views that `sql` names, and those that they are made of."""
        for name in _WORD.findall(sql):
            if name in self._made:
                continue
            if name in self._views:
                self._made.add(name)
                self.lay_out(self._views[name])
                self._make(name, self._views[name])
            elif name in self._relations:
                self._made.add(name)
                table, files, where = self._relations[name]
                self._make(name, reading(self._folder, table, files, where))

    def _make(self, name: str, sql: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")


def write(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
    """Write what `sql` answers to a new Parquet file, in its order; return how many rows it has.

    The file is on the disk on return. A file without rows is not kept.
    """
    told = connection.execute(
        f"COPY ({sql}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP})"
    ).fetchone()
    rows = int(told[0]) if told else 0
    if not rows:
        path.unlink(missing_ok=True)
        return 0
    sync_file(path)
    return rows


@contextmanager
def workshop(store: Store, means: Means) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for writing, with a scratch folder of its own that is removed in the end."""
    scratch = store.new_scratch(f"workshop-{secrets.token_hex(4)}")
    connection = connect(scratch, means)
    try:
        yield connection
    finally:
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)


class DuckEngine(Engine):
    """One state of the lake, open in DuckDB."""

    name = "duckdb"

    def __init__(self, store: Store, means: Means) -> None:
        self._manifest, self._lease = store.lease()
        self._scratch = store.new_scratch(self._lease.name)
        self.connection = connect(self._scratch, means)
        self._shelf = Shelf(self.connection, store.folder, self._manifest)

    @property
    def position(self) -> int:
        """The place in the log that this state has reached."""
        return self._manifest.position

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Return what `sql` answers."""
        try:
            self._shelf.lay_out(sql)
            told = self.connection.sql(sql, params=dict(params) if params else None)
            if told is None:
                raise WrongQuery("This is no query: it answers nothing.")
            return told.to_arrow_table()
        except _OURS as error:
            raise LakeTrouble(f"The lake could not answer: {error}") from error
        except duckdb.Error as error:
            raise WrongQuery(f"The query cannot be run: {error}") from error

    def stream(
        self, sql: str, params: Mapping[str, Any] | None = None, *, rows: int = GROUP
    ) -> Iterator[pa.RecordBatch]:
        """Yield what `sql` answers as it comes, up to so many rows at a time, in little memory.

        Nothing else may be asked of this engine meanwhile.
        """
        try:
            self._shelf.lay_out(sql)
            told = self.connection.sql(sql, params=dict(params) if params else None)
            if told is None:
                raise WrongQuery("This is no query: it answers nothing.")
            yield from told.to_arrow_reader(rows)
        except _OURS as error:
            raise LakeTrouble(f"The lake could not answer: {error}") from error
        except duckdb.Error as error:
            raise WrongQuery(f"The query cannot be run: {error}") from error

    def ids(self, sql: str, params: Mapping[str, Any] | None = None) -> NDArray[np.int64]:
        """Return the first column as whole numbers."""
        column = self.query(sql, params).column(0)
        return np.asarray(column.to_numpy(), dtype=np.int64)

    def named(self, name: str, **params: Any) -> pa.Table:
        """Return what a named query answers."""
        asked: Named = read_named(name)
        return self.query(asked.sql, asked.bind(params))

    def close(self) -> None:
        """Let go of the state."""
        self.connection.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._lease.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
