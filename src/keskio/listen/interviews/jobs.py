"""What is done in the worker: transcripts go when their consent has ended."""

from __future__ import annotations

from django.utils import timezone

from keskio.jobs.contracts import Background, Job
from keskio.kernel.clock import Micros
from keskio.listen.interviews.actions import end_consents

PERIOD = 3600 * 1_000_000


class ConsentEnder:
    """Looks once an hour for transcripts whose time is over."""

    name = "interviews"

    def __init__(self) -> None:
        self._looked_at: Micros = 0

    def turn(self, now: Micros) -> bool:
        """Let go of what is over; True when there may be more."""
        if now - self._looked_at < PERIOD:
            return False
        if end_consents(timezone.localdate()):
            return True
        self._looked_at = now
        return False


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [ConsentEnder()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return []
