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
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from keskio.engine.text.tokens import stream
from keskio.listen.model import batches
from keskio.listen.model.features import Space
from keskio.listen.model.tables import LEAST_LENGTH, Table
from keskio.listen.model.words import Words

COST = 0.1
RARELY = 2
FOLDS = 3
FLAT = 0.003

Flags = NDArray[np.bool_]


class Head(NamedTuple):
    """What one head learns: `wanted` by row, and which rows it learns from (all by default).

    With `parts` (flags of what it is made up of, as anger is of negativity) it becomes a blend of an
    SVM, naive Bayes and SVMs of its parts, which is one line like any other, cut where F1 is best.
    With a `slope` given, how sure margins are is not worked out, which is most of the time.
    """

    wanted: Flags
    rows: Flags | None = None
    parts: tuple[Flags, ...] = ()
    slope: float | None = None


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
    lengths = corpus.words @ (corpus.said_slots.power(2) @ squares)
    lengths += corpus.denied @ (corpus.denied_slots.power(2) @ squares) + corpus.pairs @ squares
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
        line = _line_of(matrix, head, cost)
        weights[:, place], bias[place], slope[place] = line.weights, line.bias, line.slope
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


class Line(NamedTuple):
    """A fitted head: a margin is rows @ weights + bias, and odds are exp(slope * margin)."""

    weights: NDArray[np.float32]
    bias: float
    slope: float = 1.0


def _line_of(matrix: sp.csr_matrix, head: Head, cost: float) -> Line:
    """Return a head fitted, and how sure its margins are, from rows held back in turn."""
    rows = np.arange(matrix.shape[0]) if head.rows is None else np.flatnonzero(head.rows)
    matrix, wanted = matrix[rows], head.wanted[rows]
    if head.slope is not None and not head.parts:
        return _svm(matrix, wanted, cost)._replace(slope=head.slope)
    parts = [part[rows] for part in head.parts]
    members = 2 + len(parts) if parts else 1
    fold = np.arange(len(rows)) % FOLDS
    held = np.zeros((len(rows), members))
    for number in range(FOLDS):
        here, there = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        lines = _members(matrix[there], wanted[there], [part[there] for part in parts], cost)
        held[here] = np.stack([matrix[here] @ one.weights + one.bias for one in lines], axis=1)
    lines = _members(matrix, wanted, parts, cost)
    shares = _shares(held) if parts else np.ones(1)
    margins = held @ shares
    shift = _best_cut(margins, wanted) if parts else 0.0
    sure = LogisticRegression(C=1e4, fit_intercept=False, class_weight="balanced")
    slope = sure.fit((margins - shift)[:, None], wanted).coef_[0, 0]
    return Line(
        sum(share * one.weights for share, one in zip(shares, lines, strict=True)),
        sum(share * one.bias for share, one in zip(shares, lines, strict=True)) - shift,
        float(max(0.1, slope)),
    )


def _members(
    matrix: sp.csr_matrix, wanted: Flags, parts: Sequence[Flags], cost: float
) -> list[Line]:
    """Return what a head is made of: one SVM; with parts also naive Bayes, and an SVM for each part."""
    if not parts:
        return [_svm(matrix, wanted, cost)]
    counts = ComplementNB(alpha=0.3).fit(matrix, wanted)
    said = counts.feature_log_prob_
    # Complements: the weights of "no" are of the rows that are "yes".
    bayes = Line((said[1] - said[0]).astype(np.float32), 0.0)
    of_parts = [_svm(matrix, part, 1.5 * cost) for part in parts]
    return [_svm(matrix, wanted, 2 * cost), bayes, *of_parts]


def _svm(matrix: sp.csr_matrix, wanted: Flags, cost: float) -> Line:
    fitted = LinearSVC(C=cost, class_weight="balanced", random_state=1).fit(matrix, wanted)
    return Line(fitted.coef_[0].astype(np.float32), float(fitted.intercept_[0]))


def _shares(held: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much each member counts: the whole, Bayes, and all parts together as much as each other."""
    spread = np.maximum(held.std(axis=0), 1e-6)
    together = ((held - held.mean(axis=0)) / spread)[:, 2:].sum(axis=1).std()
    shares = 1 / spread
    shares[2:] /= max(float(together), 1e-6)
    return np.asarray(shares / 3)


def _best_cut(margins: NDArray[np.float64], wanted: Flags) -> float:
    """Return the margin from which on saying yes gives the best F1."""
    order = np.argsort(-margins, kind="stable")
    right = np.cumsum(wanted[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + wanted.sum())
    near = np.flatnonzero(f1 > f1.max() - FLAT)  # the top is flat: its middle moves less
    return float(margins[order[int(np.median(near))]])
