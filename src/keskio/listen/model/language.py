"""Telling languages apart: Finnish, English and Swedish, by the same remembered scores of words.

>>> [code for code, _ in detect(["Missä korttini viipyy?", "Where is my card?", "Var är mitt kort?"])]
['fi', 'en', 'sv']
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from keskio.engine.text.tokens import stream
from keskio.listen.model import batches
from keskio.listen.model.batches import Batch
from keskio.listen.model.scoring import FILES
from keskio.listen.model.tables import Floats, Table
from keskio.listen.model.words import Words

NAME = "language"


def detect(texts: Sequence[str]) -> list[tuple[str, float]]:
    """Return the language of each text, and by how much it is ahead of the next (0: nothing is known).

    A margin below about .3 is a guess: where the source tells the language, believe the source.
    """
    return detect_tokens(stream(texts))


def detect_tokens(tokens: Sequence[str]) -> list[tuple[str, float]]:
    """Return what `detect` does for texts already cut by `stream`."""
    codes, margins = decided(tokens)
    heads = _table().heads
    return [
        (heads[code], margin) for code, margin in zip(codes.tolist(), margins.tolist(), strict=True)
    ]


def decided(tokens: Sequence[str]) -> tuple[NDArray[np.int64], Floats]:
    """Return, for texts cut by `stream`, which of `codes()` each is in, and by how much."""
    words = _words()
    return decided_in(words, batches.batch_of(words, tokens, batches.NO_MARKS))


def decided_in(words: Words, batch: Batch) -> tuple[NDArray[np.int64], Floats]:
    """Return what `decided` does for a batch of `words`, which `no_words` has made."""
    margins = _table().margins(batch, words, NAME)
    best = margins.argmax(axis=1)
    ranked = np.sort(margins, axis=1)
    return best, np.asarray(ranked[:, -1] - ranked[:, -2], dtype=np.float32)


def told_by(table: Table, tokens: Sequence[str]) -> list[str]:
    """Return what another table than the shipped one says of texts cut by `stream`."""
    words = Words("")
    batches.prepare(words)
    table.prepare(words, NAME)
    batch = batches.batch_of(words, tokens, batches.NO_MARKS)
    return [table.heads[at] for at in table.margins(batch, words, NAME).argmax(axis=1).tolist()]


def codes() -> tuple[str, ...]:
    """Return the codes of the languages that are told apart."""
    return _table().heads


@cache
def _table() -> Table:
    return Table.load(FILES / "language.npz")


@cache
def _words() -> Words:
    return no_words()


def no_words() -> Words:
    """Return words of any language, none met yet, in which languages can be told apart."""
    words = Words("")  # no base forms: which language it is, is not known yet
    batches.prepare(words, pairs=False)
    _table().prepare(words, NAME, denials=False)
    return words
