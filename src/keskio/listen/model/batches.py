"""A batch of messages as numbers: which words each has, which of them are denied, and which pairs.

All of a batch is one flat list of tokens as `engine.text.tokens.stream` gives it, each message closed
by `END`; everything after that is done for the whole batch at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from keskio.engine.text.tokens import CLAUSE_ENDS, END, NEGATORS, SCOPE, TURNS
from keskio.listen.model.features import Space, word_hashes
from keskio.listen.model.words import Numbers, Words

SILENT = frozenset({".", ",", ";", END, "xurl", "xuser", "xmail"})
"""Tokens that say nothing by themselves: the training texts have them by accident of how they were made."""


NO_MARKS = bytearray()
"""For those who care neither for denials nor for pairs."""

ENDS, SAYS_NOTHING, SPEAKS = 2, 1, 0
REACHED, DENIES, STOPS = 0, 1, 2  # what a token is to a denial before it


class Batch(NamedTuple):
    """Messages as numbers.

    `numbers` of all tokens, `ends` the place after each message's last token (its END), `denied` the
    places that a denial reaches, `seconds` the places whose token makes a pair with the one before.
    `kept`: what tables have worked out of it by (name, what), lest they do it again to explain.
    """

    numbers: Numbers
    ends: NDArray[np.int64]
    denied: NDArray[np.int64]
    seconds: NDArray[np.int64]
    kept: dict[tuple[str, str], NDArray[Any]]

    def __len__(self) -> int:
        return len(self.ends)


def prepare(words: Words, *, pairs: bool = True) -> None:
    """Give `words` the columns that batches are made with; without `pairs`, only with NO_MARKS."""
    if pairs:
        words.add("hash", np.zeros((), dtype=np.uint64), lambda _, lemmas: word_hashes(lemmas))
        words.add(
            "denial", np.zeros((), dtype=np.int8), lambda new, _: np.array(list(map(_denial, new)))
        )
    words.add("kind", np.zeros((), dtype=np.int8), lambda new, _: np.array(list(map(_kind, new))))


def _kind(word: str) -> int:
    if word == END:
        return ENDS
    return SAYS_NOTHING if word in SILENT else SPEAKS


def _denial(word: str) -> int:
    if word in NEGATORS:
        return DENIES
    return STOPS if word in CLAUSE_ENDS or word in TURNS else REACHED


def denied_places(denial: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return the places that `tokens.negation_marks` marks, of tokens as DENIES, STOPS or REACHED."""
    denies, reached = denial == DENIES, denial == REACHED
    within = denies
    marks = np.zeros(len(denial), dtype=bool)
    for _ in range(SCOPE):  # one word farther each time, as long as nothing stops it
        within = np.concatenate([[False], within[:-1]]) & reached
        marks |= within
    return np.flatnonzero(marks)


def batch_of(words: Words, tokens: Sequence[str], marks: bytearray | None = None) -> Batch:
    """Return the batch of a flat list of tokens; `marks` are found unless given.

    With `NO_MARKS` nothing is denied and there are no pairs.
    """
    return batch_from(words, words.numbers(tokens), marks)


def batch_from(words: Words, numbers: Numbers, marks: bytearray | None = None) -> Batch:
    """Return the batch of tokens that `words` has numbered, as `batch_of` does."""
    kinds = words.values("kind")[numbers]
    ends = np.flatnonzero(kinds == ENDS)
    if marks is NO_MARKS:
        none = np.zeros(0, dtype=np.int64)
        return Batch(numbers, ends + 1, none, none, {})
    if marks is None:
        denied = denied_places(words.values("denial")[numbers])
    else:
        denied = np.flatnonzero(np.frombuffer(marks, dtype=np.uint8))
    # The edges of a message make pairs with its first and last word; two edges do not. Before the
    # first message stands, by wrapping around, the END of the last.
    before = np.roll(kinds, 1)
    follows = (kinds == SPEAKS) & (before != SAYS_NOTHING)
    seconds = np.flatnonzero(follows | ((before == SPEAKS) & (kinds == ENDS)))
    return Batch(numbers, ends + 1, denied, seconds, {})


def word_counts(batch: Batch, size: int) -> sp.csr_matrix:
    """Return messages x words (float32): how often each of `size` words is in each message."""
    return _rows(batch.numbers, np.concatenate([[0], batch.ends]), size)


def denied_counts(batch: Batch, size: int) -> sp.csr_matrix:
    """Return messages x words: how often a denial reaches each word in each message."""
    return _rows(batch.numbers[batch.denied], _bounds(batch.denied, batch), size)


def pair_counts(batch: Batch, columns: NDArray[Any], size: int) -> sp.csr_matrix:
    """Return messages x `size`, counting `columns[i]` for the batch's i-th pair."""
    return _rows(columns, _bounds(batch.seconds, batch), size)


def pair_slots(batch: Batch, words: Words, space: Space) -> NDArray[np.int64]:
    """Return the slot of each pair of the batch."""
    hashes = words.values("hash")
    second = batch.numbers[batch.seconds]
    first = batch.numbers[batch.seconds - 1]
    return space.pair_slots(hashes[first], hashes[second])


def _bounds(places: NDArray[np.int64], batch: Batch) -> NDArray[np.int64]:
    return np.concatenate([[0], np.searchsorted(places, batch.ends)])


def _rows(columns: NDArray[Any], bounds: NDArray[np.int64], size: int) -> sp.csr_matrix:
    ones = np.ones(len(columns), dtype=np.float32)
    return sp.csr_matrix((ones, columns, bounds), shape=(len(bounds) - 1, size))
