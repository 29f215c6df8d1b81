"""The wing's thread in the worker: carries out the backtests that are asked for, one after another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from keskio.jobs.api import Lease
from keskio.talk.backtests.actions import Stopped, run_next

PACE = 2.0  # seconds between looks at what is asked for
_TERM = timedelta(seconds=60)


class BacktestWork:
    """Runs backtests beside the worker's loop, which they would hold up."""

    name = "backtests"

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def run(self, stop: threading.Event) -> None:
        """Look now and then what there is to do, and do it, until `stop` is set."""
        while not stop.wait(PACE):
            lease = Lease.hold(self.name, self._owner, term=_TERM)
            if lease is None:
                continue
            while not stop.is_set() and run_next(_going_on(stop, lease)):
                pass
            lease.release()


def _going_on(stop: threading.Event, lease: Lease) -> Callable[[], None]:
    def go_on() -> None:
        if stop.is_set():
            raise Stopped
        lease.renew()

    return go_on
