"""The door of the lake: following the log, engines, named queries, feeds, measures, erasure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from django.conf import settings

from keskio.events.api import events_after, last_position
from keskio.jobs.contracts import Background, Job
from keskio.lake import compacting, erasing, feeding, rebuilding, tallying, viewing
from keskio.lake.contracts import Engine, Feed, LakeTrouble, Measure, WrongQuery
from keskio.lake.dialect import DUCKDB_MACROS
from keskio.lake.engines import open_engine
from keskio.lake.installation import follow_log, own_lake, register_everyone, register_feed
from keskio.lake.keeper import Keeper
from keskio.lake.named import names as query_names
from keskio.lake.named import read_named

__all__ = [
    "Engine",
    "Feed",
    "LakeTrouble",
    "Measure",
    "WrongQuery",
    "backgrounds",
    "bring_up_to_date",
    "compact",
    "engine",
    "erase",
    "forget_measure",
    "jobs",
    "measures",
    "named",
    "position",
    "query_names",
    "read_named",
    "rebuild",
    "refill",
    "register_everyone",
    "register_feed",
    "register_measure",
    "script",
    "status",
]


def jobs() -> list[Job]:
    """Return what takes turns in the worker: nothing, the lake has a thread of its own."""
    return []


def backgrounds() -> list[Background]:
    """Return the thread that follows the log."""
    return [Keeper()]


def bring_up_to_date() -> int:
    """Take everything that is in the log now into the lake; return the place reached."""
    return follow_log(own_lake())


def position() -> int:
    """Return the place in the log that the lake has reached."""
    return own_lake().position


def engine(name: str = "duckdb", *, master: str = "") -> Engine:
    """Open the present state of the lake with an engine, `duckdb` or `spark`; close it after use.

    `master`: the address of the Spark cluster; the setting `spark_master` without it.
    """
    return open_engine(own_lake(), name, master=master or settings.SPARK_MASTER)


def named(name: str, **params: Any) -> pa.Table:
    """Return what a named query answers, by DuckDB."""
    with engine() as opened:
        return opened.named(name, **params)


def register_measure(key: str, *, event: str, where: str = "", property: str = "") -> None:  # noqa: A002 - its word
    """Keep `key` as a measure of the state table, from the whole history on (see Measure).

    Registering the same again does nothing; another measure under the same key takes its place. A
    key must not be the name of an event: `~` in front makes sure.
    """
    tallying.register_measure(own_lake(), Measure(key, event, where, property))


def forget_measure(key: str) -> None:
    """Keep a measure no longer; one that is not kept is no mistake."""
    tallying.forget_measure(own_lake(), key)


def measures() -> dict[str, Measure]:
    """Return the registered measures by their keys."""
    return dict(own_lake().store.read().measures)


def erase(records: Iterable[int]) -> None:
    """Take every row of `records` (and of customers with these ids) out of every file, for good.

    On return no file of the lake has anything of them. Once begun it is finished, if need be by
    the next process that writes; called again it does nothing more. The log must have let go of
    their events before, or they come again.
    """
    erasing.erase(own_lake(), records)


def refill(view: str) -> None:
    """Ask the feed of `view` about everybody again: for changes of which no event tells."""
    feeding.fill(own_lake(), [view], seen=last_position())


def compact() -> None:
    """Put everything in order now: files of days, the order by record, the state table, views."""
    compacting.compact(own_lake())


def rebuild() -> int:
    """Build the whole lake again from the log; the old one answers meanwhile. Return the place reached."""
    return rebuilding.rebuild(own_lake(), events_after, last=last_position)


def status() -> dict[str, Any]:
    """Return what the lake consists of: position, rows, bytes and files of each table."""
    manifest = own_lake().store.read()
    return {
        "position": manifest.position,
        "waiting": last_position() - manifest.position,
        "sorted_position": manifest.sorted_position,
        "buckets": manifest.buckets,
        "measures": sorted(manifest.measures),
        "tables": {
            table: {
                "files": len(files),
                "rows": sum(file.rows for file in files),
                "bytes": sum(file.bytes for file in files),
            }
            for table, files in sorted(manifest.tables.items())
        },
        "erasing": len(manifest.erasing),
    }


def script() -> str:
    """Return the SQL that makes the present state's views in anybody's DuckDB."""
    lake = own_lake()
    return viewing.script(lake.store.folder.resolve(), lake.store.read(), DUCKDB_MACROS)
