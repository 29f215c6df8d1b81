"""The job that takes away what is kept only for a time, in slices, when its hour comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from keskio.jobs.contracts import Prune
from keskio.kernel.clock import MICROSECOND, Micros

EVERY = timedelta(minutes=10)


class Pruner:
    """Runs each of `prunes` every ten minutes, a slice a turn, so that nobody waits for it."""

    def __init__(self, prunes: Mapping[str, Prune], *, name: str = "pruner") -> None:
        self.name = name
        self._prunes = dict(prunes)
        self._due = dict.fromkeys(self._prunes, 0)

    def turn(self, now: Micros) -> bool:
        """Take one slice away; True while one of them has more."""
        for name, prune in self._prunes.items():
            if self._due[name] <= now:
                if prune(now):
                    return True
                self._due[name] = now + EVERY // MICROSECOND
        return False
