"""What is done in the worker."""

from __future__ import annotations

import threading

from keskio.jobs.contracts import Background, Job
from keskio.listen.teaching.wishes import work


class Teaching:
    """The wing's thread: fits on labels and looks for new themes, a few times a day at most."""

    name = "teaching"

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        work(stop)


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return []


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [Teaching()]
