"""Texts cut into words by number, and the numbers that another `Words` has for the same words.

Most of what stands between spaces has been met before; it is cut once and remembered as numbers, so that
a batch of texts becomes numbers by one look-up for each piece. What the words of each language say is then
reached by arrays alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.tokens import cut, pieces
from keskio.listen.model.words import Counter, Numbers, Words

BOUND = 500_000
FIRST_ROOM = 4096


class Cutting:
    """Cuts texts into numbers of `words`. When there are more than `bound` pieces all are forgotten."""

    def __init__(self, words: Words, bound: int = BOUND) -> None:
        self.words = words
        self.bound = bound
        self._counts: NDArray[np.int64]
        self._starts: NDArray[np.int64]
        self._flat: Numbers
        self._used: int
        self._forget()

    def numbers(self, texts: Sequence[str]) -> Numbers:
        """Return the numbers of all tokens of texts, each text closed by END.

        They hold until the next call, which may forget words and number anew.
        """
        self.words.make_room()
        if self._renumbered != self.words.renumbered or len(self._known) > self.bound:
            self._forget()
        found = pieces(texts)
        at = np.fromiter(map(self._known.__getitem__, found), dtype=np.int32, count=len(found))
        if self._known.new:
            self._learn()
        counts = self._counts[at]
        ends = np.cumsum(counts)
        places = np.repeat(self._starts[at] - ends + counts, counts)
        places += np.arange(len(places))
        numbers = self._flat[places]
        self.words.meet(numbers)
        return numbers

    def _learn(self) -> None:
        new, self._known.new = self._known.new, []
        tokens = list(map(cut, new))
        counts = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
        numbers = self.words.numbers(list(chain.from_iterable(tokens)))
        end = len(self._known)
        start = end - len(new)
        starts = self._used + np.cumsum(counts) - counts
        self._counts = _put(self._counts, start, counts)
        self._starts = _put(self._starts, start, starts)
        self._flat = _put(self._flat, self._used, numbers)
        self._used += len(numbers)

    def _forget(self) -> None:
        self._renumbered = self.words.renumbered
        self._known = Counter()
        self._counts = np.zeros(FIRST_ROOM, dtype=np.int64)
        self._starts = np.zeros(FIRST_ROOM, dtype=np.int64)
        self._flat = np.zeros(FIRST_ROOM, dtype=np.int32)
        self._used = 0


class Across:
    """Gives, for numbers of `one`, the numbers of the same words in `other`, which learns them."""

    def __init__(self, one: Words, other: Words) -> None:
        self.one, self.other = one, other
        self._known: Numbers
        self._forget()

    def numbers(self, numbers: Numbers) -> Numbers:
        """Return the numbers in `other`; as those of `Words.numbers` they hold until the next call."""
        self.other.make_room()
        if self._renumbered != (self.one.renumbered, self.other.renumbered):
            self._forget()
        if len(self.one) > len(self._known):
            more = np.full(len(self.one), -1, dtype=np.int32)
            self._known = np.concatenate([self._known, more])
        found = self._known[numbers]
        if len(found) and found.min() < 0:
            missing = np.unique(numbers[found < 0])
            spelt = self.one.spelt
            self._known[missing] = self.other.numbers([spelt[one] for one in missing.tolist()])
            found = self._known[numbers]
        self.other.meet(found)
        return found

    def _forget(self) -> None:
        self._renumbered = self.one.renumbered, self.other.renumbered
        self._known = np.full(FIRST_ROOM, -1, dtype=np.int32)


def _put(values: NDArray[Any], start: int, new: NDArray[Any]) -> NDArray[Any]:
    """Return the array with new values from `start` on, in a larger one when there is no room."""
    end = start + len(new)
    if end > len(values):
        grown = np.zeros(max(end, 2 * len(values)), dtype=values.dtype)
        grown[:start] = values[:start]
        values = grown
    values[start:end] = new
    return values
