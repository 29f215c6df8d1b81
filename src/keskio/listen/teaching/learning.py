"""What a company's labels teach: a table on top of the frozen one, and an honest comparison of the two.

Each label is judged by a model that has not learnt from it: texts are put into five slices by a hash of
what they say, and each slice is held back in turn (from `ENOUGH` labels on, one slice alone). A head is
kept when it is right more often than the frozen model with a chance below .05 that luck did it (the
one-sided exact test of McNemar, 1947, on the labels on which the two differ).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression

from keskio.engine.text.tokens import stream
from keskio.listen.model.corpora import place
from keskio.listen.model.fitting import corpus_of, rarities, weighed
from keskio.listen.model.scoring import EMOTIONS, HEADS, NEGATIVE, POLARITIES, Scorer
from keskio.listen.model.tables import Floats, Table
from keskio.listen.teaching.contracts import POLARITY, VALUES, Lesson

SLICES = 5
FEWEST = 40  # labels of a head; with fewer nothing is learnt
ENOUGH = 4000
CHANCE = 0.05
COST = 3.0
TRUST = 1.0  # how cheap it is to lean on frozen margins rather than on words
CURVE = (25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800)
DRAWS = 1000

Stop = Callable[[], None]
"""Called between fits; raises when work must end."""


class Figures(msgspec.Struct, frozen=True):
    """How a head did on held-back labels, before and after teaching.

    `frozen` and `fresh`: shares that were right; of the labels on which the two differ, `gained` were
    made right and `lost` made wrong; `chance` of as many gains by luck; `low` to `high` holds 95 % of
    what the difference would be with labels drawn anew.
    """

    labels: int
    frozen: float
    fresh: float
    gained: int
    lost: int
    chance: float
    low: float
    high: float

    @property
    def is_better(self) -> bool:
        """Whether it is more than luck."""
        return self.gained > self.lost and self.chance < CHANCE


class Learnt(NamedTuple):
    """A table of the heads that became better (None: none did), all figures, and the learning curve."""

    table: Table | None
    figures: dict[str, Figures]
    curve: list[tuple[int, float]]


class Task(NamedTuple):
    """A question that lessons answer.

    `said`: which of its values each lesson has (-1: not said); `heads`: what answers it, one a value; a
    single head answers yes above 0.
    """

    name: str
    said: NDArray[np.int64]
    heads: tuple[str, ...]


def tasks_of(lessons: Sequence[Lesson]) -> list[Task]:
    """Return what the lessons can teach: each question with at least FEWEST answers of two kinds."""
    tasks = [Task(POLARITY, _said(lessons, POLARITY, VALUES), POLARITIES)]
    asked = {head for lesson in lessons for head in lesson.values}
    for emotion in EMOTIONS:
        if f"emotion:{emotion}" in asked:
            said = _said(lessons, f"emotion:{emotion}", ("no", "yes"))
            tasks.append(Task(f"emotion:{emotion}", said, (emotion,)))
    for theme in sorted(head for head in asked if head.startswith("theme:")):
        # Whoever labels a message sees its themes: what was not said to be one of them is not.
        said = np.array([int(lesson.values.get(theme) == "yes") for lesson in lessons])
        tasks.append(Task(theme, said, (theme,)))
    return [task for task in tasks if _can_learn(task)]


def _said(lessons: Sequence[Lesson], head: str, values: Sequence[str]) -> NDArray[np.int64]:
    numbers = {value: number for number, value in enumerate(values)}
    return np.array([numbers.get(lesson.values.get(head, ""), -1) for lesson in lessons])


def _can_learn(task: Task) -> bool:
    counts = np.bincount(task.said[task.said >= 0])
    return int(counts.sum()) >= FEWEST and int((counts >= SLICES).sum()) > 1


def learn(lessons: Sequence[Lesson], language: str, scorer: Scorer, stop: Stop) -> Learnt:
    """Return what the lessons of one language teach beyond the scorer's frozen table."""
    room = Classroom(lessons, language, scorer)
    figures: dict[str, Figures] = {}
    kept: list[Task] = []
    curve: list[tuple[int, float]] = []
    for task in tasks_of(lessons):
        stop()
        figures[task.name] = room.compared(task, stop)
        if figures[task.name].is_better:
            kept.append(task)
        if task.name == POLARITY:
            curve = room.curve(task, stop)
    return Learnt(room.table(kept) if kept else None, figures, curve)


