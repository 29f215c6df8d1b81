"""Measures what is done while it runs: CPU seconds of all processes, and wall time."""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import Self

from benchmarks.machine import cpu_seconds, cpu_seconds_of
from benchmarks.postgres import PID


class Stopwatch:
    """Started and stopped by `with`, as often as needed.

    A database server named in the environment is counted with this process and its children.
    """

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0
        self._server = int(os.environ.get(PID, "0"))
        self._begun = (0.0, 0.0)

    def __enter__(self) -> Self:
        self._begun = (self._cpu(), time.monotonic())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cpu += self._cpu() - self._begun[0]
        self.wall += time.monotonic() - self._begun[1]

    def _cpu(self) -> float:
        return cpu_seconds() + (cpu_seconds_of(self._server) if self._server else 0.0)
