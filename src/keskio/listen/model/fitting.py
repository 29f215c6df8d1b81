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

from keskio.engine.text.tokens import stream
from keskio.listen.model import batches
from keskio.listen.model.features import Space
from keskio.listen.model.meanings import meanings_of
from keskio.listen.model.solving import Flags, Floats, Texts, balanced, solve
from keskio.listen.model.tables import LEAST_LENGTH, Table
from keskio.listen.model.words import Words

COST = 0.1
RARELY = 2
FOLDS = 3
FLAT = 0.003
PARTS = 0.5


class Head(NamedTuple):
    """What one head learns: `wanted` by row, and which rows it learns from (all by default).

    With `parts` (flags of what it is made up of, as anger is of negativity) it becomes a blend of its
    own line and those of its parts, which is one line like any other, cut where F1 is best.
    With a `slope` given, how sure margins are is not worked out, which is most of the time.
    """

    wanted: Flags
    rows: Flags | None = None
    parts: tuple[Flags, ...] = ()
    slope: float | None = None


class Corpus(NamedTuple):
    """Texts as counts: of what they hold (texts x slots), the parts that `lengths` need, and meanings.

    `meant`: the sum of what words mean, less of denied ones (texts x size; no columns without any).
    """

    counts: sp.csr_matrix
    words: sp.csr_matrix
    denied: sp.csr_matrix
    pairs: sp.csr_matrix
    said_slots: sp.csr_matrix
    denied_slots: sp.csr_matrix
    meant: Floats


def corpus_of(
    texts: Sequence[str],
    language: str,
    space: Space,
    marks: bytearray | None = None,
    meanings: str = "",
) -> Corpus:
    """Return the texts as counts of slots; `marks` as for `batches.batch_of`, `meanings` as a table's."""
    words = Words(language, bound=10**9)
    batches.prepare(words)
    batch = batches.batch_of(words, stream(texts), marks)
    size = len(words)
    speaks = np.array([word not in batches.SILENT for word in words.word_of()], dtype=np.float32)
    kept = sp.diags(speaks)
    said_slots = kept @ space.word_rows(words.word_of(), words.lemmas)
    denied_slots = kept @ space.denied_rows(words.word_of(), words.lemmas)
    of_words, of_denied = batches.word_counts(batch, size), batches.denied_counts(batch, size)
    pairs = batches.pair_counts(batch, batches.pair_slots(batch, words, space), space.size)
    counts = (of_words @ said_slots + of_denied @ denied_slots + pairs).tocsr()
    meant = np.zeros((len(texts), 0), dtype=np.float32)
    vectors = meanings_of(meanings)
    if vectors is not None:
        of_each = speaks[:, None] * vectors.of(words.word_of(), words.lemmas)
        meant = np.asarray((of_words - of_denied) @ of_each, dtype=np.float32)
    return Corpus(counts, of_words, of_denied, pairs, said_slots, denied_slots, meant)


def rarities(counts: sp.csr_matrix, rarely: int = RARELY) -> NDArray[np.float32]:
    """Return the weight of each slot, 1 + log((n + 1) / (texts with it + 1)); 0 if in fewer than `rarely`."""
    texts = np.bincount(counts.indices, minlength=counts.shape[1])
    weight = 1 + np.log((counts.shape[0] + 1) / (texts + 1))
    return np.where(texts >= rarely, weight, 0).astype(np.float32)


def weighed(corpus: Corpus, rarity: NDArray[np.float32]) -> Texts:
    """Return the texts weighed and divided by their lengths."""
    squares = rarity * rarity
    lengths = corpus.words @ (corpus.said_slots.power(2) @ squares)
    lengths += corpus.denied @ (corpus.denied_slots.power(2) @ squares) + corpus.pairs @ squares
    scale = (1 / np.sqrt(np.maximum(lengths, LEAST_LENGTH))).astype(np.float32)
    matrix = corpus.counts @ sp.diags(rarity)
    matrix = (sp.diags(scale) @ matrix).tocsr()
    matrix.eliminate_zeros()
    return Texts(matrix, corpus.meant * scale[:, None])


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

    `marks`: `batches.NO_MARKS` for words alone, without denials and pairs. Words mean what
    `meanings_of(language)` says, if it says anything.
    """
    space = space or Space()
    meanings = language if meanings_of(language) else ""
    corpus = corpus_of(texts, language, space, marks, meanings)
    rarity = rarities(corpus.counts)
    whole = weighed(corpus, rarity)
    used = np.flatnonzero(np.bincount(whole.sparse.indices, minlength=space.size))
    weights, slope = _lines(Texts(whole.sparse[:, used], whole.dense), list(heads.values()), cost)
    return Table(
        space=space,
        heads=tuple(heads),
        slots=used,
        weights=weights[: len(used)] * rarity[used][:, None],
        lengths=rarity[used] ** 2,
        bias=weights[-1],
        slope=slope,
        told={"rows": len(texts)},
        meanings=meanings,
        meant=weights[len(used) : -1],
    )


def _lines(texts: Texts, heads: Sequence[Head], cost: float) -> tuple[Floats, Floats]:
    """Return the weights of heads, and how sure their margins are, from rows held back in turn."""
    rows = texts.sparse.shape[0]
    plan = _planned(heads, rows, cost)
    weights = _mixed(solve(texts, *plan.given), plan)
    slope = np.array([head.slope or 1.0 for head in heads], dtype=np.float32)
    asked = [at for at, head in enumerate(heads) if head.slope is None or head.parts]
    if not asked:
        return weights, slope
    held = np.zeros((rows, len(heads)), dtype=np.float32)
    fold = np.arange(rows) % FOLDS
    for number in range(FOLDS):
        here, there = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        found = _mixed(solve(texts.part(there), *plan.of(there)), plan)
        held[here] = texts.part(here).margins(found)
    for at in asked:
        head = heads[at]
        judged = slice(None) if head.rows is None else head.rows
        margins, wanted = held[judged, at], head.wanted[judged]
        shift = _best_cut(margins, wanted) if head.parts else 0.0
        weights[-1, at] -= shift
        sure = LogisticRegression(C=1e4, fit_intercept=False, class_weight="balanced")
        slope[at] = max(0.1, sure.fit((margins - shift)[:, None], wanted).coef_[0, 0])
    return weights, slope


class Plan(NamedTuple):
    """What is solved for: heads and parts of heads as columns, and which columns make up each head."""

    wanted: Flags
    used: Flags
    costs: Floats
    made_of: tuple[tuple[int, ...], ...]

    @property
    def given(self) -> tuple[Flags, Floats, Floats]:
        """What `solve` is given beside all texts."""
        return self.wanted, balanced(self.wanted, self.used), self.costs

    def of(self, rows: NDArray[np.int64]) -> tuple[Flags, Floats, Floats]:
        """Return `given` for some of the texts."""
        return self._replace(wanted=self.wanted[rows], used=self.used[rows]).given


def _planned(heads: Sequence[Head], rows: int, cost: float) -> Plan:
    wanted: list[Flags] = []
    used: list[Flags] = []
    costs: list[float] = []
    made_of = []
    for head in heads:
        first = len(wanted)
        wanted += [head.wanted, *head.parts]
        used += [np.ones(rows, dtype=bool) if head.rows is None else head.rows] * (
            1 + len(head.parts)
        )
        costs += [cost, *[cost] * len(head.parts)]
        made_of.append(tuple(range(first, len(wanted))))
    return Plan(
        np.stack(wanted, axis=1),
        np.stack(used, axis=1),
        np.array(costs, np.float32),
        tuple(made_of),
    )


def _mixed(weights: Floats, plan: Plan) -> Floats:
    """Return the heads: those with parts are their own line and PARTS of the mean of their parts'."""
    mixed = np.zeros((len(weights), len(plan.made_of)), dtype=np.float32)
    for at, (own, *parts) in enumerate(plan.made_of):
        mixed[:, at] = weights[:, own]
        if parts:
            mixed[:, at] = (1 - PARTS) * mixed[:, at] + PARTS * weights[:, parts].mean(axis=1)
    return mixed


def _best_cut(margins: NDArray[np.float64], wanted: Flags) -> float:
    """Return the margin from which on saying yes gives the best F1."""
    order = np.argsort(-margins, kind="stable")
    right = np.cumsum(wanted[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + wanted.sum())
    near = np.flatnonzero(f1 > f1.max() - FLAT)  # the top is flat: its middle moves less
    return float(margins[order[int(np.median(near))]])
