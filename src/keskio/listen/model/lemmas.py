"""Base forms of words, by simplemma, in a tenth of the memory its own dictionaries take.

simplemma's Finnish dictionary has 3.5 million forms: 340 MB as a Python dict. Here the same forms are a
sorted array of 64-bit hashes with the place of each base form beside it: 60 MB, and still a microsecond
a look-up. A form that is not in the dictionary at all is taken for one that is with odds of one to
five million million. simplemma's own rules then work on top of this (compounds, clitics, endings).
"""

from __future__ import annotations

import ctypes
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache

import numpy as np
from simplemma.strategies.default import DefaultStrategy
from simplemma.strategies.dictionaries import frontcode
from simplemma.strategies.dictionaries.dictionary_factory import (
    CachingDictionaryFactory,
    DecodedStrMapping,
    _read_decompressed,
)

KNOWN = ("fi", "en", "sv")
LONGEST = 40
LATELY = 8192
BEGINNING = 20  # bits of a hash by which its place is first looked up
TAIL = 64 - BEGINNING
HEADS = 1 << (BEGINNING - 1)


class HashedForms(DecodedStrMapping):
    """Read-only form -> base form over sorted hashes; the forms themselves are not kept."""

    __slots__ = ("_bases", "_hashes", "_heads", "_places", "_starts")

    def __init__(self, language: str) -> None:
        packed = _read_decompressed(language)
        turned, count, start = frontcode._read_header(packed)  # noqa: SLF001 - its only reader
        hashes = array("q", [0]) * count
        places = array("I", [0]) * count
        known: dict[bytes, int] = {}
        bases = bytearray()
        starts = array("I")
        records = frontcode._iter_records(packed, start)  # noqa: SLF001 - the same
        for index, (_, form, base) in enumerate(records):
            place = known.get(base)
            if place is None:
                place = known[base] = len(starts)
                starts.append(len(bases))
                bases += base[::-1] if turned else base
            hashes[index] = hash(form[::-1] if turned else form)
            places[index] = place
        starts.append(len(bases))
        # Sorted where they are: copies of these would be most of what a small process needs.
        ordered = np.frombuffer(hashes, dtype=np.int64)
        order = np.argsort(ordered)
        ordered[:] = ordered[order]
        placed = np.frombuffer(places, dtype=np.uint32)
        placed[:] = placed[order]
        self._hashes, self._places = hashes, places
        self._bases, self._starts = bytes(bases), starts
        # Where each beginning of hashes stands: three steps of bisection then, not twenty.
        heads = np.searchsorted(ordered >> TAIL, np.arange(-HEADS, HEADS + 1))
        self._heads = array("I", heads.astype(np.uint32).tobytes())

    def _lookup(self, key: str) -> str | None:
        wanted = hash(key.encode())
        head = (wanted >> TAIL) + HEADS
        end = self._heads[head + 1]
        found = bisect_left(self._hashes, wanted, self._heads[head], end)
        if found == end or self._hashes[found] != wanted:
            return None
        place = self._places[found]
        return self._bases[self._starts[place] : self._starts[place + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        raise TypeError("The forms themselves are not kept: only their hashes.")

    def __len__(self) -> int:
        return len(self._hashes)


class HashedFormsFactory(CachingDictionaryFactory):
    """What simplemma asks for the dictionary of a language."""

    __slots__ = ()

    def _get_dictionary_uncached(self, lang: str) -> HashedForms:
        forms = HashedForms(lang)
        _give_back()
        return forms


def _give_back() -> None:
    """Give memory that loading has freed back to the system where it can be asked for (glibc)."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


@cache
def _strategy() -> DefaultStrategy:
    return DefaultStrategy(dictionary_factory=HashedFormsFactory())


@lru_cache(LATELY)
def lemma(word: str, language: str) -> str:
    """Return the base form of a lower-case word, or the word itself when none is known.

    The first word of a language loads its forms (Finnish: five seconds). Only a few words are
    remembered, for those who ask one after another: the long memory is `words.Words`.

    >>> lemma("pankkikortti", "xx")
    'pankkikortti'
    """
    if language not in KNOWN or len(word) > LONGEST:
        return word
    if "'" not in word and "\u2019" not in word and not word.isnumeric():
        # What simplemma would ask first; three of four words are in the dictionary as they stand.
        base = _base(word, language)
        if base:
            return base.lower()
    found = _strategy().get_lemma(word, language)
    return found.lower() if found else word


def knows(word: str, language: str) -> bool:
    """Say whether the dictionary of a language has a lower-case word as it stands.

    >>> knows("pankkikortti", "xx")
    False
    """
    if language not in KNOWN or len(word) > LONGEST:
        return False
    return _base(word, language) is not None


@lru_cache(LATELY)
def _base(word: str, language: str) -> str | None:
    return _forms(language)._lookup(word)  # noqa: SLF001 - ours


@cache
def _forms(language: str) -> HashedForms:
    found = _strategy()._dictionary_lookup._dictionary_factory.get_dictionary(language)  # noqa: SLF001 - the one that `lemma` has loaded
    assert isinstance(found, HashedForms), "the factory makes these"
    return found
