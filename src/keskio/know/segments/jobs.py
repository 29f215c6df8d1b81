"""What the wing does in the worker: following the log, and looking at everyone where that is due."""

from __future__ import annotations

from keskio.jobs.contracts import Background, Job
from keskio.know.segments.everyone import Everyone
from keskio.know.segments.following import SegmentFollower


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [SegmentFollower()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [Everyone()]
