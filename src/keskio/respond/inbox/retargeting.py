"""The job by which open cases follow targets and calendars that somebody has changed.

Whoever changes them asks for it (`ask_to_retarget`); the job then goes through the open cases a slice at a
time. Asked again in the middle, it begins anew. Where it has come to stands beside the cursors of the log.
"""

from __future__ import annotations

from django.db import transaction

from keskio.events.api import cursor_of, move_cursor
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.actions import retarget
from keskio.respond.inbox.models import Case

# The next case to look at; 0: nothing is asked for.
PLACE = "respond.inbox.retarget"
SLICE = 100


def ask_to_retarget() -> None:
    """Let all open cases follow the targets and calendars as they are after this transaction."""
    move_cursor(PLACE, 1)
    transaction.on_commit(wake)


class Retargeter:
    """Takes turns at the open cases, while somebody has asked for it."""

    name = "case targets"

    def turn(self, now: Micros) -> bool:
        """Take one slice; True when there may be more."""
        del now  # the cases' own clocks say when
        place = cursor_of(PLACE)
        if not place:
            return False
        with transaction.atomic():
            waiting = Case.objects.filter(place__in=(c.ACTIVE, c.ASLEEP), pk__gte=place)
            found = list(waiting.order_by("pk").values_list("pk", flat=True)[:SLICE])
            if found:
                retarget(found)
            move_cursor(PLACE, found[-1] + 1 if len(found) == SLICE else 0)
        return len(found) == SLICE
