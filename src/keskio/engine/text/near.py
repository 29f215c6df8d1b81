"""Texts that are nearly the same: a fingerprint in which small changes turn few bits (SimHash).

Charikar, "Similarity estimation techniques from rounding algorithms" (STOC 2002); bands after Manku,
Jain and Das Sarma (WWW 2007): when at most `FAR` of 64 bits differ, at least one of `BANDS` equal parts
is the same, so candidates are found by equality. Addresses, handles and marks do not count, so a text
passed on with a link is the same text. Texts of fewer than `FEWEST` words have no fingerprint: that two
people write "hyvää palvelua" says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from keskio.engine.text.tokens import HANDLE, MAIL, URL

FAR = 3
BANDS = 4
FEWEST = 5
_BITS = 64
_APART = 16
_MOST = 5_000  # words of a text: beyond that it has been recognised, and counts stay below 2^16
_PASSED_ON = frozenset({URL, HANDLE, MAIL, "rt", "via"})
_PART = _BITS // BANDS


@lru_cache(maxsize=50_000)
def _votes_of(feature: str) -> int:
    """Return the bits of a feature spread out, sixteen apart: so 64 counts are added as one number."""
    bits = int.from_bytes(blake2b(feature.encode(), digest_size=_BITS // 8).digest(), "big")
    return sum((bits >> place & 1) << (_APART * place) for place in range(_BITS))


def fingerprint(tokens: Iterable[str]) -> int:
    """Return 64 bits as a signed number, 0 for a text too short to be told from others."""
    words = [token for token in tokens if token not in _PASSED_ON and any(map(str.isalnum, token))]
    if len(words) < FEWEST:
        return 0
    words = words[:_MOST]
    features = [*words, *(f"{a} {b}" for a, b in pairwise(words))]
    counts = sum(map(_votes_of, features)).to_bytes(_BITS * _APART // 8, "little")
    half = len(features) / 2
    value = sum(
        1 << place
        for place in range(_BITS)
        if counts[2 * place] + 256 * counts[2 * place + 1] > half
    )
    return value - (1 << _BITS) if value >> (_BITS - 1) else value


def distance(one: int, other: int) -> int:
    """Return how many bits of two fingerprints differ."""
    return ((one ^ other) & ((1 << _BITS) - 1)).bit_count()


def bands_of(value: int) -> Sequence[tuple[int, int]]:
    """Return the parts of a fingerprint, each with its place."""
    bits = value & ((1 << _BITS) - 1)
    return [(place, bits >> (place * _PART) & ((1 << _PART) - 1)) for place in range(BANDS)]


class Twins:
    """Remembers fingerprints of the latest originals, and finds the original of a copy.

    Bounded: beyond `most`, the oldest are forgotten.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._bits: dict[int, int] = {}
        self._bands: dict[tuple[int, int], dict[int, None]] = {}

    def original_of(self, number: int, value: int) -> int:
        """Return the number of the text that this is nearly the same as, 0 for none.

        One that is the first of its kind is remembered as an original.
        """
        if not value:
            return 0
        bands = bands_of(value)
        for band in bands:
            for other in self._bands.get(band, ()):
                if other != number and distance(self._bits[other], value) <= FAR:
                    return other
        self._remember(number, value, bands)
        return 0

    def forget(self, number: int) -> None:
        """Forget an original."""
        value = self._bits.pop(number, None)
        if value is None:
            return
        for band in bands_of(value):
            kept = self._bands[band]
            kept.pop(number, None)
            if not kept:
                del self._bands[band]

    def _remember(self, number: int, value: int, bands: Sequence[tuple[int, int]]) -> None:
        self.forget(number)
        self._bits[number] = value
        for band in bands:
            self._bands.setdefault(band, {})[number] = None
        while len(self._bits) > self._most:
            self.forget(next(iter(self._bits)))
