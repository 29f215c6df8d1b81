"""What the lake's state table keeps for the definitions in use, so that they need no pass over events.

A measure is built from the whole history when a definition first asks for it, kept up with each batch
of events, and forgotten when no definition asks for it any more.
"""

from __future__ import annotations

from collections.abc import Iterable

from keskio.engine.conditions.sql import PREFIX, Kept, measures_wanted, where_sql
from keskio.know.segments.contracts import Document
from keskio.know.segments.shelf import Node, conditions_of
from keskio.lake import api as lake

MOST = 200
"""So many measures are kept at most: each has its price with every batch of events."""


def wanted_by(nodes: Iterable[Node]) -> dict[str, Kept]:
    """Return the measures that definitions ask for, by their keys."""
    conditions = (condition for node in nodes for condition in conditions_of(node.draft))
    return {kept.key: kept for condition in conditions for kept in measures_wanted(condition)}


def keep_for(node: Node) -> None:
    """Have the state table keep what a definition asks for; what it keeps already costs nothing."""
    there = lake.measures()
    for key, kept in wanted_by([node]).items():
        if key not in there and len(there) < MOST:
            where = "" if kept.where is None else where_sql(kept.where)
            lake.register_measure(key, event=kept.event, where=where, property=kept.property)


def forget_others(nodes: Iterable[Node]) -> None:
    """Keep no measure any longer for which none of the definitions in use asks."""
    wanted = wanted_by(nodes)
    for key in lake.measures():
        if key.startswith(PREFIX) and key not in wanted:
            lake.forget_measure(key)


def kept_for(condition: Document) -> list[Kept]:
    """Return those measures of a condition that the state table keeps now."""
    there = lake.measures()
    return [kept for kept in measures_wanted(condition) if kept.key in there]
