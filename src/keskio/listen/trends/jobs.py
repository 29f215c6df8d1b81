"""What is done in the worker."""

from __future__ import annotations

from keskio.jobs.contracts import Background, Job
from keskio.listen.trends.watching import Watch


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [Watch()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return []
