"""What the wing does in the worker."""

from __future__ import annotations

import os
import secrets
import threading

from keskio.jobs.contracts import Background, Job
from keskio.know.profiles.working import ProfilesWork


class Profiles:
    """The wing's thread."""

    name = "profiles"

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        ProfilesWork(owner=f"{os.getpid()}-{secrets.token_hex(4)}").run(stop)


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return []


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [Profiles()]
