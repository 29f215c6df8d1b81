"""The job that follows the log and makes cases of what is for people."""

from __future__ import annotations

from django.db import transaction

from keskio.events.api import cursor_of, events_named, move_cursor
from keskio.kernel.clock import Micros
from keskio.respond.inbox.opening import NAMES, take_in
from keskio.talk.api import runners_have_reached

CURSOR = "respond.inbox"
BATCH = 500
# So many events of others are looked at again in each turn before a commit is spent on them.
PASSED_OVER = 1000


class InboxFollower:
    """Takes turns at the log, behind the dialogues: what they have taken as an answer is no case.

    A batch and the cursor are written in one transaction, so a stop in the middle changes nothing.
    """

    name = "inbox"

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        position = cursor_of(CURSOR)
        upto = runners_have_reached()
        if upto <= position:
            return False
        events, reached = events_named(NAMES, after=position, limit=BATCH, upto=upto)
        if not events and reached - position < PASSED_OVER:
            return False
        with transaction.atomic():
            take_in(events, now)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH
