"""What a short answer says: normalising, and choosing among words.

An answer is a choice only when it says nothing else: "a", " A ", "A." and "(a)" are A; "Ahaa kiitos"
is not, and a person reads it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

SHORT = 40  # characters: most answers are, and many are the same


def normalise(text: str) -> str:
    """Return `text` without case, surrounding punctuation and doubled spaces.

    >>> normalise('  "A." ')
    'a'
    >>> normalise("Ei  Kiitos!")
    'ei kiitos'
    """
    return _normalised(text) if len(text) > SHORT else _normalised_short(text)


def _normalised(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _bared(" ".join(folded.split()))


_normalised_short = lru_cache(maxsize=4096)(_normalised)


def _bared(text: str) -> str:
    start, end = 0, len(text)
    while start < end and not _says(text[start]):
        start += 1
    while end > start and not _says(text[end - 1]):
        end -= 1
    return text[start:end]


def _says(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


def choice_in(text: str, words: Mapping[str, str], *, first_line: bool = False) -> str | None:
    """Return the choice that `text` names, or None.

    `words` maps normalised words to choices, as `words_of` makes it. `first_line`: a signature may
    follow (letters and e-mails), so the first line alone may name the choice.
    """
    found = words.get(normalise(text))
    if found is None and first_line:
        lines = [line for line in text.splitlines() if line.strip()]
        found = words.get(normalise(lines[0])) if lines else None
    return found


def words_of(choices: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the table for `choice_in`: each choice's own name and its words.

    Raises ValueError when two choices share a word, or a word says nothing: any smiley would mean it.
    """
    table: dict[str, str] = {}
    for choice, words in choices.items():
        for word in (choice, *words):
            key = normalise(word)
            if not key:
                raise ValueError(f"{word!r} has no letter or digit to answer with")
            if table.setdefault(key, choice) != choice:
                raise ValueError(f"{word!r} would mean both {table[key]!r} and {choice!r}")
    return table
