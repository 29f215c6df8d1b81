"""Which messages of a great stream concern us at all: a quick look before anything is stored.

Words are compared in small letters, as a part of the text: "pyörä" is in "sähköpyörällä" too, because in
Finnish the beginning of a compound is anything. What is let through here is read properly later; the
sieve only has to lose nothing that the lists could match, and to be quick.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

# So many words are looked for one by one; one expression over more of them is quicker.
FEW = 24


class Sieve:
    """Tells whether a text holds one of `words`; with no words everything passes.

    >>> Sieve(["Pyörä"]).passes("Sähköpyöräni hajosi")
    True
    >>> Sieve(["pyörä"]).passes("Hyvää huomenta")
    False
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = sorted({word.casefold().strip() for word in words if word.strip()}, key=len)
        # What holds a shorter word of ours need not be looked for.
        kept: list[str] = []
        for word in self.words:
            if not any(shorter in word for shorter in kept):
                kept.append(word)
        self._few = tuple(kept) if len(kept) <= FEW else ()
        many = "|".join(re.escape(word) for word in sorted(kept))
        self._many = re.compile(many) if len(kept) > FEW else None

    def passes(self, text: str) -> bool:
        """Tell whether the text may concern us."""
        if not self.words:
            return True
        folded = text.casefold()
        if self._many is not None:
            return self._many.search(folded) is not None
        return any(word in folded for word in self._few)


def speaks_one_of(told: Collection[str], wanted: Collection[str]) -> bool:
    """Tell whether a message that says its languages is in one we want; one that says none may be.

    >>> speaks_one_of(["fi-FI"], ["fi"]), speaks_one_of(["ja"], ["fi"]), speaks_one_of([], ["fi"])
    (True, False, True)
    """
    if not wanted or not told:
        return True
    return any(language.partition("-")[0].lower() in wanted for language in told)
