"""The report card of clusters: size, difference, identifiability, stability, and the verdict.

Kotler's tests of a segment, made into figures. Difference and identifiability are looked for in what was not
used to make the clusters: in what was used they differ by the way they were made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2_contingency, kruskal
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from keskio.know.profiles import clustering
from keskio.know.profiles.histories import Floats, Ints
from keskio.know.profiles.reports import (
    STRONG,
    WARD,
    Asked,
    Condition,
    Difference,
    Found,
    Kept,
    Report,
    Tried,
    verdict_of,
)

_LOOK_SAMPLE = 5_000
_DEPTH = 3
_REFERENCES = 3
_CATEGORIES = 30
_SEED = 1


@dataclass(frozen=True)
class Known:
    """What is known of customers, one place each: `used` makes the clusters, the rest judges them.

    `fields` are known for everyone: numbers, or categories as texts. `value` weighs clusters.
    `before`: the variables at an earlier time, NaN for those who were not there yet.
    """

    used: Mapping[str, Floats]
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    categories: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    value: Floats | None = None
    before: Mapping[str, Floats] | None = None


def search(
    asked: Asked, known: Known, *, step: Callable[[int], None] = lambda _percent: None
) -> tuple[Report, Ints]:
    """Look for clusters; return the report card and everybody's cluster.

    `step` is told how many hundredths are done; it may raise to stop.
    """
    begun = time.monotonic()
    prepared = clustering.prepare(known.used, log_skewed=asked.log_skewed)
    few = clustering.sampled(prepared.points, clustering.TRY_SAMPLE, seed=_SEED)
    references = [clustering.without_structure(few, seed=seed) for seed in range(_REFERENCES)]
    tried = []
    for k in [asked.k] if asked.k else clustering.KS:
        tried.append(_tried(few, references, k))
        step(5 + 45 * len(tried) // (1 if asked.k else len(clustering.KS)))
    best = suggested(tried)
    found = (
        clustering.by_ward(prepared.points, best.k, seed=_SEED)
        if asked.method == WARD
        else clustering.Clustered(clustering.k_means(prepared.points, best.k, seed=_SEED))
    )
    labels = found.assign(prepared.points)
    step(60)
    jaccards = clustering.bootstrap_jaccard(few, found.centres, seed=_SEED)
    step(75)
    silhouette = clustering.silhouette(few, found.assign(few))
    verdict = verdict_of(
        strength=best.strength,
        reference_strength=best.reference_strength,
        silhouette=silhouette,
        reference=best.reference_silhouette,
        jaccards=jaccards,
    )
    differences = _differences(known, labels)
    accuracy, fields = _identified(known, labels)
    step(90)
    report = Report(
        asked=asked,
        customers=len(labels),
        k=len(found.centres),
        verdict=verdict,
        strength=best.strength,
        silhouette=silhouette,
        reference_strength=best.reference_strength,
        reference_silhouette=best.reference_silhouette,
        tried=tried,
        clusters=_found(known, labels, jaccards),
        differences=differences,
        accuracy=accuracy,
        fields=fields,
        rand=_between_periods(known, asked, labels, len(found.centres)),
        kept=Kept(prepared.scales, found.centres.tolist()),
        branches=found.branches,
        seconds=time.monotonic() - begun,
    )
    return report, labels


def suggested(tried: Sequence[Tried]) -> Tried:
    """Return the largest number of clusters that is strong enough, else the strongest of all."""
    strong = [one for one in tried if one.strength >= STRONG]
    if strong:
        return max(strong, key=lambda one: one.k)
    return max(tried, key=lambda one: one.strength)


def _tried(points: Floats, references: Sequence[Floats], k: int) -> Tried:
    def look(cloud: Floats) -> tuple[float, float]:
        labels = clustering.nearest(cloud, clustering.k_means(cloud, k, seed=_SEED, restarts=3))
        return clustering.prediction_strength(cloud, k), clustering.silhouette(cloud, labels)

    strength, silhouette = look(points)
    others = [look(cloud) for cloud in references]
    return Tried(
        k,
        strength,
        silhouette,
        float(np.mean([one[0] for one in others])),
        max(one[1] for one in others),
    )


def _found(known: Known, labels: Ints, jaccards: Sequence[float]) -> list[Found]:
    told = explained(known.used, labels)
    whole = float(known.value.sum()) if known.value is not None else 0.0
    clusters = []
    for cluster, jaccard in enumerate(jaccards):
        of = labels == cluster
        rule, precision, coverage = told.get(cluster, ([], 0.0, 0.0))
        middle = {
            name: float(np.nanmedian(column[of])) if (~np.isnan(column[of])).any() else 0.0
            for name, column in known.used.items()
        }
        worth = float(known.value[of].sum()) / whole if known.value is not None and whole else None
        clusters.append(
            Found(
                int(of.sum()),
                float(of.mean()),
                worth,
                middle,
                rule,
                precision,
                coverage,
                jaccard,
            )
        )
    return clusters


def explained(
    columns: Mapping[str, Floats], labels: Ints
) -> dict[int, tuple[list[Condition], float, float]]:
    """Return for each cluster the branch of a shallow tree that says most of it.

    With it: how many of those it speaks of are of the cluster, and how much of the cluster it finds.
    """
    names = list(columns)
    filled = np.column_stack([_filled(columns[name]) for name in names])
    tree = DecisionTreeClassifier(
        max_depth=_DEPTH, class_weight="balanced", random_state=_SEED, min_samples_leaf=0.01
    ).fit(filled, labels)
    leaf_of = tree.apply(filled)
    paths = _paths(tree.tree_, names)
    told = {}
    for cluster in np.unique(labels):
        of = labels == cluster
        best: tuple[float, int, float, float] = (-1.0, 0, 0.0, 0.0)
        for leaf in np.unique(leaf_of[of]):
            there = leaf_of == leaf
            hits = float((of & there).sum())
            precision, coverage = hits / float(there.sum()), hits / float(of.sum())
            both = 2 * precision * coverage / (precision + coverage)
            best = max(best, (both, int(leaf), precision, coverage))
        told[int(cluster)] = (_shortened(paths[best[1]]), best[2], best[3])
    return told


def _paths(tree: Any, names: Sequence[str]) -> dict[int, list[Condition]]:
    paths: dict[int, list[Condition]] = {0: []}
    for node in range(tree.node_count):
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left < 0:
            continue
        name, value = names[tree.feature[node]], float(tree.threshold[node])
        paths[left] = [*paths[node], Condition(name, is_above=False, value=value)]
        paths[right] = [*paths[node], Condition(name, is_above=True, value=value)]
    return paths


def _shortened(path: Sequence[Condition]) -> list[Condition]:
    """Return a path without the bounds that a closer one makes needless."""
    kept: dict[tuple[str, bool], Condition] = {}
    for condition in path:
        kept[condition.name, condition.is_above] = condition
    return list(kept.values())


def _filled(column: Floats) -> Floats:
    known = column[~np.isnan(column)]
    return np.where(np.isnan(column), np.median(known) if len(known) else 0.0, column)


def _differences(known: Known, labels: Ints) -> list[Difference]:
    """Return how clusters differ in what was not used, the greatest difference first."""
    chosen = _sample_of(len(labels))
    of = labels[chosen]
    count = len(known.numbers) + len(known.categories)
    found = []
    for name, column in known.numbers.items():
        told = _by_ranks(column[chosen], of)
        if told is not None:
            found.append(Difference(name, False, told[0], min(1.0, told[1] * count)))
    for name, texts in known.categories.items():
        told = _by_table(texts[chosen], of)
        if told is not None:
            found.append(Difference(name, True, told[0], min(1.0, told[1] * count)))
    return sorted(found, key=lambda one: -one.effect)


def _by_ranks(column: Floats, labels: Ints) -> tuple[float, float] | None:
    """Return ε² and p of Kruskal and Wallis's test."""
    is_known = ~np.isnan(column)
    groups = [column[is_known & (labels == one)] for one in np.unique(labels)]
    groups = [group for group in groups if len(group) >= 5]
    n = sum(len(group) for group in groups)
    if len(groups) < 2 or len(np.unique(np.concatenate(groups))) < 2:
        return None
    h, p = kruskal(*groups)
    return float(h) / (n - 1), float(p)


