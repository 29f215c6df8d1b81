"""Finding the words of lists in text: inflected, compound, colloquial and misspelt.

A `Finder` is made of the words of all lists and says for one token which of them it is, and how it
knows: `exact`, `form` (a form of it), `spoken`, `compound` (a part of it) or `misspelt`. The base form
comes from a dictionary that the caller gives; where the dictionary does not know a token, forms made by
`paradigms` speak, then spoken spellings, then the parts of a compound, and last a slip of one letter in a
word of seven or more. Callers remember what they asked: a token costs 2-40 µs the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from zlib import crc32

import msgspec

from keskio.engine.text.paradigms import forms_of
from keskio.engine.text.spoken import skeleton, uncompared, variants

SHORTEST_MISSPELT = 7
SHORTEST_SKELETON = 6
SHORTEST_PART = 5
SHORTEST_HEAD = 4
FIRST_SLIP = 2
LETTERS = "abcdefghijklmnopqrstuvwxyzäö"


class Found(msgspec.Struct, frozen=True):
    """A word of the lists (`key`) found in a token, and how it is known."""

    key: str
    how: str


class Finder:
    """Finds the words of lists in single tokens of one language.

    `words`: base forms as they stand in the lists. `lemma_of` gives a token's base form or the token
    itself, `knows` whether the dictionary has the token: a word of the language is no slip of the pen.
    `usual`: common and colloquial forms with their base forms; these are believed before the
    dictionary (voi - voida). `parts`: the words that are also heard as a part of a compound.
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        lemma_of: Callable[[str], str],
        knows: Callable[[str], bool],
        usual: dict[str, str] | None = None,
        parts: Iterable[str] = (),
        inflects: bool = True,
    ) -> None:
        self._lemma_of, self._knows = lemma_of, knows
        self._usual, self._inflects = usual or {}, inflects
        self._keys = frozenset(words)
        self._forms: dict[str, str] = {}
        self._skeletons: dict[str, str] = {}
        self._parts = frozenset(part for part in parts if len(part) >= SHORTEST_HEAD)
        for key in sorted(self._keys):
            self._learn(key)
        self._near: _Near | None = None  # made for the first stranger; it takes half a second
        ends = [form for form, key in self._forms.items() if key in self._parts]
        self._head_lengths = _lengths_by([(part[:SHORTEST_HEAD], part) for part in self._parts])
        self._tail_lengths = _lengths_by(
            [(part[-SHORTEST_PART:], part) for part in (*self._parts, *ends)]
        )

    def _learn(self, key: str) -> None:
        for form in forms_of(key) if self._inflects else regular_forms(key):
            if form not in self._keys:
                self._forms.setdefault(form, key)
            if len(form) >= SHORTEST_SKELETON - 1:
                self._skeletons.setdefault(skeleton(form), key)

    def find(  # noqa: PLR0911 - one way of knowing after another, the surest first
        self, token: str, *, compounds: bool = True
    ) -> tuple[Found, ...]:
        """Return the words of the lists that `token` is; empty when it is none."""
        key = self._whole(token)
        if key is not None:
            base = self._lemma_of(token)
            if key == token != base and base in self._keys and token not in self._usual:
                return (Found(key, "exact"), Found(base, "form"))
            return (Found(key, "exact" if key == token else "form"),)
        if token in self._usual:
            return ()
        stranger = not self._knows(token)
        found = self._loosely(token) if stranger else None
        if found is not None:
            return (found,)
        parts = self._in_compound(token, self._lemma_of(token)) if compounds else ()
        if parts:
            return parts
        if stranger and len(token) >= SHORTEST_MISSPELT:
            key = self._misspelt(token)
            if key is not None:
                return (Found(key, "misspelt"),)
        return ()

    def _whole(self, token: str) -> str | None:
        """Return the list's word of which `token` is a form by the dictionary."""
        if token in self._usual:
            base = self._usual[token]
            return base if base in self._keys else token if token in self._keys else None
        if token in self._keys:
            return token
        base = self._lemma_of(token)
        if base in self._keys:
            return base
        if self._inflects and base.endswith("mpi"):
            for positive in uncompared(base):
                if positive in self._keys:
                    return positive
        form_of = self._forms.get(token)
        if form_of is None or (self._knows(token) and not _is_participle(base, token)):
            return None
        return form_of

    def _plain(self, token: str) -> str | None:
        if token in self._keys:
            return token
        return (
            self._usual[token] if self._usual.get(token) in self._keys else self._forms.get(token)
        )

    def _loosely(self, token: str) -> Found | None:
        if not self._inflects:
            return None
        for variant in variants(token):
            # The dictionary's slower rules are not asked of a spelling that nobody may have meant.
            key = self._whole(variant) if self._knows(variant) else self._plain(variant)
            if key is not None:
                return Found(key, "spoken")
        if len(token) >= SHORTEST_SKELETON:
            key = self._skeletons.get(skeleton(token))
            if key is not None:
                return Found(key, "misspelt")
        return None

    def _in_compound(self, token: str, base: str) -> tuple[Found, ...]:
        """Return the longest first part and the longest last part that the lists have."""
        first = self._first_part(token)
        last = self._last_part(token, base, first)
        return tuple([Found(key, "compound") for key in (first, last) if key])

    def _first_part(self, token: str) -> str:
        for length in self._head_lengths.get(token[:SHORTEST_HEAD], ()):
            if length <= len(token) - 3 and token[:length] in self._parts:
                return token[:length]
        return ""

    def _last_part(self, token: str, base: str, first: str) -> str:
        # What is looked for ends as the word or its base form does: most words end as no part does.
        lengths = self._tail_lengths.get(base[-SHORTEST_PART:], ())
        tails = [(len(base) - length, base[-length:]) for length in lengths]
        if token != base:
            lengths = self._tail_lengths.get(token[-SHORTEST_PART:], ())
            tails += [(len(token) - length, token[-length:]) for length in lengths]
            tails.sort(key=_start)
        for start, tail in tails:
            if 3 <= start <= len(base) - SHORTEST_PART:
                key = tail if tail in self._parts else self._forms.get(tail, "")
                if key in self._parts and key != first:
                    return key
        return ""

    def _misspelt(self, token: str) -> str | None:
        forms, keys = self._forms, self._keys
        if self._near is None:
            self._near = _Near((*keys, *forms))
        for slip in _slips(token, self._near.places(token)):
            if slip in keys:
                return slip
            if slip in forms:
                return forms[slip]
        return None


