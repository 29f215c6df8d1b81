"""The state table: what each batch of events adds to it, and measures built from history.

A batch adds rows of its own (`tallies_new`), in proportion to its events; reading sums them with
the base, and compacting puts them into it.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from keskio.kernel.errors import Mistake
from keskio.lake.contracts import Measure, WrongQuery
from keskio.lake.duck import write
from keskio.lake.lake import Lake
from keskio.lake.purging import purge
from keskio.lake.shape import HOT_NUMBERS

_SUMS = "min(occurred_at) AS first_at, max(occurred_at) AS last_at, count(*) AS times"
ORDER = "ORDER BY measure, record"


def text(value: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def tallies_sql(source: str, measures: Iterable[Measure], *, with_names: bool = True) -> str:
    """Return the SQL of the state table of the events in `source`: all names, and `measures`."""
    measures = list(measures)
    parts = []
    if with_names:
        keys = ", ".join(text(measure.key) for measure in measures)
        where = f" WHERE name NOT IN ({keys})" if keys else ""
        parts.append(
            f"SELECT record, name AS measure, {_SUMS},"
            f" sum(coalesce(value, revenue, total, 0)) AS total FROM {source}{where}"
            " GROUP BY record, name"
        )
    parts += [_measure_sql(source, measure) for measure in measures]
    return " UNION ALL ".join(parts)


def _measure_sql(source: str, measure: Measure) -> str:
    condition = f" AND ({measure.where})" if measure.where else ""
    return (
        f"SELECT record, {text(measure.key)} AS measure, {_SUMS},"
        f" sum(coalesce({_summed(measure.property)}, 0)) AS total FROM {source}"
        f" WHERE name = {text(measure.event)}{condition} GROUP BY record"
    )


def _summed(name: str) -> str:
    if not name:
        return "value, revenue, total"
    return name if name in HOT_NUMBERS else f"event_number(body, {text(name)})"


def register_measure(lake: Lake, measure: Measure) -> None:
    """Build a measure from the whole history and keep it from now on, in one stroke.

    Raises WrongQuery when its condition cannot be run; nothing has changed then.
    """
    if not measure.key or not measure.event:
        raise Mistake("A measure needs a key and the name of an event.")
    if lake.store.read().measures.get(measure.key) == measure:
        return
    with lake.store.reshaping(), lake.store.appending() as draft:
        with lake.workshop(draft.before, views="events") as connection:
            purge(lake.store, draft, connection, _of_key(measure.key))
            path = lake.store.new_path("tallies_new")
            sql = tallies_sql("events", [measure], with_names=False)
            try:
                rows = write(connection, f"{sql} {ORDER}", path)
            except duckdb.Error as error:
                raise WrongQuery(f"The measure {measure.key} cannot be built: {error}") from error
        if rows:
            draft.add("tallies_new", [lake.store.file(path, rows=rows)])
        draft.after.measures[measure.key] = measure


def forget_measure(lake: Lake, key: str) -> None:
    """Keep a measure no longer; one that is not kept is no mistake."""
    if key not in lake.store.read().measures:
        return
    with lake.store.reshaping(), lake.store.appending() as draft:
        with lake.workshop() as connection:
            purge(lake.store, draft, connection, _of_key(key))
        draft.after.measures.pop(key, None)


def _of_key(key: str) -> dict[str, str]:
    return dict.fromkeys(("tallies", "tallies_new"), f"measure = {text(key)}")
