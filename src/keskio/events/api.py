"""The door of the log."""

from __future__ import annotations

from keskio.events.actions import (
    append_events,
    give_back_events,
    move_cursor,
    prune_spool,
    spool_row,
    spool_rows,
)
from keskio.events.queries import (
    MOST_BYTES,
    cursor_of,
    events_after,
    events_between,
    events_named,
    events_of,
    is_worth_a_turn,
    last_position,
    locked_cursor_of,
    named_events_of,
    names_between,
    place_at,
    spool_waiting,
    spooled_after,
    told_of_records,
)
from keskio.events.spool import Spool
from keskio.events.stores import open_spool, store_of_installation

__all__ = [
    "MOST_BYTES",
    "Spool",
    "append_events",
    "cursor_of",
    "events_after",
    "events_between",
    "events_named",
    "events_of",
    "give_back_events",
    "is_worth_a_turn",
    "last_position",
    "locked_cursor_of",
    "move_cursor",
    "named_events_of",
    "names_between",
    "open_spool",
    "place_at",
    "prune_spool",
    "spool_row",
    "spool_rows",
    "spool_waiting",
    "spooled_after",
    "store_of_installation",
    "told_of_records",
]
