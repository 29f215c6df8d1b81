"""What is remembered of words: one bounded table, in which everybody who reads has columns.

A word gets a number when it is first met, and each column is filled for all new words of a batch at
once. The scorer's columns hold what a word adds to each head; the word lists' hold their bits. When
there are too many words, those not met for longest are forgotten, and all columns with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keskio.listen.model.lemmas import lemma

BOUND = 500_000
FIRST_ROOM = 4096

Numbers = NDArray[np.int32]
Fill = Callable[[Sequence[str], Sequence[str]], NDArray[Any]]
"""Given new words and their base forms, returns a row (or a value) for each."""


@dataclass
class Column:
    """A value or a row of values for each word, by the word's number; grows by doubling."""

    fill: Fill
    values: NDArray[Any]


class Counter(dict[str, int]):
    """Numbers of words; a word not met before gets the next one and is noted as new."""

    def __init__(self) -> None:
        super().__init__()
        self.new: list[str] = []

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        self.new.append(word)
        return number


class Words:
    """The words of one language that have been met lately, with columns of what is known of them.

    `numbers(tokens)` gives each token's number, filling all columns for what is new; the arrays
    `values(name)` are then indexed by those numbers, until the next call of `numbers`, which may
    forget words and number anew. `spelt` and `lemmas` are lists by number. `renumbered` counts how often
    words were forgotten: numbers from before are worth nothing after.
    """

    def __init__(self, language: str, bound: int = BOUND) -> None:
        self.language = language
        self.bound = bound
        self.renumbered = 0
        self.spelt: list[str] = []
        self.lemmas: list[str] = []
        self._numbers = Counter()
        self._columns: dict[str, Column] = {}
        self._batch = 0
        self._met = np.zeros(FIRST_ROOM, dtype=np.int32)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, name: str, example: NDArray[Any], fill: Fill) -> None:
        """Add a column, or fill an old one anew; `example` (a row or a scalar) tells shape and type."""
        room = len(self._met)
        self._columns[name] = Column(fill, np.zeros((room, *example.shape), dtype=example.dtype))
        if self._numbers:
            self._columns[name].values[: len(self)] = fill(self.spelt, self.lemmas)

    def values(self, name: str) -> NDArray[Any]:
        """Return the column's values by number; longer than there are words."""
        return self._columns[name].values

    def word_of(self) -> list[str]:
        """Return the words by number."""
        return list(self.spelt)

    def numbers(self, tokens: Sequence[str]) -> Numbers:
        """Return the numbers of tokens; new words are looked up and all columns filled for them."""
        self.make_room()
        numbers = np.fromiter(
            map(self._numbers.__getitem__, tokens), dtype=np.int32, count=len(tokens)
        )
        if self._numbers.new:
            self._learn()
        self.meet(numbers)
        return numbers

    def make_room(self) -> None:
        """Forget words when there are too many; the next call of `numbers` will then forget none."""
        if len(self._numbers) > self.bound:
            self._forget()

    def meet(self, numbers: Numbers) -> None:
        """Note that these words have been met now."""
        self._batch += 1
        self._met[numbers] = self._batch

    def _learn(self) -> None:
        new, self._numbers.new = self._numbers.new, []
        start, end = len(self._numbers) - len(new), len(self._numbers)
        language = self.language
        lemmas = [lemma(word, language) for word in new]
        self.lemmas += lemmas
        self.spelt += new
        while end > len(self._met):
            self._met = np.concatenate([self._met, np.zeros_like(self._met)])
        for column in self._columns.values():
            if len(column.values) < len(self._met):
                grown = np.zeros((len(self._met), *column.values.shape[1:]), column.values.dtype)
                grown[:start] = column.values[:start]
                column.values = grown
            column.values[start:end] = column.fill(new, lemmas)

    def _forget(self) -> None:
        """Keep the half of the words that was met last."""
        count = len(self._numbers)
        met = self._met[:count]
        kept = np.sort(np.argsort(met, kind="stable")[count - self.bound // 2 :])
        self.spelt = [self.spelt[old] for old in kept]
        self._numbers = Counter()
        self._numbers.update({word: new for new, word in enumerate(self.spelt)})
        self.renumbered += 1
        self.lemmas = [self.lemmas[old] for old in kept]
        self._met[: len(kept)] = met[kept]
        for column in self._columns.values():
            column.values[: len(kept)] = column.values[kept]
