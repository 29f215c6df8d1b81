"""The door of the log."""

from __future__ import annotations

from keskio.events.actions import append_events, move_cursor
from keskio.events.queries import cursor_of, events_after, events_of, last_position

__all__ = [
    "append_events",
    "cursor_of",
    "events_after",
    "events_of",
    "last_position",
    "move_cursor",
]
