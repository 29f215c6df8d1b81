"""What is done in the worker."""

from __future__ import annotations

import os
import random
import socket

from keskio.jobs.contracts import Background, Job
from keskio.listen.sources.collecting import Collectors
from keskio.listen.sources.uploading import Uploads


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [Uploads()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    owner = f"{socket.gethostname()}-{os.getpid()}"
    return [Collectors(owner=owner, dice=random.random)]
