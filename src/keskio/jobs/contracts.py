"""What the worker asks of those who work for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

from keskio.kernel.clock import Micros


class Job(Protocol):
    """Work done in short turns, one after another, by the worker's one loop.

    A turn takes what has arrived, in one short transaction, and gives way: a second is long. A
    turn that raises has done nothing; the worker logs it and comes back after a while. A job that
    has a method `leave()` is told so when the worker ends: others may then have its work at once. One
    that has a true attribute `gives_way` lets the others have their turns after every moment.
    """

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    def turn(self, now: Micros) -> bool:
        """Do what can be done now; True when there may be more at once."""
        ...


class Background(Protocol):
    """Work with a thread of its own, because it waits for the outside world."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, and return within seconds of that.

        One that raises or returns early is started again after a while.
        """
        ...


# Takes away a slice of what is too old at an instant; True when there is more of it.
Prune: TypeAlias = Callable[[Micros], bool]
