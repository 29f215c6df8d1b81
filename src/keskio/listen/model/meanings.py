"""What words mean: short vectors of common words, learnt by others from very many texts.

Words that are used alike have vectors that are alike, so that what is learnt of one word holds for
others that no labelled text has. A head is a sum over words here too: what a word adds is its vector
times the head's weights. `gathering` makes the files; they hold hashes of words, not words. A word
without a vector has that of its base form.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keskio.listen.model.features import word_hashes

Floats = NDArray[np.float32]
FILES = Path(__file__).parent / "files"
STEPS = 16  # of a word's weight, in one


class Meanings:
    """Vectors of words by hash: `keys` ascending; `places` of their rows; `weights` of the words."""

    def __init__(self, file: Path) -> None:
        with np.load(file, allow_pickle=False) as kept:
            self.keys = np.cumsum(kept["steps"], dtype=np.uint64)
            self.places: NDArray[np.int64] = kept["places"].astype(np.int64)
            self.weights = kept["weights"].astype(np.float32) * (kept["scale"] / STEPS)
            self.rows: NDArray[np.int8] = kept["rows"]
        self.size = self.rows.shape[1]
        self._last: tuple[object, tuple[NDArray[np.int64], Floats]] = (
            None,
            (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)),
        )

    def of(self, words: Sequence[str], lemmas: Sequence[str]) -> Floats:
        """Return a vector for each word: its own, else its base form's, else zeros."""
        rows, weights = self.rows_of(words, lemmas)
        return np.asarray(self.rows[rows] * weights[:, None], dtype=np.float32)

    def rows_of(
        self, words: Sequence[str], lemmas: Sequence[str]
    ) -> tuple[NDArray[np.int64], Floats]:
        """Return for each word which of `rows` is its vector, and its weight: 0 where it has none."""
        if self._last[0] is not words:  # several columns ask for the same new words
            self._last = words, self._rows_of(words, lemmas)
        return self._last[1]

    def _rows_of(
        self, words: Sequence[str], lemmas: Sequence[str]
    ) -> tuple[NDArray[np.int64], Floats]:
        found = self._found(words)
        missing = np.flatnonzero(found < 0).tolist()
        found[missing] = self._found([lemmas[place] for place in missing])
        known = found >= 0
        rows = np.zeros(len(words), dtype=np.int64)
        weights = np.zeros(len(words), dtype=np.float32)
        rows[known], weights[known] = self.places[found[known]], self.weights[found[known]]
        return rows, weights

    def _found(self, words: Sequence[str]) -> NDArray[np.int64]:
        keys = keys_of(words)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, at, -1)


def keys_of(words: Sequence[str]) -> NDArray[np.uint64]:
    """Return what words are known by: 32 bits, as other words are met in one of fifty thousand."""
    return np.asarray(word_hashes(words) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32))


@cache
def meanings_of(language: str) -> Meanings | None:
    """Return the vectors of a language, or None where there are none."""
    file = FILES / f"meanings-{language}.npz"
    return Meanings(file) if language and file.exists() else None
