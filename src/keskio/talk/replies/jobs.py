"""What the wing does in the worker."""

from __future__ import annotations

from keskio.jobs.contracts import Background, Job
from keskio.talk.replies.following import UnclearFollower


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [UnclearFollower()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return []
