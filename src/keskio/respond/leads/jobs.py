"""What is done in the worker."""

from __future__ import annotations

from keskio.jobs.contracts import Background, Job
from keskio.respond.leads.following import LeadFollower


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [LeadFollower()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return []
