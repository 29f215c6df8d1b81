"""Spark, on a cluster or in threads of this machine: the same views and the same SQL, translated.

For companies that have outgrown one machine. A session is started for each master once and kept by
Spark until the process ends or `stop_spark` is called; engines only make their views in it.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from keskio.kernel.errors import Mistake
from keskio.lake.contracts import Engine, LakeTrouble, WrongQuery
from keskio.lake.dialect import to_spark
from keskio.lake.named import read_named
from keskio.lake.shape import TYPES, columns_of
from keskio.lake.store import Store
from keskio.lake.viewing import relations, views

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession

_SPARK_TYPES = {
    "BIGINT": "BIGINT",
    "VARCHAR": "STRING",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMPTZ": "TIMESTAMP",
}
OPTIONS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "1g",
}
LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@cache
def _session(master: str) -> SparkSession:
    if find_spec("pyspark") is None:
        raise Mistake("Spark is not installed: install keskio with the extra `spark`.")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise Mistake("Spark needs Java 17, which this machine has not.")
    from pyspark.sql import SparkSession as Session  # noqa: PLC0415 - an extra that few install

    builder = Session.builder.master(master).appName("keskio")
    near = master.startswith("local") or "//127.0.0.1" in master
    for key, value in {**OPTIONS, **(LOOPBACK if near else {})}.items():
        builder = builder.config(key, value)
    try:
        session: SparkSession = builder.getOrCreate()
    except Exception as error:
        raise LakeTrouble(f"Spark cannot be reached at {master}: {error}") from error
    session.sparkContext.setLogLevel("ERROR")
    # It would print every wrong query with all of Java's stack; we raise it in a sentence.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    logging.getLogger("py4j").setLevel(logging.ERROR)
    return session


def stop_spark() -> None:
    """End the session of this process, if there is one, and the Java behind it."""
    if find_spec("pyspark") is None:
        return
    from pyspark import SparkContext  # noqa: PLC0415 - the same
    from pyspark.sql import SparkSession as Session  # noqa: PLC0415 - the same

    session = Session.getActiveSession()
    if session is not None:
        session.stop()
    gateway = SparkContext._gateway  # noqa: SLF001 - pyspark has no other way to end Java
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()  # which is how it is told
        gateway.proc.wait(30)
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001 - the same
    _session.cache_clear()


class SparkEngine(Engine):
    """One state of the lake, open in Spark."""

    name = "spark"

    def __init__(self, store: Store, *, master: str) -> None:
        self._session = _session(master).newSession()
        self._manifest, self._lease = store.lease()
        for name, (table, files, where) in relations(self._manifest).items():
            columns = columns_of(table)
            schema = ", ".join(f"{column} {_SPARK_TYPES[kind]}" for column, kind in columns.items())
            paths = [str(store.folder / file.path) for file in files]
            if paths:
                frame = self._session.read.schema(schema).parquet(*paths)
            else:
                frame = self._session.createDataFrame([], schema)
            (frame.where(where) if where else frame).createOrReplaceTempView(name)
        for name, sql in views(self._manifest, ordered=False).items():
            self._session.sql(to_spark(sql)).createOrReplaceTempView(name)

    @property
    def position(self) -> int:
        """The place in the log that this state has reached."""
        return self._manifest.position

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Return what `sql` answers."""
        translated = to_spark(sql, params)
        with _told(translated):
            frame = self._session.sql(translated)
            return _arrow(frame)

    def stream(
        self, sql: str, params: Mapping[str, Any] | None = None, *, rows: int = 100_000
    ) -> Iterator[pa.RecordBatch]:
        """Yield what `sql` answers, up to so many rows at a time."""
        yield from self.query(sql, params).to_batches(max_chunksize=rows)

    def ids(self, sql: str, params: Mapping[str, Any] | None = None) -> NDArray[np.int64]:
        """Return the first column as whole numbers."""
        column = self.query(sql, params).column(0)
        return np.asarray(column.to_numpy(), dtype=np.int64)

    def named(self, name: str, **params: Any) -> pa.Table:
        """Return what a named query answers."""
        asked = read_named(name)
        return self.query(asked.sql, asked.bind(params))

    def close(self) -> None:
        """Let go of the state; the session stays for the next."""
        self._lease.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


@contextmanager
def _told(sql: str) -> Iterator[None]:
    """Tell whose fault it is when Spark refuses."""
    from pyspark.errors import AnalysisException, ParseException, PySparkException  # noqa: PLC0415 - the same

    try:
        yield
    except (AnalysisException, ParseException) as error:
        raise WrongQuery(f"Spark cannot run the query: {error}\n{sql}") from error
    except PySparkException as error:
        raise LakeTrouble(f"Spark could not answer: {error}") from error


def _arrow(frame: DataFrame) -> pa.Table:
    """Return a frame as Arrow, with instants as the lake has them."""
    table = frame.toArrow()
    fields = []
    for field in table.schema:
        kind = TYPES["TIMESTAMPTZ"] if pa.types.is_timestamp(field.type) else field.type
        fields.append(pa.field(field.name, kind))
    return table.cast(pa.schema(fields))