def _start(tail: tuple[int, str]) -> int:
    return tail[0]


def _lengths_by(words: Iterable[tuple[str, str]]) -> dict[str, tuple[int, ...]]:
    """Return the lengths of words, the longest first, by what stands before each."""
    found: dict[str, set[int]] = {}
    for key, word in words:
        found.setdefault(key, set()).add(len(word))
    return {key: tuple(sorted(lengths, reverse=True)) for key, lengths in found.items()}


class _Near:
    """Tells at which letters of a word a slip may have made it of some form; of most words, at none.

    Two words that are one slip apart are the same when each has lost at most one letter (Garbe's
    symmetric deletes). What forms become by that is kept as a bit each, at the place that its checksum
    gives it: a few of a hundred bits are there by chance, and only cost the trying.
    """

    BITS = 1 << 26

    def __init__(self, forms: Iterable[str]) -> None:
        self._there = bytearray(self.BITS >> 3)
        there, mask = self._there, self.BITS - 1
        for form in forms:
            if len(form) >= SHORTEST_MISSPELT - 1:
                for shorter in (form, *_shorter(form)):
                    place = crc32(shorter.encode()) & mask
                    there[place >> 3] |= 1 << (place & 7)

    def places(self, word: str) -> tuple[bool, list[int]]:
        """Return whether a letter may be missing, and the places of letters that may be wrong."""
        there, mask = self._there, self.BITS - 1
        place = crc32(word.encode()) & mask
        is_missing = bool(there[place >> 3] >> (place & 7) & 1)
        wrong = []
        for at, shorter in enumerate(_shorter(word), FIRST_SLIP):
            place = crc32(shorter.encode()) & mask
            if there[place >> 3] >> (place & 7) & 1:
                wrong.append(at)
        return is_missing, wrong


def _shorter(word: str) -> list[str]:
    """Return the word without each of its letters but the first ones."""
    return [word[:at] + word[at + 1 :] for at in range(FIRST_SLIP, len(word))]


def _is_participle(base: str, token: str) -> bool:
    """Say whether the dictionary's base form is itself a form: kaatunut, pidetty, huonompi."""
    return base.endswith(
        ("nut", "nyt", "ttu", "tty", "tu", "ty", "va", "vä", "ma", "mä", "minen")
    ) and (len(base) >= 5 and token[:3] == base[:3])


def _slips(word: str, places: tuple[bool, list[int]]) -> Iterator[str]:
    """Yield what is one slip away from a word, at places that `_Near` gives.

    Two letters changed about, one too many, one wrong, one missing. The first two letters are taken
    for right: people notice them.
    """
    is_missing, wrong = places
    for at in wrong:
        if at < len(word) - 1:
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    for at in wrong:
        yield word[:at] + word[at + 1 :]
    for at in range(FIRST_SLIP, len(word)) if is_missing else wrong:
        before, after, rest = word[:at], word[at + 1 :], word[at:]
        for letter in LETTERS:
            if at in wrong:
                yield before + letter + after
            if is_missing:
                yield before + letter + rest


def regular_forms(word: str) -> set[str]:
    """Return the regular English forms of a base form: plural, persons, past, -ing, comparison, -ly.

    >>> sorted(regular_forms("delay"))
    ['delay', 'delayed', 'delayer', 'delayest', 'delaying', 'delayly', 'delays']
    """
    stems = [word]
    if word.endswith("e"):
        stems = [word[:-1]]
    elif len(word) > 2 and word[-1] == "y" and word[-2] not in "aeiou":
        stems = [word[:-1] + "i"]
    elif (
        len(word) > 2 and word[-1] in "bdgmnprt" and word[-2] in "aeiou" and word[-3] not in "aeiou"
    ):
        stems = [word + word[-1], word]
    forms = {word, word + "s", word + "es", word + "ing", word + "ly"}
    if word[-1] in "ey" or len(word) < 3 or word[-1] not in "sxzh":
        forms.discard(word + "es")
    for stem in stems:
        forms |= {stem + "ed", stem + "er", stem + "est"}
        if not stem.endswith("i"):
            forms.add(stem + "ing")
        else:
            forms |= {stem + "es", stem + "ly"}
    if word.endswith("e"):
        forms.discard(word + "ing")
    return forms