def _by_table(texts: npt.NDArray[Any], labels: Ints) -> tuple[float, float] | None:
    """Return Cramér's V and p of the χ² test."""
    values, place = np.unique(texts, return_inverse=True)
    if not 2 <= len(values) <= _CATEGORIES:
        return None
    table = np.zeros((len(np.unique(labels)), len(values)))
    np.add.at(table, (np.unique(labels, return_inverse=True)[1], place), 1)
    if min(table.shape) < 2:
        return None
    statistic, p, _, _ = chi2_contingency(table)
    return float(np.sqrt(statistic / (table.sum() * (min(table.shape) - 1)))), float(p)


def _identified(known: Known, labels: Ints) -> tuple[float | None, list[str]]:
    """Return how well a shallow tree of fields known for everyone says the cluster, and the fields."""
    chosen = _sample_of(len(labels))
    columns, names = [], []
    for name, column in known.numbers.items():
        if not np.isnan(column).any():
            columns.append(column[chosen])
            names.append(name)
    for name, texts in known.categories.items():
        values, place = np.unique(texts[chosen], return_inverse=True)
        if len(values) <= _CATEGORIES and not (texts == "").any():
            columns += [(place == at).astype(np.float64) for at in range(len(values))]
            names.append(name)
    of = labels[chosen]
    smallest = int(np.bincount(of)[np.unique(of)].min())
    if not columns or len(np.unique(of)) < 2 or smallest < 5:
        return None, names
    tree = DecisionTreeClassifier(max_depth=_DEPTH, class_weight="balanced", random_state=_SEED)
    folds = StratifiedKFold(5, shuffle=True, random_state=_SEED)
    scores = cross_val_score(
        tree, np.column_stack(columns), of, cv=folds, scoring="balanced_accuracy"
    )
    return float(scores.mean()), names


def _between_periods(known: Known, asked: Asked, labels: Ints, k: int) -> float | None:
    """Return how alike clusters found in the past are to those of now, for who was there then."""
    if known.before is None:
        return None
    were = ~np.any(np.isnan(np.column_stack(list(known.before.values()))), axis=1)
    if int(were.sum()) < 10 * k:
        return None
    past = {name: column[were] for name, column in known.before.items()}
    prepared = clustering.prepare(past, log_skewed=asked.log_skewed)
    centres = (
        clustering.by_ward(prepared.points, k, seed=_SEED).centres
        if asked.method == WARD
        else clustering.k_means(prepared.points, k, seed=_SEED)
    )
    return clustering.agreement(clustering.nearest(prepared.points, centres), labels[were])


def _sample_of(count: int) -> Ints:
    return np.asarray(clustering.sampled(np.arange(count), _LOOK_SAMPLE, seed=_SEED))
