"""The door of background work: the worker, waking it, leases, checkpoints, pruning."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings

from keskio.jobs.bell import Bell, Rope
from keskio.jobs.checkpoints import Checkpointer, leave_checkpoints_to_the_worker
from keskio.jobs.contracts import Background, Job
from keskio.jobs.leases import Lease, LostLease
from keskio.jobs.pruning import Pruner
from keskio.jobs.shares import (
    Share,
    customers_among,
    interrupt,
    positions_of,
    reached_by_all,
    share_of,
)
from keskio.jobs.worker import Worker

__all__ = [
    "Checkpointer",
    "Lease",
    "LostLease",
    "Pruner",
    "Share",
    "Worker",
    "customers_among",
    "interrupt",
    "leave_checkpoints_to_the_worker",
    "positions_of",
    "reached_by_all",
    "run_worker",
    "share_of",
    "wake",
]


def run_worker(
    jobs: Iterable[Job], backgrounds: Iterable[Background], stop: threading.Event
) -> None:
    """Give `jobs` their turns and run `backgrounds` until `stop` is set.

    `wake` of any process of this installation ends its rest at once. Setting `stop` in a signal
    handler is enough: the worker never rests longer than 200 ms.
    """
    with Bell(Path(settings.DATA_DIR)) as bell:
        Worker(jobs, backgrounds, bell=bell).run(stop)


def wake() -> None:
    """Tell the worker that there is something to do; never waits, never fails."""
    _rope(settings.DATA_DIR).pull()


@cache
def _rope(folder: Path) -> Rope:
    rope = Rope(folder)
    atexit.register(rope.close)
    return rope
