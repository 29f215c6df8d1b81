"""Finding the words of lists in text: inflected, compound, colloquial and misspelt.

A `Finder` is made of the words of all lists and says for one token which of them it is, and how it
knows: `exact`, `form` (a form of it), `spoken`, `compound` (a part of it) or `misspelt`. The base form
comes from a dictionary that the caller gives; where the dictionary does not know a token, forms made by
`paradigms` speak, then spoken spellings, then the parts of a compound, and last a slip of one letter in a
word of seven or more. Callers remember what they asked: a token costs 2-40 µs the first time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

import msgspec

from keskio.engine.text.paradigms import forms_of
from keskio.engine.text.spoken import skeleton, uncompared, variants

SHORTEST_MISSPELT = 7
SHORTEST_SKELETON = 6
SHORTEST_PART = 5
SHORTEST_HEAD = 4
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
        slipped = [
            form for form in (*self._keys, *self._forms) if len(form) >= SHORTEST_MISSPELT - 1
        ]
        self._slipped = sorted(slipped)
        self._backwards = sorted([form[::-1] for form in slipped])
        ends = [form for form, key in self._forms.items() if key in self._parts]
        self._part_begins = frozenset([part[:SHORTEST_HEAD] for part in self._parts])
        self._part_ends = frozenset([part[-SHORTEST_PART:] for part in (*self._parts, *ends)])

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
        found: list[Found] = []
        if token[:SHORTEST_HEAD] in self._part_begins:
            for end in range(len(token) - 3, SHORTEST_HEAD - 1, -1):
                if token[:end] in self._parts:
                    found.append(Found(token[:end], "compound"))
                    break
        # All that is looked at below ends as the word or its base form does.
        ends = (base[-SHORTEST_PART:], token[-SHORTEST_PART:])
        if len(token) >= len(base) and self._part_ends.isdisjoint(ends):
            return tuple(found)
        seen = {part.key for part in found}
        for start in range(3, len(base) - SHORTEST_PART + 1):
            for rest in (base[start:], token[start:]):
                key = rest if rest in self._parts else self._forms.get(rest)
                if key is not None and key in self._parts and key not in seen:
                    return (*found, Found(key, "compound"))
        return tuple(found)

    def _misspelt(self, token: str) -> str | None:
        forms, keys = self._forms, self._keys
        # A slip leaves what stands before it and behind it as it is in the lists: of some five hundred
        # slips of a stranger a few are left to try, mostly none.
        last = min(len(token), _shared(self._slipped, token) + 1)
        first = max(2, len(token) - _shared(self._backwards, token[::-1]) - 2)
        for slip in _slips(token, first, last):
            if slip in keys:
                return slip
            if slip in forms:
                return forms[slip]
        return None


def _shared(words: list[str], token: str) -> int:
    """Return how many letters `token` begins with as some word of a sorted list does."""
    at = bisect_left(words, token)
    return max([_shared_start(token, near) for near in words[max(0, at - 1) : at + 1]], default=0)


def _shared_start(one: str, other: str) -> int:
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return min(len(one), len(other))


def _is_participle(base: str, token: str) -> bool:
    """Say whether the dictionary's base form is itself a form: kaatunut, pidetty, huonompi."""
    return base.endswith(
        ("nut", "nyt", "ttu", "tty", "tu", "ty", "va", "vä", "ma", "mä", "minen")
    ) and (len(base) >= 5 and token[:3] == base[:3])


def _slips(word: str, first: int, last: int) -> Iterator[str]:
    """Yield what is one slip away at `first` to `last`.

    Two letters changed about, one too many, one wrong, one missing. The first two letters are taken
    for right: people notice them.
    """
    for at in range(first, min(last, len(word) - 1)):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    for at in range(first, last):
        yield word[:at] + word[at + 1 :]
    for at in range(first, last):
        before, after, rest = word[:at], word[at + 1 :], word[at:]
        for letter in LETTERS:
            yield before + letter + after
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
