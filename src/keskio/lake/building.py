"""A lake from Python rows, without a database: for tests, benchmarks and trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from keskio.events.contracts import LoggedEvent
from keskio.lake.batches import table_of_rows
from keskio.lake.contracts import Measure
from keskio.lake.duck import USUAL, Means
from keskio.lake.feeding import write_table
from keskio.lake.following import add
from keskio.lake.lake import Lake
from keskio.lake.tallying import register_measure


def build(
    folder: Path,
    *,
    events: Iterable[LoggedEvent] = (),
    views: Mapping[str, Iterable[tuple[Any, ...]]] | None = None,
    measures: Iterable[Measure] = (),
    means: Means = USUAL,
) -> Lake:
    """Make a lake in `folder` with these events and rows of views, and return it.

    Events are put in the order of their ids; called again it adds to what is there (views: to
    their rows). Rows of views are in the order of their columns, instants in microseconds.
    """
    lake = Lake.at(folder, means)
    told = sorted(events, key=lambda event: event.id)
    with lake.store.appending() as draft, lake.workshop() as connection:
        if told:
            add(lake, draft, connection, told)
        for view, rows in (views or {}).items():
            write_table(lake, draft, connection, view, table_of_rows(rows, view))
    for measure in measures:
        register_measure(lake, measure)
    return lake
