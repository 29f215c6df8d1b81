"""Frozen types of the room that cross rooms: where a task stands."""

from __future__ import annotations

OPEN = "open"
DONE = "done"
DECLINED = "declined"
OVERDUE = "overdue"
"""Not done in time, and the dialogue has gone on without it."""

GIVEN_EVENT = "task.given"
DONE_EVENT = "task.done"
DECLINED_EVENT = "task.declined"
ENDED_EVENT = "dialogue.ended"
