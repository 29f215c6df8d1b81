"""Intervals drawn: a line from low to high around a mark, with nothing at zero's place."""

from __future__ import annotations

import msgspec

WIDTH, MARGIN = 320.0, 16.0


class Bar(msgspec.Struct, frozen=True):
    """Where things stand on a drawing 320 wide: zero, both ends of the interval, the mark."""

    zero: float
    low: float
    high: float
    mark: float

    @property
    def length(self) -> float:
        """How long the interval is drawn; never too short to be seen."""
        return max(2.0, self.high - self.low)


def bar_of(mark: float, low: float, high: float) -> Bar:
    """Return the places of an interval that is drawn to scale, zero always in sight.

    >>> bar_of(0.0, -1.0, 1.0)
    Bar(zero=160.0, low=16.0, high=304.0, mark=160.0)
    """
    least, most = min(0.0, low), max(0.0, high)
    scale = (WIDTH - 2 * MARGIN) / ((most - least) or 1.0)

    def place(value: float) -> float:
        return round(MARGIN + (value - least) * scale, 1)

    return Bar(place(0.0), place(low), place(high), place(mark))
