"""The job that follows the log with a cursor of its own and makes tasks of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction

from keskio.events.api import cursor_of, events_named, is_worth_a_turn, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.respond.contracts import ENDED_EVENT, GIVEN_EVENT

CURSOR = "respond"
BATCH = 1000
NAMES = frozenset({GIVEN_EVENT, ENDED_EVENT})


class TaskFollower:
    """Takes turns at the log; each batch goes to `follow` in one transaction with the cursor."""

    name = "respond"

    def __init__(self, follow: Callable[[Sequence[LoggedEvent]], None]) -> None:
        self._follow = follow

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        del now  # events carry their own times
        position = cursor_of(CURSOR)
        events, reached = events_named(NAMES, after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        with transaction.atomic():
            self._follow(events)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH
