"""Features of words as hashed slots, worked out for many words at once in NumPy.

A word gives its character n-grams (with its two edges), itself, and its base form; a denied word gives
itself and its base form once more, marked; two words beside each other give the pair of their base
forms. Each is a 64-bit polynomial hash, salted by kind, mixed, and cut to `bits` bits. Nothing is
looked up by text: the tables hold no words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Slots = NDArray[np.int64]

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_PAIR = np.uint64(0x94D049BB133111EB)
_SALTS = {
    name: np.uint64(place * 0xD6E8FEB86659FD93 & 0xFFFFFFFFFFFFFFFF)
    for place, name in enumerate(("word", "lemma", "denied word", "denied lemma", "pair"), 11)
}
_FIRST, _LAST = "\x02", "\x03"
# A word has some thirty n-grams but only one of each of these; chosen by cross-validation.
WORD_COUNTS, LEMMA_COUNTS = 2.0, 3.0
_LONGEST = 48  # characters of a word that are looked at


class Space:
    """The slots that features fall into: 2 ** `bits` of them, n-grams of the given `orders`."""

    def __init__(self, bits: int = 20, orders: Sequence[int] = (2, 3, 4, 5, 6)) -> None:
        self.bits = bits
        self.orders = tuple(orders)
        self.size = 1 << bits
        self._shift = np.uint64(64 - bits)

    def word_rows(self, words: Sequence[str], lemmas: Sequence[str]) -> sp.csr_matrix:
        """Return the features of words: a row of slot counts (float32) each."""
        rows, slots = self._grams(words)
        here = np.arange(len(words))
        of_words = self._slots(word_hashes(words), "word")
        of_lemmas = self._slots(word_hashes(lemmas), "lemma")
        return self._counted(
            len(words),
            (rows, here, here),
            (slots, of_words, of_lemmas),
            (1.0, WORD_COUNTS, LEMMA_COUNTS),
        )

    def denied_rows(self, words: Sequence[str], lemmas: Sequence[str]) -> sp.csr_matrix:
        """Return what words give besides when a denial reaches them, as `word_rows` does."""
        here = np.arange(len(words))
        return self._counted(
            len(words),
            (here, here),
            (
                self._slots(word_hashes(words), "denied word"),
                self._slots(word_hashes(lemmas), "denied lemma"),
            ),
            (WORD_COUNTS, WORD_COUNTS),
        )

    def pair_slots(self, left: Hashes, right: Hashes) -> Slots:
        """Return the slots of pairs of words, of which `left` stand right before `right`."""
        return self._slots(left * _PAIR + right, "pair")

    def _slots(self, hashes: Hashes, kind: str) -> Slots:
        return self._cut(hashes ^ _SALTS[kind])

    def _cut(self, hashes: Hashes) -> Slots:
        mixed = (hashes ^ (hashes >> np.uint64(31))) * _MIX
        return ((mixed ^ (mixed >> np.uint64(29))) * _BASE >> self._shift).astype(np.int64)

    def _grams(self, words: Sequence[str]) -> tuple[Slots, Slots]:
        codes, lengths = _codes([f"{_FIRST}{word[:_LONGEST]}{_LAST}" for word in words])
        owners = np.repeat(np.arange(len(words)), lengths)
        rows: list[Slots] = []
        slots: list[Slots] = []
        rolling = codes.copy()
        for order in range(1, max(self.orders, default=0) + 1):
            if order > 1:
                rolling = rolling[:-1] * _BASE + codes[order - 1 :]
            if order in self.orders:
                inside = owners[: len(rolling)] == owners[order - 1 :]
                rows.append(owners[: len(rolling)][inside])
                slots.append(self._cut(rolling[inside] + np.uint64(order)))
        none = np.zeros(0, dtype=np.int64)
        return np.concatenate(rows or [none]), np.concatenate(slots or [none])

    def _counted(
        self,
        count: int,
        rows: Sequence[Slots],
        slots: Sequence[Slots],
        counts: Sequence[float],
    ) -> sp.csr_matrix:
        """Return `count` rows; what falls into one slot of a row is summed.

        Row, slot and part (of at most four) are sorted as one number: ten times as fast as by pairs.
        """
        parts = np.repeat(np.arange(len(rows)), [len(part) for part in rows])
        keys = (np.concatenate(rows) << self.bits | np.concatenate(slots)) << 2 | parts
        keys.sort()
        added = np.array(counts, dtype=np.float32)[keys & 3]
        keys >>= 2
        firsts = np.flatnonzero(np.diff(keys, prepend=-1))
        summed = np.add.reduceat(added, firsts) if len(firsts) else added
        keys = keys[firsts]
        bounds = np.searchsorted(keys, np.arange(count + 1) << self.bits)
        shape = (count, self.size)
        return sp.csr_matrix((summed, keys & (self.size - 1), bounds), shape=shape)


def word_hashes(words: Sequence[str]) -> Hashes:
    """Return a 64-bit hash of each word, the same in every process and on every machine."""
    codes, lengths = _codes([f"{_FIRST}{word}" for word in words])
    if not len(lengths):
        return np.zeros(0, dtype=np.uint64)
    starts = np.cumsum(lengths) - lengths
    places = np.arange(len(codes)) - np.repeat(starts, lengths)
    powers = np.cumprod(np.full(int(lengths.max()), _BASE, dtype=np.uint64))
    return np.add.reduceat(codes * powers[places], starts)


def _codes(words: Sequence[str]) -> tuple[Hashes, Slots]:
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, dtype=np.uint32).astype(np.uint64)
    return codes, np.fromiter(map(len, words), dtype=np.int64, count=len(words))
