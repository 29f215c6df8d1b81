"""What is done in the worker."""

from __future__ import annotations

from keskio.jobs.api import Pruner
from keskio.jobs.contracts import Background, Job
from keskio.listen.following import VoicesFollower
from keskio.listen.keeping import prune_texts


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [
        VoicesFollower(),
        Pruner({"texts of mentions": prune_texts}, name="pruner of mentions"),
    ]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return []