class Classroom:
    """Lessons as features and frozen margins, ready for many fits."""

    def __init__(self, lessons: Sequence[Lesson], language: str, scorer: Scorer) -> None:
        texts = [lesson.text for lesson in lessons]
        self.frozen = scorer.table(language)
        bare = Scorer(scorer.frozen)
        self.margins = bare.margins(bare.batch(stream(texts), language), language)[0]
        corpus = corpus_of(texts, language, self.frozen.space)
        self.rarity = rarities(corpus.counts)
        matrix = weighed(corpus, self.rarity).sparse
        self.used = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]))
        self.matrix = matrix[:, self.used]
        self.order = np.array([place(text, "taught") for text in texts])

    def compared(self, task: Task, stop: Stop) -> Figures:
        """Return how the frozen model and the taught one compare on held-back lessons."""
        known = task.said >= 0
        fresh = np.full(len(known), -1)
        slices = range(1 if int(known.sum()) > ENOUGH else SLICES)
        for held in slices:
            stop()
            out = self._slice() == held
            fresh[known & out] = self.answers(task, known & ~out, known & out)
        judged = fresh >= 0
        return compared(task.said[judged], self.frozen_answers(task)[judged], fresh[judged])

    def curve(self, task: Task, stop: Stop) -> list[tuple[int, float]]:
        """Return (labels learnt from, share right on held-back ones), beginning with none."""
        known = task.said >= 0
        sizes = [size for size in CURVE if size <= known.sum() * (SLICES - 1) / SLICES]
        right = [(0, float((self.frozen_answers(task) == task.said)[known].mean()))]
        slices = range(1 if int(known.sum()) > ENOUGH else SLICES)
        for size in sizes:
            hits, asked = 0, 0
            for held in slices:
                stop()
                out = self._slice() == held
                learnt = np.flatnonzero(known & ~out)
                first = learnt[np.argsort(self.order[learnt] * SLICES % 1)][:size]
                few = np.zeros(len(known), dtype=bool)
                few[first] = True
                hits += int((self.answers(task, few, known & out) == task.said[known & out]).sum())
                asked += int((known & out).sum())
            right.append((size, hits / max(1, asked)))
        return right

    def _slice(self) -> NDArray[np.int64]:
        return (self.order * SLICES).astype(np.int64)

    def frozen_answers(self, task: Task) -> NDArray[np.int64]:
        """Return what the frozen model says of each lesson; of an own theme, what is most frequent."""
        if task.name == POLARITY:
            return np.asarray(self._ways(self._columns(POLARITIES)).argmax(axis=1))
        if task.heads[0] in HEADS:
            return (self._columns(task.heads)[:, 0] > 0).astype(np.int64)
        said = task.said[task.said >= 0]
        return np.full(len(task.said), int(np.bincount(said).argmax()))

    def _ways(self, margins: Floats) -> Floats:
        return np.asarray(margins * self.frozen.slope[1:4])

    def _columns(self, heads: Sequence[str]) -> Floats:
        return self.margins[:, [HEADS.index(head) for head in heads]]

    def answers(
        self, task: Task, learnt: NDArray[np.bool_], asked: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return what the heads, taught by the lessons `learnt`, say of the lessons `asked`."""
        found: list[NDArray[np.float64]] = []
        if not asked.any():
            return np.zeros(0, dtype=np.int64)
        for number, head in enumerate(task.heads):
            wanted = task.said == (number if len(task.heads) > 1 else 1)
            rows = self._rows(head)
            if wanted[learnt].all() or not wanted[learnt].any():
                sign = 1.0 if learnt.any() and wanted[learnt].all() else -1.0
                found.append(np.full(int(asked.sum()), sign))
                continue
            fitted = _logistic().fit(rows[np.flatnonzero(learnt)], wanted[learnt])
            found.append(fitted.decision_function(rows[np.flatnonzero(asked)]))
        if len(found) > 1:
            return np.asarray(np.stack(found, axis=1).argmax(axis=1))
        return (found[0] > 0).astype(np.int64)

    def _rows(self, head: str) -> sp.csr_matrix:
        if head not in HEADS:
            return self.matrix
        margins = self._columns(leans_on(head)) * TRUST
        return sp.hstack([self.matrix, sp.csr_matrix(margins)], format="csr")

    def table(self, tasks: Sequence[Task]) -> Table:
        """Return the table of the tasks' heads, taught by all lessons."""
        heads: list[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]] = []
        for task in tasks:
            known = task.said >= 0
            for number, head in enumerate(task.heads):
                heads.append((head, task.said == (number if len(task.heads) > 1 else 1), known))
            if task.name == POLARITY:
                heads.append((NEGATIVE, task.said == 0, known))
        weights = np.zeros((len(self.used), len(heads)), dtype=np.float32)
        bias = np.zeros(len(heads), dtype=np.float32)
        shares: dict[str, dict[str, float]] = {}
        for column, (head, wanted, known) in enumerate(heads):
            if wanted[known].all() or not wanted[known].any():
                bias[column] = 1.0 if wanted[known].all() else -1.0
                shares[head] = {}
                continue
            fitted = _logistic().fit(self._rows(head)[np.flatnonzero(known)], wanted[known])
            # Odds are turned into margins of the frozen head, whose slope then fits both.
            slope = float(self.frozen.slope[HEADS.index(head)]) if head in HEADS else 1.0
            weights[:, column] = fitted.coef_[0][: len(self.used)] / slope
            bias[column] = fitted.intercept_[0] / slope
            if head in HEADS:
                leant = fitted.coef_[0][len(self.used) :] * TRUST / slope
                shares[head] = dict(zip(leans_on(head), leant.tolist(), strict=True))
        return Table(
            space=self.frozen.space,
            heads=tuple(head for head, _, _ in heads),
            slots=self.used,
            weights=weights * self.rarity[self.used][:, None],
            lengths=self.rarity[self.used] ** 2,
            bias=bias,
            slope=np.ones(len(heads), dtype=np.float32),
            told={"shares": shares},
        )


