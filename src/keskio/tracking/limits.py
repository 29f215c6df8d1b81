"""How often somebody may call: buckets that fill with time and empty with calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

MOST_KNOWN = 10_000


class Buckets:
    """One bucket for each caller: `burst` calls at once, `per_second` in the long run."""

    def __init__(
        self,
        *,
        per_second: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._levels: dict[Hashable, tuple[float, float]] = {}

    def wait_for(self, caller: Hashable) -> float:
        """Return 0 and count the call when it may be made now, else the seconds to wait."""
        now = self._clock()
        if len(self._levels) >= MOST_KNOWN:
            self._forget(now)
        level, at = self._levels.get(caller, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._per_second)
        if level < 1:
            return (1 - level) / self._per_second
        self._levels[caller] = (level - 1, now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Forget those whose bucket is full again; all of them when that is too few."""
        full = self._burst / self._per_second
        self._levels = {c: (lv, at) for c, (lv, at) in self._levels.items() if now - at < full}
        if len(self._levels) >= MOST_KNOWN:
            self._levels.clear()
