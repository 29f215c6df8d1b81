"""The second executor: a condition as one SQL query over all customers.

The SQL is of DuckDB's dialect over the views of docs/lake.md, and keeps to what can be translated for
Spark. What the state table can tell is asked of it; the events of one stretch of time are read once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.reading import OF_CUSTOMERS, OF_ONE_THING, read_condition
from keskio.engine.conditions.sql.building import Builder, node_of
from keskio.engine.conditions.sql.comparing import joined, property_leaf
from keskio.engine.conditions.sql.measures import PREFIX, measures_wanted
from keskio.engine.conditions.sql.picking import Kept, Picker

__all__ = ["PREFIX", "Kept", "measures_wanted", "members_sql", "where_sql"]


def members_sql(
    document: Mapping[str, Any] | f.Condition,
    *,
    now: int,
    zone: str = "Europe/Helsinki",
    kept: Sequence[Kept] | None = (),
    redirects: bool = True,
) -> str:
    """Return the query whose one column, `customer`, has each member once.

    `kept`: what the state table keeps besides every name of an event; None to read events only.
    `redirects`: whether records have been merged; without it the query is cheaper. Raises Unreadable
    for what cannot be asked of customers.
    """
    form = document
    if isinstance(form, Mapping):
        form = read_condition(form, words=OF_CUSTOMERS)
    picker = Picker(now, zone, kept, merged=redirects)
    return Builder(picker).query(node_of(form, picker))


def where_sql(document: Mapping[str, Any] | f.Condition) -> str:
    """Return a condition on an event's properties as a predicate over `events`: for measures."""
    form = document
    if isinstance(form, Mapping):
        form = read_condition(form, words=OF_ONE_THING)
    return joined(form, property_leaf)
