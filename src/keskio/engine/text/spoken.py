"""Finnish as it is spoken and typed: what a written word may stand for in the book language.

`variants(word)` gives likelier spellings of a word that no dictionary knows: clitics and possessive
suffixes taken away, spoken endings put right (korttii - korttia, nopee - nopea, menis - menisi, tienny -
tiennyt), comparison taken back (huonompi - huono). The caller keeps those that it knows. `skeleton` is
what is left of a word when doubled letters and hyphens are single or gone: most slips of the pen keep it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLITICS = re.compile(r"(?:kin|kaan|kään|kaa|kää|han|hän|ko|kö|pa|pä|pas|päs|kohan|köhän|ks|s)$")
_OWNERS = re.compile(r"(?:ni|si|nsa|nsä|mme|nne|an|än)$")
_ENDINGS = (
    ("ee", ("ea", "eä", "ee")),
    ("oo", ("oa", "ao")),
    ("öö", ("öä",)),
    ("ii", ("ia", "iä")),
    ("uu", ("ua",)),
    ("yy", ("yä",)),
    ("aa", ("aan",)),
    ("ää", ("ään",)),
    ("nu", ("nut",)),
    ("ny", ("nyt",)),
    ("lu", ("llut",)),
    ("ki", ("kin",)),
    ("is", ("isi", "issä", "issa")),
    ("as", ("assa",)),
    ("äs", ("ässä",)),
    ("us", ("ussa",)),
    ("es", ("essa", "essä")),
    ("st", ("sta", "stä")),
    ("lt", ("lta", "ltä")),
    ("ll", ("lla", "llä")),
    ("nen", ("inen",)),
    ("set", ("iset",)),
    ("mmonen", ("llainen",)),
    ("tteks", ("ttekö",)),
    ("aks", ("aksi",)),
    ("äks", ("äksi",)),
    ("it", ("in",)),
)
_BY_LAST: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
for _ending, _others in _ENDINGS:
    _BY_LAST.setdefault(_ending[-1], []).append((_ending, _others))
_COMPARED = re.compile(
    r"(?:empi|emman|empaa|empää|emmin|emmat|ompi|omman|ömpi|umpi|ompaa|ompia|impia|in)$"
)
_DOUBLED = re.compile(r"(.)\1+")


def skeleton(word: str) -> str:
    """Return the word without doubled letters and hyphens.

    >>> skeleton("ala-arvoinen") == skeleton("alaarvoinen")
    True
    """
    bare = word.replace("-", "")
    return _DOUBLED.sub(_first, bare) if _DOUBLED.search(bare) else bare


def _first(run: re.Match[str]) -> str:
    return run[1]


def variants(word: str) -> Iterator[str]:
    """Yield spellings that `word` may stand for, the likeliest first; none is sure to be a word.

    >>> "viikkoa" in set(variants("viikkoo")) and "hyväksi" in set(variants("hyväksikään"))
    True
    """
    for ending, others in _BY_LAST.get(word[-1], ()):
        if word.endswith(ending):
            for other in others:
                yield word[: -len(ending)] + other
    bare = _CLITICS.sub("", word)
    if bare != word and len(bare) > 2:
        yield bare
    owned = _OWNERS.sub("", bare)
    if owned != bare and len(owned) > 3:
        yield owned
        yield owned + "n"
    yield from uncompared(word)


def uncompared(word: str) -> Iterator[str]:
    """Yield what a comparative may be the comparative of: tyytyväisempi - tyytyväinen."""
    found = _COMPARED.search(word)
    if found is None or len(word) < 6:
        return
    root, first = word[: found.start()], found[0][0]
    if root.endswith("is") and first == "e":
        yield root[:-1] + "nen"
    elif first in "oöu":
        yield root + first
    elif first == "e":
        yield from (root + vowel for vowel in ("a", "ä", "e", "i"))
