"""Work of which one worker does all, now and then, however many workers there are.

Runners share their work (`shares`); everything else that takes turns is done by one worker at a time, which
holds the duty by a lease and gives it up when it leaves. What follows the log here can wait a moment, so
that its turns and transactions do not stand before those of the runner: an answer leaves sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta

from keskio.jobs.contracts import Job
from keskio.jobs.leases import Lease, LostLease
from keskio.kernel.clock import Micros

TERM = timedelta(minutes=1)  # longer than any turn takes
PACE = 0.5  # seconds between turns of what had nothing more to do
LOOK = 10.0  # seconds between looks at the lease


class Duty:
    """The right of this worker to do what only one does."""

    def __init__(self, name: str, owner: str, *, clock: Callable[[], float]) -> None:
        self._name, self._owner, self._clock = name, owner, clock
        self._lease: Lease | None = None
        self._look_at = 0.0

    def is_mine(self) -> bool:
        """Tell whether this worker has it; looks, and renews, now and then."""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK
            self._look()
        return self._lease is not None

    def release(self) -> None:
        """Let another worker have it at once."""
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def _look(self) -> None:
        if self._lease is None:
            self._lease = Lease.hold(self._name, self._owner, term=TERM)
            return
        try:
            self._lease.renew()
        except LostLease:
            self._lease = None


class OnDuty:
    """A job that takes its turns only while the duty is this worker's, and not too often."""

    gives_way = True

    def __init__(self, job: Job, duty: Duty, *, clock: Callable[[], float]) -> None:
        self._job, self._duty, self._clock = job, duty, clock
        self._not_before = 0.0

    @property
    def name(self) -> str:
        """What the log calls the job."""
        return self._job.name

    def turn(self, now: Micros) -> bool:
        """Let the job take its turn; at once again only where there is more to do."""
        if self._clock() < self._not_before or not self._duty.is_mine():
            return False
        more = self._job.turn(now)
        self._not_before = 0.0 if more else self._clock() + PACE
        return more

    def leave(self) -> None:
        """Give the duty up."""
        self._duty.release()


def shared_out(
    jobs: Iterable[Job],
    *,
    owner: str,
    everywhere: Collection[str],
    clock: Callable[[], float] = time.monotonic,
) -> list[Job]:
    """Return `jobs` for one of several workers: those named in `everywhere` as they are, the rest on duty."""
    duty = Duty("worker.duty", owner, clock=clock)
    return [job if job.name in everywhere else OnDuty(job, duty, clock=clock) for job in jobs]
