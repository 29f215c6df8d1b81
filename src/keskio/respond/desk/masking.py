"""Personal details taken out of texts: what a past answer shows, and what a language model is sent.

Found by their form (addresses, numbers, links, street addresses), by where they stand (greetings,
signatures), and by the names that are known of the case, in their inflected forms too. It prefers to
take out too much: a word lost is better than a person shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME, NUMBER, MAIL, LINK, PLACE = "[name]", "[number]", "[e-mail]", "[link]", "[address]"

_IN_FINNISH = {
    NAME: "[nimi]",
    NUMBER: "[numero]",
    MAIL: "[sähköposti]",
    LINK: "[linkki]",
    PLACE: "[osoite]",
}
_CAPITAL = r"[A-ZÅÄÖÉÜÆØ][a-zåäöéüæøß]+(?:-[A-ZÅÄÖÉÜÆØ][a-zåäöéüæøß]+)?"
_STREET = (
    r"(?:katu|katua|kadulla|kadun|tie|tien|tiellä|kuja|kujan|kujalla|polku|polun|polulla|väylä|aukio"
    r"|ranta|rinne|raitti|kaari|vägen|gatan|gränden)"
)
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![\w@])@\w[\w.-]*(?:@[\w.-]+)?"), NAME),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), MAIL),
    (re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), LINK),
    (re.compile(rf"\b[A-ZÅÄÖ][\wåäö-]*{_STREET}\s+\d+\s*[a-zA-Z]?(?:\s*\d+)?\b"), PLACE),
    (
        re.compile(rf"\b\d{{1,4}}\s+{_CAPITAL}\s+(?:Street|Road|Lane|Avenue|Drive|Square)\b"),
        PLACE,
    ),
    (re.compile(rf"\b\d{{5}}\s+{_CAPITAL}"), PLACE),
    (re.compile(r"\b\d{6}[-+ABCDEFUVWXY]\d{3}[0-9A-Y]\b"), NUMBER),
    (re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[0-9A-Z]{2,4}){3,8}\b"), NUMBER),
    (re.compile(r"\b[A-ZÅÄÖ]{3}-\d{1,3}\b"), NUMBER),
    (re.compile(r"(?<!\w)\+?\d[\d\s()-]{5,}\d"), NUMBER),
    (re.compile(r"\b(?:[A-Z]{1,4}[-–]?)?\d{4,}[\w-]*\b"), NUMBER),
)
_GREETED = re.compile(
    rf"\b(Hei|Hei taas|Moi|Terve|Hyvä|Hyvää päivää|Hello|Hi|Dear|Good morning|Hej)(\s+|,\s*){_CAPITAL}"
    rf"(?:\s+{_CAPITAL})?"
)
_SIGNED = re.compile(
    r"((?:^|\n|[.!?])\s*(?:ystävällisin terveisin|ystävällisesti|terveisin|terveisiä|terv\.?|t\.|yt\.?|"
    r"kind regards|best regards|regards|best wishes|yours|sincerely|cheers|mvh)[ ,]*\n?\s*)"
    rf"{_CAPITAL}(?:[ \t]+{_CAPITAL})*[^\n]*",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    rf"\b([Nn]imeni on|[Oo]len|[Tt]äällä|[Mm]y name is|[Tt]his is)\s+{_CAPITAL}(?:\s+{_CAPITAL})*"
)
_SHORTEST = 3
_STEM = 4


def masked(text: str, names: Iterable[str] = (), *, language: str = "en") -> str:
    """Return `text` with what tells of a person replaced by words in brackets, in its `language`.

    `names` are those known of the case: the customer's, the handle, the people who answered.

    >>> masked("Hei Aino, soitamme numeroon 045 700 0001. Terveisin Ville", ["Aino Mäkinen", "ville"])
    'Hei [name], soitamme numeroon [number]. Terveisin [name]'
    """
    for pattern, word in _FORMS:
        text = pattern.sub(word, text)
    for name in sorted(_parts(names), key=len, reverse=True):
        text = _inflected(name).sub(NAME, text)
    text = _GREETED.sub(lambda m: f"{m[1]}{m[2]}{NAME}", text)
    text = _SIGNED.sub(lambda m: f"{m[1]}{NAME}", text)
    text = _INTRODUCED.sub(lambda m: f"{m[1]} {NAME}", text)
    text = re.sub(rf"{re.escape(NAME)}(?:[ -]{re.escape(NAME)})+", NAME, text)
    if language == "fi":
        for word, finnish in _IN_FINNISH.items():
            text = text.replace(word, finnish)
    return text


def named(text: str, first_name: str) -> str:
    """Return a masked text for a customer: the first name in brackets becomes theirs, if it is known."""
    if not first_name:
        return text
    return text.replace(NAME, first_name, 1).replace(_IN_FINNISH[NAME], first_name, 1)


def _parts(names: Iterable[str]) -> set[str]:
    found = {part for name in names for part in re.split(r"[\s@._]+", name)}
    return {part for part in found if len(part) >= _SHORTEST and not part.isdigit()}


def _inflected(name: str) -> re.Pattern[str]:
    # Finnish endings, and the change at the end of the stem (Mäkinen: Mäkisen, Virtanen: Virtaselle).
    stem = name[:-3] if len(name) > _STEM + 2 and name.lower().endswith("nen") else name
    ending = r"(?:nen|se\w{0,5})" if stem != name else r"(?:[a-zåäö:]{0,5})"
    return re.compile(rf"(?<!\w){re.escape(stem)}{ending}(?!\w)", re.IGNORECASE)
