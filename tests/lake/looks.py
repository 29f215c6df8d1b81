"""What tests see of a lake."""

from __future__ import annotations

from typing import Any

from keskio.lake.lake import Lake


def rows(lake: Lake, sql: str, **params: Any) -> list[tuple[Any, ...]]:
    """Return what a query answers, as tuples."""
    with lake.engine() as engine:
        return [tuple(row.values()) for row in engine.query(sql, params or None).to_pylist()]


def ids(lake: Lake, view: str = "events") -> list[int]:
    """Return the ids of events in a view, as they come."""
    return [row[0] for row in rows(lake, f"SELECT id FROM {view}")]


def tallies(lake: Lake) -> dict[tuple[int, str], tuple[int, int, int, float]]:
    """Return the state table by record and measure."""
    told = rows(
        lake,
        "SELECT record, measure, epoch_us(first_at) AS f, epoch_us(last_at) AS l, times, total FROM tallies",
    )
    assert len({(row[0], row[1]) for row in told}) == len(told)
    return {(row[0], row[1]): row[2:] for row in told}


def parquet_files(lake: Lake) -> list[str]:
    """Return every Parquet file there is in the folder."""
    found = lake.store.folder.rglob("*.parquet")
    return sorted(path.relative_to(lake.store.folder).as_posix() for path in found)
