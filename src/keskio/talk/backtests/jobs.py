"""What the wing does in the worker."""

from __future__ import annotations

import os
import secrets
import threading

from keskio.jobs.contracts import Background, Job

# The rest of the worker comes up first.
_LATER = 5.0


class Backtests:
    """The wing's thread, which loads what it computes with when everything else is up."""

    name = "backtests"

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        if stop.wait(_LATER):
            return
        from keskio.talk.backtests.working import BacktestWork  # noqa: PLC0415 - see above

        BacktestWork(owner=f"{os.getpid()}-{secrets.token_hex(4)}").run(stop)


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return []


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [Backtests()]
