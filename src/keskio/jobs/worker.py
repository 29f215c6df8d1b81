"""The worker's loop: jobs take turns until nothing is left, then it rests until the bell rings.

One loop, so that jobs need no locks among themselves; what waits for the outside world has a
thread of its own (`Background`). Jobs that give way stand back: what customers wait for has a turn
after every moment of theirs, however many of them have something to do. The only broad `except` of
the house is here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from django.db import close_old_connections, connections

from keskio.jobs.bell import LONGEST_REST, Bell
from keskio.jobs.contracts import Background, Job
from keskio.kernel.clock import now_micros

log = logging.getLogger(__name__)

SHORTEST_BACKOFF = 0.2  # seconds; doubled with each failure in a row
LONGEST_BACKOFF = 30.0
MOMENT = 0.002  # seconds that jobs which give way have before the others have their turns again
PATIENCE_AT_END = 2.0  # seconds that backgrounds have to come home


def backoff_after(failures: int) -> float:
    """Return how many seconds to leave alone what has failed `failures` times in a row."""
    return float(min(SHORTEST_BACKOFF * 2 ** min(failures - 1, 20), LONGEST_BACKOFF))


class _Turns:
    """One job's place in the loop: its failures in a row and when it may have its next turn."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.gives_way = bool(getattr(job, "gives_way", False))
        self.failures = 0
        self.not_before = 0.0

    def take(self) -> bool:
        if time.monotonic() < self.not_before:
            return False
        try:
            more = self.job.turn(now_micros())
        except Exception:
            self.failures += 1
            self.not_before = time.monotonic() + backoff_after(self.failures)
            log.exception("The job %s failed (%d in a row).", self.job.name, self.failures)
            close_old_connections()
            return False
        self.failures = 0
        return more


class Worker:
    """Gives jobs their turns and keeps backgrounds running."""

    def __init__(
        self,
        jobs: Iterable[Job],
        backgrounds: Iterable[Background] = (),
        *,
        bell: Bell,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        turns = [_Turns(job) for job in jobs]
        self._first = [each for each in turns if not each.gives_way]
        self._others = deque(each for each in turns if each.gives_way)
        self._backgrounds = list(backgrounds)
        self._bell, self._clock = bell, clock

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the turn under way is finished."""
        threads = [self._start(background, stop) for background in self._backgrounds]
        try:
            while not stop.is_set():
                if not self.round(stop):
                    self._bell.wait(LONGEST_REST)
        finally:
            stop.set()
            self._leave()
            _come_home(threads)
            connections.close_all()

    def round(self, stop: threading.Event | None = None) -> bool:
        """Give jobs one turn, as many of those that give way as a moment allows.

        Tell whether any may have more to do at once.
        """
        more = False
        for turns in self._first:
            if stop is not None and stop.is_set():
                return False
            more = turns.take() or more
        return self._moment_for_others(stop) or more

    def _moment_for_others(self, stop: threading.Event | None) -> bool:
        """Go on with the others where the last round stopped; True when not all had their turn."""
        more, until = False, self._clock() + MOMENT
        for number in range(1, len(self._others) + 1):
            if stop is not None and stop.is_set():
                return False
            turns = self._others.popleft()
            self._others.append(turns)
            more = turns.take() or more
            if self._clock() >= until and number < len(self._others):
                return True
        return more

    def _leave(self) -> None:
        for turns in (*self._first, *self._others):
            leave = getattr(turns.job, "leave", None)
            if leave is not None:
                try:
                    leave()
                except Exception:  # it would have ended by itself in a few seconds
                    log.exception("The job %s did not leave in order.", turns.job.name)

    @staticmethod
    def _start(background: Background, stop: threading.Event) -> threading.Thread:
        thread = threading.Thread(
            target=_keep_running, args=(background, stop), name=background.name, daemon=True
        )
        thread.start()
        return thread


def _keep_running(background: Background, stop: threading.Event) -> None:
    failures = 0
    while not stop.is_set():
        begun = time.monotonic()
        try:
            background.run(stop)
        except Exception:
            log.exception("The background %s failed.", background.name)
        finally:
            connections.close_all()
        ran_well = time.monotonic() - begun > LONGEST_BACKOFF
        failures = 1 if ran_well else failures + 1
        stop.wait(backoff_after(failures))


def _come_home(threads: Sequence[threading.Thread]) -> None:
    deadline = time.monotonic() + PATIENCE_AT_END
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            log.warning("The background %s did not stop in time.", thread.name)
