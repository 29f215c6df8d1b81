"""The forms of a Finnish word: what a list of words must hear besides the words themselves.

`forms_of("luukku")` gives luukun, luukkua, luukussa… and `forms_of("kaatua")` kaatui, kaatunut,
kaatuvat…: nominal types by ending and verb types one to six, with consonant gradation and vowel harmony,
after the tables of *Iso suomen kielioppi* (§ 34-102). Where a type cannot be told from the base form
(vastaus - vastauksen, hitaus - hitauden) forms of both are given: what nobody writes is never heard.
Endings that any form takes (-kin, -ko, -han, -ni, -nsa) are not given: `spoken` takes them away.
"""

from __future__ import annotations

from collections.abc import Iterator

VOWELS = "aeiouyäö"
LONGEST = 30

# Strong to weak, the first that fits; weak to strong, all that fit.
_WEAKER = (
    ("kk", ("k",)),
    ("pp", ("p",)),
    ("tt", ("t",)),
    ("nk", ("ng",)),
    ("nt", ("nn",)),
    ("mp", ("mm",)),
    ("lt", ("ll",)),
    ("rt", ("rr",)),
    ("lk", ("l", "lj")),
    ("rk", ("r", "rj")),
    ("hk", ("h", "hk")),
    ("st", ("st",)),
    ("sk", ("sk",)),
    ("tk", ("tk",)),
    ("sp", ("sp",)),
    ("k", ("", "v")),
    ("p", ("v",)),
    ("t", ("d",)),
)
_STRONGER = (
    ("ng", ("nk",)),
    ("nn", ("nt",)),
    ("mm", ("mp",)),
    ("ll", ("lt",)),
    ("rr", ("rt",)),
    ("kk", ("kk",)),
    ("pp", ("pp",)),
    ("tt", ("tt",)),
    ("lj", ("lk",)),
    ("rj", ("rk",)),
    ("l", ("l", "lk")),
    ("k", ("kk", "k")),
    ("p", ("pp", "p")),
    ("t", ("tt", "t")),
    ("d", ("t",)),
    ("v", ("p", "v")),
)


def _split(stem: str) -> tuple[str, str, str]:
    """Return what stands before, the last consonants, and the vowels that end the stem."""
    end = len(stem)
    while end and stem[end - 1] in VOWELS:
        end -= 1
    start = end
    while start and stem[start - 1] not in VOWELS:
        start -= 1
    return stem[:start], stem[start:end], stem[end:]


