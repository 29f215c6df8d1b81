"""What the wing does in the worker."""

from __future__ import annotations

import os
import socket

from keskio.jobs.contracts import Background, Job
from keskio.talk.calls.calling import Caller
from keskio.talk.calls.following import CallFollower


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [CallFollower()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [Caller(owner=f"{socket.gethostname()}-{os.getpid()}")]
