"""Whose interests does a thing meet, and which of several things meets them best? Pure; one customer each.

A thing (a product, a match, an event) has tags; a customer has interests under some traits, each a
text, a list of texts, or an object of texts with weights. Words are compared without capitals and
surrounding spaces. The score is the sum of the weights of the interests that are tags of the thing,
each counted once with its greatest weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec


class Match(msgspec.Struct, frozen=True):
    """The best thing for a customer: its place among the things, its score, the interests it meets."""

    place: int
    score: float
    met: tuple[str, ...]


def words_in(told: object) -> dict[str, float]:
    """Return the interests in a value, with their weights; what is no text, list or object has none.

    >>> words_in(["Jazz ", "rock"]), words_in("Jazz"), words_in({"jazz": 2})
    ({'jazz': 1.0, 'rock': 1.0}, {'jazz': 1.0}, {'jazz': 2.0})
    """
    if isinstance(told, str):
        return {_plain(told): 1.0} if told.strip() else {}
    if isinstance(told, Mapping):
        return {
            _plain(str(word)): float(weight)
            for word, weight in told.items()
            if isinstance(weight, int | float) and weight > 0
        }
    if isinstance(told, list | tuple):
        return {_plain(str(word)): 1.0 for word in told if str(word).strip()}
    return {}


def interests_of(traits: Mapping[str, Any], names: Iterable[str]) -> dict[str, float]:
    """Return what a customer is interested in by the traits called `names`."""
    found: dict[str, float] = {}
    for name in names:
        for word, weight in words_in(traits.get(name)).items():
            found[word] = max(weight, found.get(word, 0.0))
    return found


class Things:
    """The things that compete for customers, found by their tags."""

    def __init__(self, tags: Sequence[object]) -> None:
        """Take the tags of each thing, in the order in which the things came."""
        self._by_tag: dict[str, list[int]] = {}
        for place, told in enumerate(tags):
            for word in words_in(told):
                self._by_tag.setdefault(word, []).append(place)

    def best_for(self, interests: Mapping[str, float], *, at_least: int = 1) -> Match | None:
        """Return the thing with the greatest score, the one that came first among equals.

        None when no thing meets `at_least` different interests.
        """
        met: dict[int, list[str]] = {}
        for word in interests:
            for place in self._by_tag.get(word, ()):
                met.setdefault(place, []).append(word)
        best: Match | None = None
        for place in sorted(met):
            words = met[place]
            score = sum(interests[word] for word in words)
            if len(words) >= at_least and (best is None or score > best.score):
                best = Match(place, score, tuple(sorted(words)))
        return best


def _plain(word: str) -> str:
    return word.strip().casefold()
