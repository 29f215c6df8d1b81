"""Themes that nobody has named yet: negative messages without a theme, put together by their words.

Base forms are weighed by rarity (TF-IDF), put into few dimensions (truncated SVD) and cut into as many
clusters (k-means) as are told apart best (silhouette). A cluster is shown by the words that are most
more frequent in it than elsewhere, and by the messages nearest its middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import normalize

from keskio.engine.text.tokens import tokens
from keskio.listen.model.lemmas import lemma

FEWEST = 12  # messages; among fewer there is nothing to find
SMALLEST = 4
MOST = 12
WORDS = 8
EXAMPLES = 5
SAMPLE = 1500
SHARED, SHARED_OF_FEW = 0.2, 0.6  # a word in more of the messages than this tells nothing
FEW = 200
FAR_TOO_LOOSE = 0.02


class Found(NamedTuple):
    """A cluster: places of its messages, nearest the middle first, and its most typical words."""

    places: list[int]
    words: list[str]


def clusters_of(texts: Sequence[str], language: str) -> list[Found]:
    """Return the clusters among texts of one language, largest first; [] when there are none to speak of."""
    if len(texts) < FEWEST:
        return []
    base: dict[str, str] = {}
    cut = [[_base(word, language, base) for word in tokens(text) if _tells(word)] for text in texts]
    shape = TfidfVectorizer(
        analyzer=list, min_df=2, max_df=SHARED if len(texts) > FEW else SHARED_OF_FEW
    )
    try:
        matrix = shape.fit_transform(cut)
    except ValueError:  # no word is in two messages
        return []
    if min(matrix.shape) <= 2:
        return []
    small = TruncatedSVD(min(50, min(matrix.shape) - 1), random_state=1).fit_transform(matrix)
    points = normalize(small)
    places = _best(points)
    if places is None:
        return []
    names = shape.get_feature_names_out()
    found = [_told(number, places, points, matrix, names) for number in range(places.max() + 1)]
    kept = [one for one in found if len(one.places) >= SMALLEST and one.words]
    return sorted(kept, key=lambda one: -len(one.places))


def _tells(word: str) -> bool:
    return len(word) > 2 and word[0].isalpha() and not word.startswith("x")


def _base(word: str, language: str, known: dict[str, str]) -> str:
    if word not in known:
        known[word] = lemma(word, language)
    return known[word]


def _best(points: np.ndarray) -> np.ndarray | None:
    best, places = FAR_TOO_LOOSE, None
    distinct = len(np.unique(points.round(6), axis=0))
    for count in range(2, min(MOST, len(points) // SMALLEST, distinct) + 1):
        tried = KMeans(count, n_init=4, random_state=1).fit_predict(points)
        if len(set(tried)) < 2:
            continue
        score = float(
            silhouette_score(points, tried, sample_size=min(SAMPLE, len(points)), random_state=1)
        )
        if score > best:
            best, places = score, tried
    return places


def _told(
    number: int, places: np.ndarray, points: np.ndarray, matrix: object, names: np.ndarray
) -> Found:
    inside = places == number
    middle = points[inside].mean(axis=0)
    near = np.flatnonzero(inside)[np.argsort(-(points[inside] @ middle), kind="stable")]
    here = np.asarray(matrix[inside].mean(axis=0)).ravel()  # type: ignore[index]
    elsewhere = np.asarray(matrix[~inside].mean(axis=0)).ravel()  # type: ignore[index]
    ranked = np.argsort(elsewhere - here, kind="stable")[:WORDS]
    words = [str(names[place]) for place in ranked if here[place] > elsewhere[place]]
    return Found([int(place) for place in near], words)