def _graded(stem: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    before, consonants, vowels = _split(stem)
    for ending, others in table:
        if consonants.endswith(ending):
            kept = consonants[: -len(ending)]
            return [before + kept + other + vowels for other in others]
    return [stem]


def weak(stem: str) -> list[str]:
    """Return the weak grades of a stem that ends in one vowel: luukku, luuku; töykeä stays."""
    if stem[-2:-1] and stem[-2] in VOWELS:
        return [stem]
    return _graded(stem, _WEAKER)


def strong(stem: str) -> list[str]:
    """Return the strong grades that a weak stem may have: lakka, laka for laka."""
    return [*_graded(stem, _STRONGER), stem]


def forms_of(word: str) -> set[str]:
    """Return the forms of a Finnish base form, itself among them; just itself when it has no type.

    >>> sorted(form for form in forms_of("luukku") if form.startswith("luuku"))[:3]
    ['luukuiksi', 'luukuilla', 'luukuille']
    >>> {"kaatui", "kaatunut", "kaaduttiin"} <= forms_of("kaatua")
    True
    """
    forms = {word}
    if not 3 <= len(word) <= LONGEST or not word.replace("-", "").isalpha():
        return forms
    back = any(letter in "aou" for letter in word.rpartition("-")[2])
    found = {*_verb(word), *_nominal(word)}
    return forms | {form if back else _fronted(form, word) for form in found}


_FRONT = str.maketrans("aou", "äöy")


def _fronted(form: str, word: str) -> str:
    """Return the form with front vowels in what was added to the word."""
    same = 0
    while same < min(len(form), len(word)) and form[same] == word[same]:
        same += 1
    return form[:same] + form[same:].translate(_FRONT)


# Nouns and adjectives

_WEAK_ENDINGS = ["n", "t", "ssa", "sta", "lla", "lta", "lle", "ksi", "tta"]
_PLURAL_ENDINGS = ["ssa", "sta", "lla", "lta", "lle", "ksi", "tta"]


def _declined(stems: list[str], strongs: list[str], partitives: list[str]) -> Iterator[str]:
    """Yield the singular: weak endings on `stems`, essive and illative on `strongs`."""
    for stem in stems:
        for ending in _WEAK_ENDINGS:
            yield stem + ending
    for stem in strongs:
        yield stem + "na"
        yield stem + stem[-1] + "n"
        if stem[-2:-1] == stem[-1]:
            yield stem + "seen"
        for owner in ("ni", "si", "nsa", "mme", "nne"):
            yield stem + owner
    yield from partitives


def _plural(stems: list[str], strongs: list[str], partitives: list[str]) -> Iterator[str]:
    for stem in stems:
        for ending in _PLURAL_ENDINGS:
            yield stem + ending
    for stem in strongs:
        yield stem + "na"
        yield stem + "in"
        yield stem + "hin"
        yield stem + "siin"
    yield from partitives


def _nominal(word: str) -> Iterator[str]:
    last, two = word[-1], word[-2:]
    if word.endswith("nen"):
        yield from _one_stem(word[:-3] + "se", word[:-3] + "s")
    elif word.endswith(("ton", "tön")):
        stem = word[:-2] + "t" + word[-2] + "ma"
        yield from _declined([stem], [stem], [word + "ta", word + "ta"])
        plural = stem[:-1] + "i"
        yield from _plural([plural], [plural], [plural + "a", plural + "en"])
    elif two in ("us", "ys", "os", "ös", "as", "äs", "is", "es"):
        yield from _ending_in_s(word)
    elif last in "nlr" and word[-2] in VOWELS:
        base = word[:-1] + "m" if last == "n" else word
        for grade in strong(base + "e"):
            yield from _one_stem(grade, word, ts=False)
    elif two in ("ut", "yt"):
        stem = word[:-2] + "ee"
        yield from _declined([stem], [stem], [word + "ta"])
        plural = stem[:-1] + "i"
        yield from _plural([plural], [plural], [plural + "ta", plural + "den"])
    elif last in VOWELS:
        yield from _ending_in_vowel(word)
    elif last not in VOWELS:
        yield from _one_stem(word + "i", word + "i", ts=False)


def _one_stem(stem: str, partitive: str, *, ts: bool = True) -> Iterator[str]:
    """Yield the forms of an e-stem with its consonant-stem partitive: naise-, nais-."""
    yield from _declined([stem], [stem], [partitive + "ta"])
    plural = stem[:-1] + "i"
    yield from _plural([plural], [plural], [plural + "a", plural + "en"])
    if ts:
        yield partitive + "ten"


def _ending_in_s(word: str) -> Iterator[str]:
    base = word[:-1]
    yield from _one_stem(base + "kse", word, ts=False)  # vastaus, vastauksen
    if word[-2] in "uy":  # hitaus, hitauden
        yield from _declined([base + "de"], [base + "te"], [base + "tta"])
        yield from _plural([base + "ksi"], [base + "ksi"], [base + "ksia", base + "ksien"])
    else:  # kallis, kalliin; rakas, rakkaan
        for grade in strong(base):
            stem = grade + grade[-1]
            yield from _declined([stem], [stem], [word + "ta"])
            plural = (grade if grade[-1] != "i" else grade[:-1] + "i") + "i"
            plural = plural.replace("ii", "ii")
            yield from _plural([plural], [plural], [plural + "ta", plural + "den"])


def _ending_in_vowel(word: str) -> Iterator[str]:
    last, before = word[-1], word[-2:-1]
    if last == "e":
        for grade in strong(word):
            stem = grade + "e"
            yield from _declined([stem], [stem], [word + "tta"])
            yield from _plural([grade + "i"], [grade + "i"], [grade + "ita", grade + "iden"])
        return
    partitive = word + (
        "ta" if before in VOWELS and word[-2:] not in ("ea", "eä", "ia", "iä", "oa", "ua") else "a"
    )
    if before in VOWELS and last in "aä":
        partitive = word + "a"
    yield from _declined(
        weak(word), [word], [partitive, word + "ta"] if before in VOWELS else [partitive]
    )
    if last == "i":
        yield from _ending_in_i(word)
    elif last in "aä":
        root = word[:-1]
        for vowel in ("oi", "i", "ei") if last == "a" else ("i", "öi"):
            grades = [stem[:-1] + vowel for stem in weak(word)]
            parts = [
                root + vowel + "a",
                root + vowel + "ta",
                root + vowel + "en",
                root + vowel + "den",
            ]
            if vowel in ("oi", "öi"):
                parts += [root + vowel[0] + "ja", root + vowel[0] + "jen"]
            yield from _plural(grades, [root + vowel], parts)
    else:
        grades = [stem + "i" for stem in weak(word)]
        parts = [word + "ja", word + "jen", word + "ita", word + "iden"]
        yield from _plural(grades, [word + "i"], parts)


def _ending_in_i(word: str) -> Iterator[str]:
    root = word[:-1]
    grades = [stem[:-1] + "ei" for stem in weak(word)]
    parts = [root + "eja", root + "ien", root + "eita", root + "eiden"]
    yield from _plural(grades, [root + "ei"], parts)
    if len(word) <= 6:  # kieli, kielen; suuri, suurta; vesi, veden
        stem = root + "e"
        parts = [root + "ta"] if root[-1] in "lnrs" else [stem + "a"]
        yield from _declined(weak(stem), [stem], parts)
        yield from _plural(
            [s[:-1] + "i" for s in weak(stem)], [root + "i"], [root + "ia", root + "ien"]
        )
        if word.endswith("si"):
            yield from _declined([root[:-1] + "de"], [root[:-1] + "te"], [root[:-1] + "tta"])


# Verbs

_PERSONS = ["n", "t", "mme", "tte"]


def _verb(word: str) -> Iterator[str]:
    if word[-1] not in "aä" or len(word) < 4:
        return
    stem, two = word[:-1], word[-2]
    if two in VOWELS:
        yield from _first_type(stem)
    elif word[-3:-1] in ("ll", "nn", "rr", "st") and two in "lnrt":
        base = word[:-3]
        for grade in strong(base) if len(base) > 3 else [base]:
            stem = grade + word[-3]
            yield from _conjugated([stem + "e"], [stem + "e"], [stem + "i"])
        yield from _participles(word[:-2] + word[-3] + "ut")
        yield from _passive(word[:-2] + "t", word)
    elif two == "d":
        past = stem[:-2] + "i" if stem[-2] == stem[-3:-2] else stem[:-1] + "i"
        pasts = [past, stem[:-3] + stem[-2] + "i", stem[:-1]]
        yield from _conjugated([stem[:-1]], [stem[:-1]], pasts)
        yield from _participles(stem[:-1] + "nut")
        yield from _passive(stem[:-1] + "t", word)
    elif two == "t" and word[-3] in VOWELS:
        yield from _contracted(word)


def _contracted(word: str) -> Iterator[str]:
    """Yield the forms of lakata - lakkaan, häiritä - häiritsen, vanheta - vanhenen."""
    base = word[:-2]
    vowel = base[-1]
    for grade in strong(base):
        present = grade + ("a" if vowel not in "aä" else vowel)
        yield from _conjugated([present], [present], [grade + "si"])
        if vowel in "aä":
            yield grade + "isi"
            yield from (grade + "isi" + person for person in _PERSONS)
            yield from _conjugated([grade + vowel], [], [])
    if vowel == "i":
        yield from _conjugated([base + "tse"], [base + "tse"], [base + "tsi"])
    if vowel in "eo":
        yield from _conjugated([base + "ne"], [base + "ne"], [base + "ni"])
    yield from _participles(base + "nnut")
    yield from _passive(base + "t", word)
    yield base + "ttu"


def _first_type(stem: str) -> Iterator[str]:
    """Yield the forms of odottaa, kaatua, toimia, lukea: the stem ends in a vowel."""
    vowel, weaks = stem[-1], weak(stem)
    strong_pasts = [stem[:-1] + "i"] if vowel in "aäei" else [stem + "i"]
    if vowel == "a" and len(stem) <= 5:
        strong_pasts.append(stem[:-1] + "oi")
    if stem[-2:-1] == "t" and stem[-3:-2] not in ("t", "s"):
        strong_pasts.append(stem[:-2] + "si")
    yield from _conjugated(weaks, [stem], strong_pasts)
    for past in strong_pasts:
        yield from (grade + person for grade in _graded(past, _WEAKER) for person in _PERSONS)
    yield from _participles(stem + "nut")
    for grade in weaks:
        passive = grade[:-1] + "e" if vowel in "aä" else grade
        yield from _passive(passive + "t", stem + "a")
        yield passive + "ttu"


def _conjugated(weaks: list[str], strongs: list[str], pasts: list[str]) -> Iterator[str]:
    for stem in weaks:
        yield stem
        yield from (stem + person for person in _PERSONS)
    for stem in strongs:
        yield stem + stem[-1]
        yield stem
        yield stem + ("vat" if stem[-1] else "")
        mood = stem[:-1] if stem[-1] in "ei" else stem
        yield mood + "isi"
        yield from (mood + "isi" + person for person in (*_PERSONS, "vat"))
        for ending in ("massa", "masta", "maan", "malla", "matta", "minen", "misen", "mista"):
            yield stem + ending
        for ending in ("va", "vaa", "van", "vat", "via", "koon", "kaa"):
            yield stem + ending
    for stem in pasts:
        yield stem
        yield from (stem + person for person in (*_PERSONS, "vat"))


def _participles(active: str) -> Iterator[str]:
    """Yield the forms of kaatunut."""
    yield active
    yield active[:-1]  # as it is spoken: kaatunu
    stem = active[:-2] + "ee"
    for ending in ("t", "n", "lla", "lle", "ssa", "sta", "na", "ksi"):
        yield stem + ending
    yield active + "ta"
    yield active[:-2] + "eita"


def _passive(stem: str, word: str) -> Iterator[str]:
    """Yield the forms of kaadutaan and kaaduttiin; `stem` ends in the t of the passive."""
    yield from (word + word[-1] + "n", stem + "aan", stem + "tiin", stem + "taisi", stem + "tava")
    yield from (stem + "iin", stem + "u", stem + "ua", stem + "un", stem + "ut", stem + "uja")
    yield from (stem + "tu", stem + "tua", stem + "tavaa", stem + "tavissa")
