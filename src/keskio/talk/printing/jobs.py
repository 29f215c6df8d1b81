"""What the wing does in the worker: claimed letters come into the open print run."""

from __future__ import annotations

from keskio.jobs.contracts import Background, Job
from keskio.kernel.clock import Micros
from keskio.talk.printing.gathering import gather

EVERY = 2_000_000  # µs between looks: letters are in no hurry


class Gatherer:
    """Puts claimed letters into the open print run."""

    name = "letters"

    def __init__(self) -> None:
        self._next: Micros = 0

    def turn(self, now: Micros) -> bool:
        """Take in what has been claimed; True when there may be more at once."""
        if now < self._next:
            return False
        more = gather(now)
        self._next = now if more else now + EVERY
        return more


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [Gatherer()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return []
