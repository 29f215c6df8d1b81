"""What is known of listed words by number, and as arrays what is asked of many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.judging import own_weight, scale_of
from keskio.engine.text.lists import NOTHING, QUIET, Record
from keskio.listen.reading.evidence import Telling, telling_of

SAYS_NOTHING = 0, QUIET, 0


class Known(NamedTuple):
    """By the number of a record: its bits; what it weighs as it stands and denied; what it scales by.

    `tells`: what it says in evidence, as bits.
    """

    bits: NDArray[np.int64]
    weights: NDArray[np.float64]  # records x 2
    scales: NDArray[np.float64]
    tells: NDArray[np.int8]


class Records:
    """The records of one language's lists that have been met; 0 is nothing."""

    def __init__(self) -> None:
        self.all: list[Record] = [Record(NOTHING)]
        self.tellings: list[Telling] = []
        self.whys: list[tuple[str, str]] = []
        self._numbers: dict[Record, int] = {}
        self._known = Known(
            np.zeros(0, np.int64),
            np.zeros((0, 2), np.float64),
            np.zeros(0, np.float64),
            np.zeros(0, np.int8),
        )

    def number(self, record: Record | None) -> tuple[int, int, int]:
        """Return a record's number, whether it speaks, and whether it is of the business."""
        if record is None:
            return SAYS_NOTHING
        found = self._numbers.get(record)
        if found is None:
            found = self._numbers[record] = len(self.all)
            self.all.append(record)
        return found, record.speaks, record.is_business

    def filling(self, find: Callable[[str], Record | None]) -> Callable[..., NDArray[Any]]:
        """Return what fills a column of `Words` with what `number` gives for what `find` finds."""

        def fill(words: Sequence[str], _: Sequence[str]) -> NDArray[Any]:
            return np.array([self.number(find(word)) for word in words], np.int32)

        return fill

    def known(self) -> Known:
        """Return what is known of all records, as arrays."""
        new = self.all[len(self._known.bits) :]
        if new:
            own = [
                (own_weight(record, denied=False), own_weight(record, denied=True))
                for record in new
            ]
            told = [telling_of(record) for record in new]
            self.whys += [(plain[1], denied[1]) for plain, denied in own]
            self.tellings += told
            more = Known(
                np.array([record.bits for record in new], np.int64),
                np.array([(plain[0], denied[0]) for plain, denied in own], np.float64),
                np.array([scale_of(record.bits) for record in new], np.float64),
                np.array([one.tells for one in told], np.int8),
            )
            self._known = Known(
                *[np.concatenate(pair) for pair in zip(self._known, more, strict=True)]
            )
        return self._known
