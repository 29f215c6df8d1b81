"""What the wing does in the worker: looks for duplicates when asked, and once a night."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.db import close_old_connections

from keskio.jobs.contracts import Background, Job
from keskio.kernel.clock import now
from keskio.know.duplicates.actions import ask_for_search, carry_out
from keskio.know.duplicates.models import Search
from keskio.know.duplicates.queries import last_search

_LOOK_EVERY = 5.0
_RHYTHM = timedelta(days=1)
log = logging.getLogger(__name__)


class DuplicateSearch:
    """Carries out the searches that were asked for, one at a time, in a thread of its own."""

    name = "duplicates"

    def run(self, stop: threading.Event) -> None:
        """Look for work until `stop` is set; a search once begun is finished."""
        # One that was cut off by a stop is begun again: nothing of it had been written.
        while not stop.wait(_LOOK_EVERY):
            close_old_connections()
            self.turn()

    def turn(self) -> bool:
        """Carry out the search that waits, or ask for the night's; return whether one was done."""
        last = last_search()
        if last is not None and last.ended_at is not None and now() - last.asked_at >= _RHYTHM:
            ask_for_search()
        waiting = Search.objects.filter(ended_at=None).order_by("id").first()
        if waiting is None:
            return False
        carry_out(waiting)
        log.info("%s pairs found among %s customers", waiting.pairs, waiting.customers)
        return True


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return []


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [DuplicateSearch()]