def leans_on(head: str) -> tuple[str, ...]:
    """Return the frozen heads whose margins a taught head may use: all of polarity, or its own."""
    return POLARITIES if head in POLARITIES else (head,)


def _logistic() -> LogisticRegression:
    how = {"class_weight": "balanced", "solver": "liblinear", "dual": True, "random_state": 1}
    return LogisticRegression(C=COST, tol=0.01, max_iter=1000, **how)


def compared(said: NDArray[Any], before: NDArray[Any], after: NDArray[Any]) -> Figures:
    """Return how two models' answers compare on the same labels.

    >>> compared(np.ones(8), np.array([0, 0, 0, 0, 0, 1, 1, 1]), np.ones(8)).chance
    0.03125
    """
    was, now = before == said, after == said
    gained, lost = int((now & ~was).sum()), int((was & ~now).sum())
    change = now.astype(np.float64) - was
    drawn = np.random.default_rng(1).integers(0, max(1, len(said)), (DRAWS, len(said)))
    means = change[drawn].mean(axis=1) if len(said) else np.zeros(1)
    return Figures(
        labels=len(said),
        frozen=float(was.mean()) if len(said) else 0.0,
        fresh=float(now.mean()) if len(said) else 0.0,
        gained=gained,
        lost=lost,
        chance=float(binom.sf(gained - 1, gained + lost, 0.5)),
        low=float(np.quantile(means, 0.025)),
        high=float(np.quantile(means, 0.975)),
    )
