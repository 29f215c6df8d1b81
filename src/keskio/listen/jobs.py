"""What is done in the worker."""

from __future__ import annotations

from keskio.jobs.api import Pruner
from keskio.jobs.contracts import Background, Job
from keskio.listen.following import VoicesFollower
from keskio.listen.hearing import Hearing, Reads
from keskio.listen.keeping import prune_texts


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [
        VoicesFollower(),
        Hearing(_reader),
        Pruner({"texts of mentions": prune_texts}, name="pruner of mentions"),
    ]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return []


def _reader() -> Reads:
    # The model's tables are loaded when there is something to read, not at start.
    from keskio.listen.readers import current_reader  # noqa: PLC0415 - slow to import

    return current_reader()
