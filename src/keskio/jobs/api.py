"""The door of background work: the worker, waking it, leases, checkpoints, pruning."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings

from keskio.jobs.bell import SOCKET, Bell, Rope
from keskio.jobs.checkpoints import Checkpointer, leave_checkpoints_to_the_worker
from keskio.jobs.contracts import Background, Job
from keskio.jobs.duty import shared_out
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
    "shared_out",
    "wake",
]


def run_worker(
    jobs: Iterable[Job],
    backgrounds: Iterable[Background],
    stop: threading.Event,
    *,
    bell: str = SOCKET,
) -> None:
    """Give `jobs` their turns and run `backgrounds` until `stop` is set.

    `wake` of any process of this installation ends its rest at once. Setting `stop` in a signal
    handler is enough: the worker never rests longer than 200 ms. `bell`: its name in the data folder; each
    process has its own, and all are rung.
    """
    with Bell(Path(settings.DATA_DIR), bell) as hung:
        Worker(jobs, backgrounds, bell=hung).run(stop)


def wake() -> None:
    """Tell the worker that there is something to do; never waits, never fails."""
    _rope(settings.DATA_DIR).pull()


@cache
def _rope(folder: Path) -> Rope:
    rope = Rope(folder)
    atexit.register(rope.close)
    return rope
