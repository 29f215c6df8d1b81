"""Clouds of which is known whether there are segments in them."""

from __future__ import annotations

import numpy as np
import pytest

from keskio.know.profiles import clustering
from keskio.know.profiles.report_card import Known, explained, search, suggested
from keskio.know.profiles.reports import (
    CONTINUUM,
    K_MEANS,
    NONE,
    SEGMENTS,
    WARD,
    Asked,
    Report,
    Tried,
    verdict_of,
)

N = 1000


def round_cloud() -> dict[str, np.ndarray]:
    points = np.random.default_rng(11).normal(size=(N, 3))
    return {"a": points[:, 0], "b": points[:, 1], "c": points[:, 2]}


def four_blobs() -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(12)
    which = np.repeat(np.arange(4), N // 4)
    centres = np.array([[0, 0], [8, 0], [0, 8], [8, 8]])
    points = centres[which] + rng.normal(size=(N, 2))
    return {"a": points[:, 0], "b": points[:, 1]}, which


def log_normal_cloud() -> dict[str, np.ndarray]:
    points = np.exp(np.random.default_rng(13).normal(size=(N, 3)))
    return {"a": points[:, 0], "b": points[:, 1], "c": points[:, 2]}


def report_on(
    columns: dict[str, np.ndarray], *, k: int = 4, log_skewed: bool = True, method: str = K_MEANS
) -> Report:
    asked = Asked(list(columns), method=method, k=k, log_skewed=log_skewed)
    return search(asked, Known(columns))[0]


def test_one_round_cloud_has_no_segments() -> None:
    report = report_on(round_cloud())
    assert report.verdict == NONE
    assert report.strength < 0.6
    assert not report.are_stable


def test_four_blobs_are_four_segments() -> None:
    columns, which = four_blobs()
    report, labels = search(Asked(list(columns), k=4), Known(columns))
    assert report.verdict == SEGMENTS
    assert report.strength == pytest.approx(1.0, abs=0.02)
    assert [round(c.jaccard, 1) for c in report.clusters] == [1.0] * 4
    assert report.silhouette > 0.7
    assert clustering.agreement(which, labels) > 0.99


def test_one_log_normal_cloud_passes_silhouette_and_jaccard_but_not_the_card() -> None:
    report = report_on(log_normal_cloud(), log_skewed=False)
    assert report.verdict == CONTINUUM
    assert report.strength < 0.8
    assert report.silhouette > 0.35
    assert report_on(log_normal_cloud(), k=0, log_skewed=False).verdict != SEGMENTS


def test_the_same_cloud_logged_first_is_the_round_cloud() -> None:
    report = report_on(log_normal_cloud())
    assert report.verdict == NONE
    assert all(scale.logged for scale in report.kept.scales)


def test_verdict_on_figures_of_slices() -> None:
    """Figures of a log-normal and of a round cloud as measured: both are one cloud."""
    uneven = verdict_of(
        strength=0.47,
        reference_strength=0.43,
        silhouette=0.53,
        reference=0.24,
        jaccards=[0.95, 0.76, 0.73, 0.89],
    )
    even = verdict_of(
        strength=0.43,
        reference_strength=0.43,
        silhouette=0.24,
        reference=0.24,
        jaccards=[0.67, 0.51, 0.52, 0.63],
    )
    assert (uneven, even) == (CONTINUUM, NONE)


def test_an_oblong_cloud_can_be_sliced_but_is_one() -> None:
    points = np.random.default_rng(14).normal(size=(N, 2)) * [5, 1]
    report = report_on({"a": points[:, 0], "b": points[:, 0] + points[:, 1]}, k=2)
    assert report.verdict == CONTINUUM


def test_the_number_of_clusters_is_suggested() -> None:
    columns, _ = four_blobs()
    report = report_on(columns, k=0)
    assert report.k == 4
    assert [one.k for one in report.tried] == list(clustering.KS)


def test_the_strongest_is_suggested_where_none_is_strong() -> None:
    tried = [Tried(k, strength, 0.2, 0.4, 0.2) for k, strength in ((2, 0.5), (3, 0.6), (4, 0.3))]
    assert suggested(tried).k == 3


def test_silhouette_is_the_textbooks() -> None:
    points = np.array([[0.0], [1.0], [10.0], [12.0]])
    widths = [1 - 1 / 11, 1 - 1 / 10, 1 - 2 / 9.5, 1 - 2 / 11.5]
    found = clustering.silhouette(points, np.array([0, 0, 1, 1]))
    assert found == pytest.approx(sum(widths) / 4)


def test_agreement_is_one_for_other_names_and_about_nought_by_chance() -> None:
    one = np.repeat(np.arange(4), 250)
    assert clustering.agreement(one, 3 - one) == pytest.approx(1.0)
    mixed = np.random.default_rng(5).permutation(one)
    assert clustering.agreement(one, mixed) == pytest.approx(0.0, abs=0.02)


def test_ward_finds_the_same_and_draws_its_tree() -> None:
    columns, which = four_blobs()
    asked = Asked(list(columns), method=WARD, k=4)
    report, labels = search(asked, Known(columns))
    assert report.verdict == SEGMENTS
    assert clustering.agreement(which, labels) > 0.99
    assert len(report.branches) == clustering.LEAVES_DRAWN - 1


def test_difference_is_looked_for_in_what_was_not_used() -> None:
    columns, which = four_blobs()
    rng = np.random.default_rng(1)
    known = Known(
        columns,
        numbers={"income": which * 10.0 + rng.normal(size=N), "noise": rng.normal(size=N)},
        categories={
            "city": np.array(["Oulu", "Turku", "Espoo", "Pori"])[which],
            "coin": rng.choice(np.array(["heads", "tails"]), N),
        },
        value=np.where(which == 0, 3.0, 1.0),
    )
    report, labels = search(Asked(list(columns), k=4), known)
    real = {one.name: one.is_real for one in report.differences}
    assert real == {"income": True, "city": True, "noise": False, "coin": False}
    assert report.accuracy == pytest.approx(1.0, abs=0.02)
    assert report.are_identifiable
    assert report.are_large
    richest = labels[which == 0][0]
    assert report.clusters[richest].share_of_value == pytest.approx(0.5, abs=0.01)


def test_clusters_that_nothing_else_tells_are_not_identifiable() -> None:
    columns, _ = four_blobs()
    noise = np.random.default_rng(2).normal(size=N)
    report, _ = search(Asked(list(columns), k=4), Known(columns, numbers={"noise": noise}))
    assert not report.are_identifiable
    assert not report.are_different


def test_a_cluster_is_explained_by_a_branch() -> None:
    columns, which = four_blobs()
    rule, precision, coverage = explained(columns, which)[3]
    assert sorted((c.name, c.is_above) for c in rule) == [("a", True), ("b", True)]
    assert all(2 < c.value < 6 for c in rule)
    assert precision > 0.98
    assert coverage > 0.98


def test_small_clusters_are_told_of() -> None:
    rng = np.random.default_rng(3)
    points = np.r_[rng.normal(size=(990, 2)), rng.normal(size=(10, 2)) + 40]
    report = report_on({"a": points[:, 0], "b": points[:, 1]}, k=2)
    assert not report.are_large


def test_clusters_of_the_past_are_compared() -> None:
    columns, _ = four_blobs()
    rng = np.random.default_rng(4)
    before = {name: column + rng.normal(scale=0.1, size=N) for name, column in columns.items()}
    report, _ = search(Asked(list(columns), k=4), Known(columns, before=before))
    assert report.rand is not None
    assert report.rand > 0.98


def test_kept_scales_and_centres_assign_as_they_did() -> None:
    columns = log_normal_cloud()
    columns["a"][5] = np.nan
    asked = Asked(list(columns), k=3)
    report, labels = search(asked, Known(columns))
    points = clustering.scaled(columns, report.kept.scales)
    again = clustering.nearest(points, np.array(report.kept.centres))
    assert again.tolist() == labels.tolist()
