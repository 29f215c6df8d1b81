"""Clusters of customers: made comparable, found, and tried whether they are there at all.

Silhouette and stability pass slices of one skewed cloud for clusters. Prediction strength does not
(Tibshirani & Walther 2005): clusters found in one half must say who belongs together in the other.
Everything is also done to a cloud without structure, of the same spread, to compare with.

k-means is our own thirty lines: hundreds of small searches are needed, and a library's threads cost
more than such a search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import dendrogram, fcluster, linkage
from scipy.spatial.distance import cdist
from scipy.stats import skew

from keskio.know.profiles.histories import Floats, Ints
from keskio.know.profiles.reports import Branch, Scale

SKEWED = 1.0
FIT_SAMPLE = 20_000
TRY_SAMPLE = 2_000
TREE_SAMPLE = 1_200
LEAVES_DRAWN = 24
KS = range(2, 9)
_RESTARTS = 5
_BOOTSTRAPS = 20
_HALVES = 6
_STEPS = 100


@dataclass(frozen=True)
class Prepared:
    """Customers as points: one row each, in units of deviation, logged where skewed."""

    points: Floats
    scales: list[Scale]


@dataclass(frozen=True)
class Clustered:
    """Clusters as centres in the prepared space, the largest first."""

    centres: Floats
    branches: list[Branch] = field(default_factory=list)

    def assign(self, points: Floats) -> Ints:
        """Return the nearest centre of each point."""
        return nearest(points, self.centres)


def prepare(columns: Mapping[str, Floats], *, log_skewed: bool = True) -> Prepared:
    """Make columns comparable: fill gaps with the median, take logarithms of skewed ones, standardise."""
    scales = [_scale(name, column, log_skewed=log_skewed) for name, column in columns.items()]
    return Prepared(scaled(columns, scales), scales)


def _scale(name: str, column: Floats, *, log_skewed: bool) -> Scale:
    known = column[~np.isnan(column)]
    middle = float(np.median(known)) if len(known) else 0.0
    filled = np.where(np.isnan(column), middle, column)
    is_skewed = len(known) > 2 and known.std() > 0 and float(skew(known)) > SKEWED
    logged = bool(log_skewed and is_skewed and known.min() >= 0)
    shown = np.log1p(filled) if logged else filled
    return Scale(name, logged, middle, float(shown.mean()), float(shown.std()) or 1.0)


def scaled(columns: Mapping[str, Floats], scales: list[Scale]) -> Floats:
    """Return columns as points by kept scales, in the order of the scales."""
    points = np.empty((len(next(iter(columns.values()))), len(scales)))
    for place, scale in enumerate(scales):
        column = columns[scale.name]
        filled = np.where(np.isnan(column), scale.middle, column)
        shown = np.log1p(np.maximum(filled, 0.0)) if scale.logged else filled
        points[:, place] = (shown - scale.mean) / scale.deviation
    return points


def nearest(points: Floats, centres: Floats) -> Ints:
    """Return the place of the nearest of `centres`, a block of points at a time."""
    found = np.empty(len(points), dtype=np.int64)
    squares = (centres**2).sum(axis=1)
    for begin in range(0, len(points), 50_000):
        part = points[begin : begin + 50_000]
        found[begin : begin + 50_000] = np.argmin(squares - 2 * part @ centres.T, axis=1)
    return found


def k_means(points: Floats, k: int, *, seed: int = 1, restarts: int = _RESTARTS) -> Floats:
    """Return `k` centres, those of the largest clusters first: the best of some searches of a sample."""
    sample = sampled(points, FIT_SAMPLE, seed=seed)
    dice = np.random.default_rng(seed)
    found = min((_lloyd(sample, k, dice) for _ in range(restarts)), key=lambda one: one[1])[0]
    sizes = np.bincount(nearest(sample, found), minlength=k)
    return np.asarray(found[np.argsort(-sizes, kind="stable")])


def _lloyd(points: Floats, k: int, dice: np.random.Generator) -> tuple[Floats, float]:
    """Return centres after Lloyd's steps from a start by k-means++, and how far points are from them."""
    centres = _spread(points, k, dice)
    labels = nearest(points, centres)
    for _ in range(_STEPS):
        count = np.bincount(labels, minlength=k)
        for axis in range(points.shape[1]):
            sums = np.bincount(labels, weights=points[:, axis], minlength=k)
            centres[:, axis] = np.where(count > 0, sums / np.maximum(count, 1), centres[:, axis])
        again = nearest(points, centres)
        if np.array_equal(again, labels):
            break
        labels = again
    return centres, float(((points - centres[labels]) ** 2).sum())


def _spread(points: Floats, k: int, dice: np.random.Generator) -> Floats:
    """Return `k` of the points, far from each other (Arthur & Vassilvitskii 2007)."""
    centres = points[[int(dice.integers(len(points)))]]
    away = ((points - centres[0]) ** 2).sum(axis=1)
    while len(centres) < k:
        whole = float(away.sum())
        share = away / whole if whole > 0 else None
        chosen = points[[int(dice.choice(len(points), p=share))]]
        centres = np.vstack([centres, chosen])
        away = np.minimum(away, ((points - chosen) ** 2).sum(axis=1))
    return np.array(centres, dtype=np.float64)


