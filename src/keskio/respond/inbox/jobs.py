"""What the inbox does in the worker."""

from __future__ import annotations

from keskio.jobs.contracts import Background, Job
from keskio.respond.inbox.finding import WordKeeper
from keskio.respond.inbox.following import InboxFollower
from keskio.respond.inbox.looking import Lookout
from keskio.respond.inbox.retargeting import Retargeter


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [InboxFollower(), Lookout(), Retargeter(), WordKeeper()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker: nothing."""
    return []
