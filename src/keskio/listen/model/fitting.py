"""Fitting linear heads on texts: features are weighed by rarity, heads are class-balanced SVMs.

The same code fits the frozen tables, other label sets (28 emotions, 77 intents) and a company's own
labels. Message lengths are worked out as scoring does, word by word, so that what is fitted is what
is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from keskio.engine.text.tokens import stream
from keskio.listen.model import batches
from keskio.listen.model.features import Space
from keskio.listen.model.tables import LEAST_LENGTH, Table
from keskio.listen.model.words import Words

COST = 0.1
RARELY = 2
FOLDS = 3

Flags = NDArray[np.bool_]


class Head(NamedTuple):
    """What one head learns: `wanted` by row, and which rows it learns from (all by default)."""

    wanted: Flags
    rows: Flags | None = None


class Corpus(NamedTuple):
    """Texts as counts: of what they hold (texts x slots), and the parts that `lengths` need."""

    counts: sp.csr_matrix
    words: sp.csr_matrix
    denied: sp.csr_matrix
    pairs: sp.csr_matrix
    said_slots: sp.csr_matrix
    denied_slots: sp.csr_matrix


def corpus_of(
    texts: Sequence[str], language: str, space: Space, marks: bytearray | None = None
) -> Corpus:
    """Return the texts as counts of slots; `marks` as for `batches.batch_of`."""
    words = Words(language, bound=10**9)
    batches.prepare(words)
    batch = batches.batch_of(words, stream(texts), marks)
    size = len(words)
    speaks = [word not in batches.SILENT for word in words.word_of()]
    kept = sp.diags(np.array(speaks, dtype=np.float32))
    said_slots = kept @ space.word_rows(words.word_of(), words.lemmas)
    denied_slots = kept @ space.denied_rows(words.word_of(), words.lemmas)
    of_words, of_denied = batches.word_counts(batch, size), batches.denied_counts(batch, size)
    pairs = batches.pair_counts(batch, batches.pair_slots(batch, words, space), space.size)
    counts = (of_words @ said_slots + of_denied @ denied_slots + pairs).tocsr()
    return Corpus(counts, of_words, of_denied, pairs, said_slots, denied_slots)


def rarities(counts: sp.csr_matrix, rarely: int = RARELY) -> NDArray[np.float32]:
    """Return the weight of each slot, 1 + log((n + 1) / (texts with it + 1)); 0 if in fewer than `rarely`."""
    texts = np.bincount(counts.indices, minlength=counts.shape[1])
    weight = 1 + np.log((counts.shape[0] + 1) / (texts + 1))
    return np.where(texts >= rarely, weight, 0).astype(np.float32)


def weighed(corpus: Corpus, rarity: NDArray[np.float32]) -> sp.csr_matrix:
    """Return texts x slots, weighed and divided by each text's length."""
    squares = rarity * rarity
    lengths = corpus.words @ (corpus.said_slots @ squares)
    lengths += corpus.denied @ (corpus.denied_slots @ squares) + corpus.pairs @ squares
    scale = 1 / np.sqrt(np.maximum(lengths, LEAST_LENGTH))
    matrix = corpus.counts @ sp.diags(rarity)
    matrix = (sp.diags(scale.astype(np.float32)) @ matrix).tocsr()
    matrix.eliminate_zeros()
    return matrix


def fit(
    texts: Sequence[str],
    language: str,
    heads: Mapping[str, Head],
    *,
    space: Space | None = None,
    cost: float = COST,
    marks: bytearray | None = None,
) -> Table:
    """Return a table with a head for each of `heads`, fitted on the texts.

    `marks`: `batches.NO_MARKS` for words alone, without denials and pairs.
    """
    space = space or Space()
    corpus = corpus_of(texts, language, space, marks)
    rarity = rarities(corpus.counts)
    matrix = weighed(corpus, rarity)
    used = np.flatnonzero(np.bincount(matrix.indices, minlength=space.size))
    matrix = matrix[:, used]
    weights = np.zeros((len(used), len(heads)), dtype=np.float32)
    bias, slope = np.zeros(len(heads), np.float32), np.ones(len(heads), np.float32)
    for place, head in enumerate(heads.values()):
        rows = matrix if head.rows is None else matrix[np.flatnonzero(head.rows)]
        wanted = head.wanted if head.rows is None else head.wanted[head.rows]
        fitted = _svm(cost).fit(rows, wanted)
        weights[:, place] = fitted.coef_[0]
        bias[place] = fitted.intercept_[0]
        slope[place] = _slope(rows, wanted, cost)
    return Table(
        space=space,
        heads=tuple(heads),
        slots=used,
        weights=weights * rarity[used][:, None],
        lengths=rarity[used] ** 2,
        bias=bias,
        slope=slope,
        told={"rows": len(texts)},
    )


def _svm(cost: float) -> LinearSVC:
    return LinearSVC(C=cost, class_weight="balanced", random_state=1)


def _slope(rows: sp.csr_matrix, wanted: Flags, cost: float) -> float:
    """Return how sure a margin is, from margins of rows that were held back in turn."""
    fold = np.arange(rows.shape[0]) % FOLDS
    margins = np.zeros(rows.shape[0])
    for held in range(FOLDS):
        fitted = _svm(cost).fit(rows[fold != held], wanted[fold != held])
        margins[fold == held] = fitted.decision_function(rows[fold == held])
    sure = LogisticRegression(C=1e4, fit_intercept=False, class_weight="balanced")
    return float(max(0.1, sure.fit(margins[:, None], wanted).coef_[0, 0]))
