"""Time as an argument: the one place where the wall clock is read, and a clock that tests can turn.

Instants are stored and passed in the hot paths as whole microseconds since 1970 in UTC (`Micros`);
aware datetimes are used everywhere else.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

Micros: TypeAlias = int
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Says what time it is now, in microseconds since 1970 in UTC."""

    def micros(self) -> Micros:
        """Return the present instant."""


class SystemClock:
    """The wall clock of this machine."""

    def micros(self) -> Micros:
        """Return the present instant."""
        return time.time_ns() // 1000


class VirtualClock:
    """A clock that stands still until it is turned; it never goes back unless told to."""

    def __init__(self, start: datetime) -> None:
        self._now = to_micros(start)
        self._lock = threading.Lock()

    def micros(self) -> Micros:
        """Return the instant the clock was last turned to."""
        return self._now

    def turn_to(self, at: datetime | Micros) -> None:
        """Turn the clock to `at`, forward or back."""
        with self._lock:
            self._now = at if isinstance(at, int) else to_micros(at)

    def advance(self, by: timedelta) -> None:
        """Turn the clock forward by `by`."""
        with self._lock:
            self._now += by // MICROSECOND


_clock: Clock = SystemClock()


def current_clock() -> Clock:
    """Return the clock this process lives by."""
    return _clock


def set_clock(clock: Clock) -> Clock:
    """Make `clock` the clock of this process and return the one it replaces."""
    global _clock
    before, _clock = _clock, clock
    return before


def now_micros() -> Micros:
    """Return the present instant of the process's clock."""
    return _clock.micros()


def now() -> datetime:
    """Return the present instant of the process's clock as an aware datetime in UTC."""
    return from_micros(_clock.micros())


def to_micros(at: datetime) -> Micros:
    """Return an aware datetime as microseconds since 1970 in UTC.

    Raises ValueError for a naive datetime: a time without a zone is not an instant.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone is not an instant")
    return (at - EPOCH) // MICROSECOND


def from_micros(at: Micros) -> datetime:
    """Return microseconds since 1970 as an aware datetime in UTC, exactly."""
    return EPOCH + timedelta(microseconds=at)