def by_ward(points: Floats, k: int, *, seed: int = 1) -> Clustered:
    """Return `k` clusters of Ward's tree of a sample, and the tree as it is drawn."""
    sample = sampled(points, TREE_SAMPLE, seed=seed)
    tree = linkage(sample, method="ward")
    labels = fcluster(tree, k, criterion="maxclust") - 1
    sizes = np.bincount(labels, minlength=k)
    order = [place for place in np.argsort(-sizes) if sizes[place]]
    centres = np.array([sample[labels == place].mean(axis=0) for place in order])
    drawn = dendrogram(tree, p=LEAVES_DRAWN, truncate_mode="lastp", no_plot=True)
    top = float(tree[-1, 2]) or 1.0
    branches = [
        Branch([float(x) / 10 for x in xs], [float(y) / top for y in ys])
        for xs, ys in zip(drawn["icoord"], drawn["dcoord"], strict=True)
    ]
    return Clustered(centres, branches)


def sampled(points: npt.NDArray[Any], most: int, *, seed: int) -> npt.NDArray[Any]:
    """Return at most `most` rows, chosen by chance and always the same."""
    if len(points) <= most:
        return points
    dice = np.random.default_rng(seed)
    return np.asarray(points[np.sort(dice.choice(len(points), most, replace=False))])


def silhouette(points: Floats, labels: Ints) -> float:
    """Return the mean silhouette (0 where there is one cluster only)."""
    kinds, place = np.unique(labels, return_inverse=True)
    if len(kinds) < 2:
        return 0.0
    far = cdist(points, points)
    sums = np.column_stack([far[:, place == kind].sum(axis=1) for kind in range(len(kinds))])
    count = np.bincount(place)
    rows = np.arange(len(points))
    inside = sums[rows, place] / np.maximum(count[place] - 1, 1)
    means = sums / count
    means[rows, place] = np.inf
    outside = means.min(axis=1)
    widths = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-300)
    return float(np.where(count[place] > 1, widths, 0.0).mean())


def prediction_strength(points: Floats, k: int, *, seed: int = 1) -> float:
    """Return how well clusters of one half say who is together in the other; 1 is perfectly.

    For the worst cluster: the share of its pairs that the other half's centres put together too;
    the mean of several ways of halving.
    """
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(_HALVES):
        order = dice.permutation(len(points))
        one, other = points[order[::2]], points[order[1::2]]
        theirs = nearest(other, k_means(other, k, seed=seed, restarts=2))
        ours = nearest(other, k_means(one, k, seed=seed, restarts=2))
        found.append(_worst_share(theirs, ours, k))
    return float(np.mean(found))


def _worst_share(theirs: Ints, ours: Ints, k: int) -> float:
    worst = 1.0
    for cluster in range(k):
        together = np.bincount(ours[theirs == cluster], minlength=k).astype(np.float64)
        n = together.sum()
        if n > 1:
            worst = min(worst, float((together * (together - 1)).sum() / (n * (n - 1))))
    return worst


def bootstrap_jaccard(points: Floats, centres: Floats, *, seed: int = 1) -> list[float]:
    """Return for each cluster how much of it comes back when other customers are drawn (Hennig 2007)."""
    k = len(centres)
    dice = np.random.default_rng(seed)
    labels = nearest(points, centres)
    found = np.zeros((_BOOTSTRAPS, k))
    for turn in range(_BOOTSTRAPS):
        drawn = np.unique(dice.integers(0, len(points), len(points)))
        theirs = nearest(points[drawn], k_means(points[drawn], k, seed=turn, restarts=2))
        both = np.zeros((k, k))
        np.add.at(both, (labels[drawn], theirs), 1)
        union = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
        found[turn] = (both / np.maximum(union, 1)).max(axis=1)
    return [float(value) for value in found.mean(axis=0)]


def without_structure(points: Floats, *, seed: int) -> Floats:
    """Return one round cloud with the same spread and correlations: what there is to compare with."""
    dice = np.random.default_rng(seed)
    covariance = np.atleast_2d(np.cov(points, rowvar=False))
    return dice.multivariate_normal(points.mean(axis=0), covariance, size=len(points))


def agreement(one: Ints, other: Ints) -> float:
    """Return the adjusted Rand index of two ways of grouping the same customers (Hubert & Arabie 1985)."""

    def pairs(counts: npt.NDArray[Any]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    a, b = np.unique(one, return_inverse=True)[1], np.unique(other, return_inverse=True)[1]
    both = np.bincount(a * (int(b.max()) + 1) + b)
    together, in_one, in_other = pairs(both), pairs(np.bincount(a)), pairs(np.bincount(b))
    whole = pairs(np.array([len(a)]))
    by_chance = in_one * in_other / whole
    most = (in_one + in_other) / 2
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)
