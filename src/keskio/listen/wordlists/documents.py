"""Word lists as documents: what stands in them, which are shipped, and making them ready for reading.

A document is YAML. `kind: general` holds what people say when they are pleased or not; `kind: domain`
the words of a business: its own words, those that only sound bad there (`neutral`), and its themes;
`kind: company` what one company has chosen (`uses`) and added. Every list stands by language as words and
phrases between commas. What a company adds counts before what is shipped, and its neutral words always.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from keskio.engine.text.lists import Builder, Kind, Lists, Mark, entries_of
from keskio.kernel.errors import Mistake
from keskio.kernel.yamls import read_yaml
from keskio.listen.model.lemmas import knows, lemma

FOLDER = Path(__file__).parent / "ready"
READY = ("bank", "retail", "telecom", "health", "public", "events")
LANGUAGES = ("fi", "en")
SHORTEST_FOREIGN = 4

# List in a document: what its words are to the rules.
KINDS: dict[str, int] = {
    "faults": Kind.FAULT,
    "needed": Kind.NEEDED,
    "strong": Kind.STRONG,
    "soft": Kind.SOFT,
    "grim": Kind.GRIM,
    "profanity": Kind.PROFANE,
    "again": Kind.AGAIN,
    "still": Kind.STILL,
    "only": Kind.ONLY,
    "already": Kind.ALREADY,
    "units": Kind.UNIT,
    "waits": Kind.WAIT,
    "times": Kind.TIMES,
    "turns_of": Kind.TURN_OF,
    "numbers": Kind.NUMBER,
    "months": Kind.MONTH,
    "promised": Kind.PROMISED,
    "acts": Kind.ACT,
    "leaves": Kind.LEAVES,
    "questions": Kind.QUESTION,
    "opposite": Kind.OPPOSITE,
    "concede": Kind.CONCEDE,
    "yet": Kind.YET,
    "hurrah": Kind.HURRAH,
    "links": Kind.LINK,
    "late": Kind.LATE,
    "irony": Kind.IRONY,
    "domain": Kind.DOMAIN,
    "neutral": Kind.NEUTRAL,
}
SIDES = {"physical": Kind.PHYSICAL, "emotional": Kind.EMOTIONAL}
IN_COMPOUNDS = frozenset({"domain", "neutral"})
BAD_PARTS = 1.5  # a bad word this bad or worse is heard at the end of a compound too
PHRASE = 1.9  # what a phrase of praise or complaint weighs
OPPOSITE = 1.6


BY_NAME = frozenset({"name", "themes", "emotions", "sides", "motives", "signs", "phrases"})
NAMES = frozenset({*KINDS, *BY_NAME, "key", "kind", "uses", "good", "bad", "irony_signs", "forms"})


class BadWordList(Mistake):
    """The word list cannot be used."""

    code = "bad_word_list"


@cache
def ready(key: str) -> dict[str, Any]:
    """Return a shipped document by its key; raises BadWordList for one that there is not."""
    path = FOLDER / f"{key}.yaml"
    if not key.isidentifier() or not path.exists():
        raise BadWordList(f"There is no ready word list {key!r}: choose of {', '.join(READY)}.")
    document = read_yaml(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict), "shipped lists are mappings"
    return document


def ready_documents(domains: Sequence[str]) -> list[dict[str, Any]]:
    """Return the documents of these ready domains, and the general one last."""
    return [*(ready(key) for key in domains), ready("general")]


def documents_in(path: Path) -> list[dict[str, Any]]:
    """Return the word lists of a YAML file, one or a list of them; raises BadWordList with the fault."""
    try:
        found = read_yaml(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, ValueError) as fault:
        raise BadWordList(f"{path} cannot be read: {fault}") from None
    documents = found if isinstance(found, list) else [found]
    faults = [fault for document in documents for fault in faults_of(document)]
    if faults:
        raise BadWordList(f"{path}: {' '.join(faults)}")
    return list(documents)


def faults_of(document: object) -> list[str]:
    """Return what is wrong with a word list, a sentence each; nothing when it can be used."""
    if not isinstance(document, Mapping):
        return ["A word list is a mapping of lists by name."]
    faults = [
        f"There is no list {name!r}: choose of {', '.join(sorted(NAMES))}."
        for name in document
        if name not in NAMES
    ]
    unknown = [key for key in document.get("uses") or () if key not in READY]
    faults += [
        f"There is no ready word list {key!r}: choose of {', '.join(READY)}." for key in unknown
    ]
    for name in sorted(BY_NAME & set(document)):
        if not isinstance(document[name] or {}, Mapping):
            faults.append(f"{name!r} must be a mapping.")
    for name in sorted({*KINDS} & set(document)):
        if not isinstance(document[name] or "", (str, list, Mapping)):
            faults.append(f"{name!r} must be words between commas, or such by language.")
    return faults or _theme_faults(document)


def _theme_faults(document: Mapping[str, Any]) -> list[str]:
    return [
        f"Theme {key!r} must have `name` and `words`, each by language."
        for key, theme in (document.get("themes") or {}).items()
        if not isinstance(theme, Mapping) or not isinstance(theme.get("words"), Mapping)
    ]


def usual_forms(language: str) -> dict[str, str]:
    """Return common and spoken forms with their base forms."""
    return _usual() if language == "fi" else {}


@cache
def _usual() -> dict[str, str]:
    forms: dict[str, str] = {}
    for base, text in ready("colloquial")["forms"].items():
        for form in str(text).split():
            forms.setdefault(form, base)
    return forms


def lists_of(documents: Sequence[Mapping[str, Any]], language: str) -> Lists:
    """Return documents made ready for reading texts of a language; the first documents count first."""
    builder = Builder(
        language,
        lemma_of=partial(_lemma, language=language),
        knows=partial(knows, language=language),
        usual=usual_forms(language),
    )
    for document in documents:
        for entry, mark, is_part in entries_in(document, language):
            builder.add(entry, mark, is_part=is_part)
    if language != "en":
        _add_foreign(builder, documents, language)
    return builder.lists()


@cache
def _lemma(word: str, language: str) -> str:
    return lemma(word, language)


def _add_foreign(builder: Builder, documents: Sequence[Mapping[str, Any]], language: str) -> None:
    """Add the English words that no Finnish (Swedish) word looks like: people mix languages."""
    for document in documents:
        for entry, mark, _ in entries_in(document, "en"):
            is_word = " " not in entry and len(entry) >= SHORTEST_FOREIGN
            if (
                is_word
                and (mark.weight or mark.themes)
                and entry not in builder.marks
                and not knows(entry, language)
            ):
                builder.add(entry, mark)


def entries_in(document: Mapping[str, Any], language: str) -> Iterator[tuple[str, Mark, bool]]:
    """Yield (word or phrase, what it says, whether it is heard in compounds) of one language."""
    for name in ("neutral", "domain"):
        for entry in _said(document.get(name), language):
            yield entry, Mark(KINDS[name]), True
    yield from _phrases(document, language)
    yield from _weighed(document, language)
    yield from _plain(document, language)
    yield from _named(document, language)
    yield from _signs(document)


def _plain(document: Mapping[str, Any], language: str) -> Iterator[tuple[str, Mark, bool]]:
    for name, kind in KINDS.items():
        if name not in IN_COMPOUNDS:
            for entry in _said(document.get(name), language):
                yield entry, Mark(kind, OPPOSITE if name == "opposite" else 0.0), False


def _named(document: Mapping[str, Any], language: str) -> Iterator[tuple[str, Mark, bool]]:
    for emotion, texts in (document.get("emotions") or {}).items():
        for entry in _said(texts, language):
            yield entry, Mark(0, 0.0, (emotion,)), False
    for key, theme in (document.get("themes") or {}).items():
        for entry in _said(theme.get("words"), language):
            yield entry, Mark(0, 0.0, (), (key,)), True
    for side, texts in (document.get("sides") or {}).items():
        for entry in _said(texts, language):
            yield entry, Mark(SIDES[side]), False
    for motive, texts in (document.get("motives") or {}).items():
        for entry in _said(texts, language):
            yield entry, Mark(0, 0.0, (), (), (motive,)), False


def _said(texts: object, language: str) -> list[str]:
    """Return the entries of one list in one language; a list without languages is of all."""
    if isinstance(texts, Mapping):
        texts = texts.get(language)
    return entries_of(texts) if isinstance(texts, (str, list)) else []


def _weighed(document: Mapping[str, Any], language: str) -> Iterator[tuple[str, Mark, bool]]:
    for name, sign, kind in (("bad", -1, Kind.BAD), ("good", 1, Kind.GOOD)):
        by_weight = (document.get(name) or {}).get(language)
        if isinstance(by_weight, (str, list)):  # without weights: plainly so
            by_weight = {2: by_weight}
        for weight, texts in (by_weight or {}).items():
            for entry in _said(texts, language):
                part = sign < 0 and float(weight) >= 1 and len(entry) >= 5
                yield entry, Mark(kind, sign * _scaled(weight)), part


def _scaled(weight: object) -> float:
    """Return what a word of weight 1, 2 or 3 adds."""
    return {1: 0.9, 2: 1.7, 3: 2.4}.get(int(str(weight)), 1.7)


def _phrases(document: Mapping[str, Any], language: str) -> Iterator[tuple[str, Mark, bool]]:
    phrases = document.get("phrases") or {}
    for name, kind, weight in (
        ("neutral", Kind.NEUTRAL, 0.0),
        ("good", Kind.GOOD, PHRASE),
        ("bad", Kind.BAD, -PHRASE),
    ):
        for entry in _said(phrases.get(name), language):
            yield entry, Mark(kind, weight), False


def _signs(document: Mapping[str, Any]) -> Iterator[tuple[str, Mark, bool]]:
    for name, text in (document.get("signs") or {}).items():
        weight, _, emotion = str(name).partition(" ")
        for sign in str(text).split():
            yield sign, Mark(Kind.SIGN, 0.9 * float(weight), (emotion,)), False
    for sign in str(document.get("irony_signs") or "").split():
        yield sign, Mark(Kind.SIGN | Kind.IRONY), False


def themes_of(documents: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the themes of documents by key, with their names by language."""
    found: dict[str, dict[str, str]] = {}
    for document in documents:
        for key, theme in (document.get("themes") or {}).items():
            found.setdefault(key, dict(theme.get("name") or {"fi": key, "en": key}))
    return found
