"""The job that follows the log with a cursor of its own and makes tasks of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction

from keskio.events.api import cursor_of, events_after, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros

CURSOR = "respond"
BATCH = 1000


class TaskFollower:
    """Takes turns at the log; each batch goes to `follow` in one transaction with the cursor."""

    name = "respond"

    def __init__(self, follow: Callable[[Sequence[LoggedEvent]], None]) -> None:
        self._follow = follow

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        del now  # events carry their own times
        events = events_after(cursor_of(CURSOR), BATCH)
        if not events:
            return False
        with transaction.atomic():
            self._follow(events)
            move_cursor(CURSOR, events[-1].id)
        return len(events) == BATCH
