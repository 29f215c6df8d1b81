"""What is known of listed words by number, and as arrays what is asked of many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.judging import own_weight, scale_of
from keskio.engine.text.lists import NOTHING, QUIET, Lists, Record
from keskio.listen.reading.evidence import Telling, telling_of

SAYS_NOTHING = 0, QUIET, 0


class Known(NamedTuple):
    """By the number of a record: its bits; what it weighs as it stands and denied; what it scales by.

    `tells`: what it says in evidence, as bits; `begins` and `keys`: its keys in phrases, as numbers of
    `Records.pairs`, 0 for none.
    """

    bits: NDArray[np.int64]
    weights: NDArray[np.float64]  # records x 2
    scales: NDArray[np.float64]
    tells: NDArray[np.int8]
    begins: NDArray[np.int32]  # records x 2
    keys: NDArray[np.int32]  # records x 2


class Records:
    """The records of one language's lists that have been met; 0 is nothing.

    `pairs`: whether some phrase has these two keys, by their numbers, as its first words.
    """

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        beginnings = lists.beginnings
        self._firsts = {key: at for at, key in enumerate(beginnings, 1)}
        seconds = dict.fromkeys(key for found in beginnings.values() for key in found)
        self._seconds = {key: at for at, key in enumerate(seconds, 1)}
        self.pairs = np.zeros((len(self._firsts) + 1, len(self._seconds) + 1), dtype=np.bool_)
        for first, found in beginnings.items():
            self.pairs[self._firsts[first], [self._seconds[key] for key in found]] = True
        self.all: list[Record] = [Record(NOTHING)]
        self.tellings: list[Telling] = []
        self.whys: list[tuple[str, str]] = []
        self._numbers: dict[Record, int] = {}
        self._known = Known(
            np.zeros(0, np.int64),
            np.zeros((0, 2), np.float64),
            np.zeros(0, np.float64),
            np.zeros(0, np.int8),
            np.zeros((0, 2), np.int32),
            np.zeros((0, 2), np.int32),
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

    def fill(self, words: Sequence[str], _: Sequence[str]) -> NDArray[Any]:
        """Fill a column of `Words` with what `number` gives for each word."""
        find = self.lists.record
        return np.array([self.number(find(word)) for word in words], np.int32)

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
                np.array([_two(self._firsts, record.begins) for record in new], np.int32),
                np.array([_two(self._seconds, record.keys) for record in new], np.int32),
            )
            both: Sequence[tuple[NDArray[Any], NDArray[Any]]]
            both = list(zip(self._known, more, strict=True))
            self._known = Known(*map(np.concatenate, both))
        return self._known


def _two(numbers: Mapping[str, int], keys: Sequence[str]) -> tuple[int, int]:
    """Return the numbers of a token's keys: it has two at most, the form itself and its base form."""
    one, other, *_ = (*(numbers.get(key, 0) for key in keys), 0, 0)
    return one, other
