"""The door of the lake: following the log, engines, named queries, feeds, measures, erasure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from keskio.jobs.contracts import Background, Job
from keskio.lake.contracts import (
    Engine,
    Feed,
    IdsAfter,
    LakeTrouble,
    Measure,
    WrongQuery,
)

__all__ = [
    "Engine",
    "Feed",
    "LakeTrouble",
    "Measure",
    "WrongQuery",
    "backgrounds",
    "bring_up_to_date",
    "engine",
    "erase",
    "jobs",
    "named",
    "position",
    "register_everyone",
    "register_feed",
    "register_measure",
]


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return []


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return []


def bring_up_to_date() -> int:
    """Take everything that is in the log now into the lake; return the place reached."""
    raise NotImplementedError


def position() -> int:
    """Return the place in the log that the lake has reached."""
    raise NotImplementedError


def engine(name: str = "duckdb", *, master: str = "") -> Engine:
    """Open the present state of the lake with an engine, `duckdb` or `spark`; close it after use.

    `master`: the address of the Spark cluster; the setting `spark_master` without it.
    """
    raise NotImplementedError


def named(name: str, **params: Any) -> pa.Table:
    """Return what a named query answers, by DuckDB."""
    with engine() as opened:
        return opened.named(name, **params)


def register_feed(feed: Feed) -> None:
    """From now on `feed` says what its view holds; one feed a view. Called at wiring time."""
    raise NotImplementedError


def register_everyone(ids_after: IdsAfter) -> None:
    """From now on `ids_after(after, limit)` says who there are: every record, in order of ids."""
    raise NotImplementedError


def register_measure(key: str, *, event: str, where: str = "", property: str = "") -> None:  # noqa: A002
    """Keep `key` as a measure of the state table, from the whole history on (see Measure).

    Registering the same again does nothing; another measure under the same key takes its place.
    """
    raise NotImplementedError


def erase(records: Iterable[int]) -> None:
    """Take every row of `records` (and of customers with these ids) out of every file, for good.

    On return no file of the lake has anything of them. Once begun it is finished, if need be by
    the next process that writes; called again it does nothing more.
    """
    raise NotImplementedError
