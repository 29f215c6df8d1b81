"""Promises in sentences: what a reply in Finnish or English says that we shall do, and by when.

Rule 1: a promise is a commitment of ours ("soitamme", "we'll send", "saat hyvityksen") with a future time
in the same clause. A commitment without a time is none: there is nothing to track.
Rule 2: questions, conditions ("jos", "if"), hedges ("pyrimme", "we'll try"), negations, habits ("arkisin",
"usually"), quoted lines, and what the customer is asked to do are no promises.
Rule 3: nothing is kept here: a person confirms what was found.
"""

from __future__ import annotations

import re

import msgspec

from keskio.engine.said_times import Hearing, heard_in
from keskio.engine.times import Calendar

ZONE = "Europe/Helsinki"


class Found(msgspec.Struct, frozen=True):
    """A promise found: its words, where they stand in the text, and the instant (µs) that it is due."""

    text: str
    start: int
    end: int
    due_at: int


_FI_STEMS = (
    *("soita", "palaa", "lähetä", "toimita", "ilmoita", "hoida", "korjaa", "selvitä", "hyvitä"),
    *("palauta", "tarkista", "käsittele", "maksa", "laita", "järjestä", "varmista", "päivitä"),
    *("peruuta", "vaihda", "nouda", "asenna", "siirrä", "poista", "avaa", "lupaa", "viestitä"),
    *(
        "vahvista",
        "laske",
        "postita",
        "tekstaa",
        "informoi",
        "tiedota",
        "korvaa",
        "tutki",
        "kirjoita",
    ),
    *(
        "tilaa",
        "varaa",
        "viimeistele",
        "julkaise",
        "raportoi",
        "kuittaa",
        "pidennä",
        "tule",
        "ehdota",
    ),
)
_FI_ODD = (
    *(
        "otamme",
        "otan",
        "kerromme",
        "kerron",
        "teemme",
        "teen",
        "tuomme",
        "tuon",
        "annamme",
        "annan",
    ),
    *(
        "perumme",
        "perun",
        "vastaamme",
        "haemme",
        "viemme",
        "vien",
        "sovimme",
        "palaamme",
        "katsomme",
    ),
    *("näytämme", "saamme", "saan", "pidämme", "tarkastamme", "tarkastan", "luemme", "saatamme"),
)
_FI_PASSIVE = (
    *("palautetaan", "hyvitetään", "lähetetään", "toimitetaan", "korjataan", "maksetaan"),
    *("soitetaan", "vastataan", "käsitellään", "vaihdetaan", "noudetaan", "selvitetään"),
    *("ilmoitetaan", "tehdään", "asennetaan", "palataan", "postitetaan", "korvataan"),
)
_FI_THIRD = (
    r"soittaa|ottaa|palaa|vastaa|lähettää|tulee|toimittaa|korjaa|ilmoittaa|hoitaa|tuo|käy|noutaa"
)
_FI_WHO = (
    r"\w+(?:mme|ni)|kuljettaja|asentaja|huoltomies|esimies|esihenkilö|asiantuntija|myyjä|kollega"
    r"|huolto|lähetti|asiakaspalvelija"
)
_FI_GET = (
    r"\w*vastau\w+|\w*tarjou\w+|rahat?\b|rahasi|\w*hyvity\w+|\w*korvau\w+|\w*tiedo\w+|tieto\w*"
    r"|\w*koodi\w*|\w*viesti\w*|\w*paketi\w*|\w*tilau\w+|\w*soito\w*|uuden|uudet|\w*lasku\w*"
    r"|\w*vahvistu\w+|\w*ohjee\w*|\w*kortin|\w*päätök\w+|\w*laittee\w*|\w*raporti\w*"
)
_COMMITS = {
    "fi": re.compile(
        r"\b(?:"
        + "|".join(rf"{stem}(?:mme|n)" for stem in _FI_STEMS)
        + "|"
        + "|".join(_FI_ODD)
        + "|"
        + "|".join(_FI_PASSIVE)
        + r")\b"
        + r"|\bvastaan\s+(?:sinulle|teille|viestii|kysymyks|tähän|siihen|asiaan|sähköposti)"
        + rf"|\b(?:{_FI_WHO})\b(?:\s+\w+){{0,4}}?\s+(?:{_FI_THIRD})\b"
        + rf"|\bsaat(?:te)?\b(?=.*\b(?:{_FI_GET}))"
        + r"|\b(?:on|ovat)\s+(?:\w+\s+){0,3}?(?:perillä|valmis|valmiina|kunnossa|tililläsi|tilillänne"
        + r"|noudettavissa|luonasi|käytössäsi)\b"
        + r"|\b(?:saapuu|valmistuu|saapuvat)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(?:we|i)\s*(?:['’]ll|\s+will|\s+shall)\s+(?!not\b|never\b)(?:\w+ly\s+|also\s+|then\s+|have\s+"
        r"(?:someone|somebody)\s+)?\w+"
        r"|\b(?:we\s*(?:['’]re|\s+are)|i\s*(?:['’]m|\s+am))\s+(?:going\s+to|calling|sending)\b"
        r"|\b(?:we|i)\s+promise\b"
        r"|\byou\s*(?:['’]ll|\s+will)\s+(?:receive|get|have|hear|be\s+(?:contacted|called|refunded))\b"
        r"|\byou\s+can\s+expect\b"
        r"|\bexpect\s+(?:our|a|an|my)\s+(?:call|reply|answer|e-?mail|message|response)\b"
        r"|\b(?:our|my|a|an|the|your|his|her|their|someone|somebody)(?:\s+[\w-]+){0,4}?\s+will\s+"
        r"(?!not\b|never\b|need\b|have to\b)\w+",
        re.IGNORECASE,
    ),
}
_NO = {
    "fi": re.compile(
        r"\b(?:pyri\w+|yritä\w+|toivo\w+|toivottavasti|ehkä|mahdollisesti|luultavasti|voimme|voin"
        r"|voisimme|voisin|saattaa|arkisin|päivittäin|yleensä|tavallisesti|normaalisti|joka\s+\w+"
        r"|emme|en|ei|eivät|eikä|emmekä|enkä|eilen|viime|olisi|haluatko|haluatteko|jotta|että\s+jos)\b"
        r"|\w+isimme\b|^\s*niin\b|\bennen\s+kuin\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(?:try|trying|hope|hopefully|maybe|perhaps|might|may\s+be|could|would|should|usually"
        r"|normally|typically|weekdays|daily|every|each|aim|won['’]?t|not|never|can['’]?t|cannot"
        r"|need\s+to|have\s+to|yesterday|last\s+\w+|unable|possibly|probably|do\s+our\s+best"
        r"|always\s+open|opened|closed|be\s+open|be\s+closed|no\s+longer)\b",
        re.IGNORECASE,
    ),
}
_CONDITION = re.compile(
    r"\b(?:jos|mikäli|ellei\w*|kunhan|edellyttäen|jollei\w*|jollet|ellet|ellette|jolleivät"
    r"|if|unless|provided|assuming|in case)\b",
    re.IGNORECASE,
)
_ONCE = re.compile(
    r"\b(?:kun|kunnes|sitten kun|heti kun|when|once|as soon as|until)\b", re.IGNORECASE
)
# Sentences end at marks; not inside "24.11." or "klo 10.30", where no capital letter follows a space.
_SENTENCES = re.compile(r"[^\n.!?]*(?:\.(?!\s+[A-ZÅÄÖ]|\s*$|\s*\n)[^\n.!?]*)*[.!?]?", re.MULTILINE)
_PARTS = re.compile(
    r"\s*[,;:–—]\s+(?:ja\s+|mutta\s+|and\s+|but\s+|sekä\s+|niin\s+)?|\s+(?:ja|mutta|sekä|and|but)\s+",
    re.IGNORECASE,
)
# "I will look into this and let you know by three": the same subject goes on.
_GOES_ON = re.compile(
    r"\s*(?:let you know|get back|come back|call|ring|send|write|reply|answer|e-?mail|confirm|update"
    r"|refund|deliver|be in touch|contact|tell you|follow up)\b",
    re.IGNORECASE,
)
_NUMBER_AFTER = re.compile(r"\s*\d")


def recognise(
    text: str, language: str, now: int, hours: Calendar, *, zone: str = ZONE
) -> list[Found]:
    """Return the promises in `text`, in its order; what is not certain is left out.

    `now`: when it is said (µs); `hours`: when people work, for "two working days".

    >>> found = recognise("We'll call you within 2 hours.", "en", 0, Calendar())
    >>> [(one.text, one.due_at // 3_600_000_000) for one in found]
    [("We'll call you within 2 hours", 2)]
    """
    spoken = "fi" if language == "fi" else "en"
    hearing = Hearing(now, hours, zone)
    found: list[Found] = []
    for match in _SENTENCES.finditer(text):
        sentence = match[0]
        if not sentence.strip() or sentence.lstrip().startswith(">"):
            continue
        if sentence.rstrip().endswith("?"):
            continue
        for start, end in _clauses(sentence, spoken, hearing):
            one = _promise_in(sentence, start, end, spoken, hearing)
            if one is not None:
                found.append(_moved(one, match.start()))
    return found


def _moved(one: Found, by: int) -> Found:
    return Found(one.text, one.start + by, one.end + by, one.due_at)


def _clauses(sentence: str, language: str, hearing: Hearing) -> list[tuple[int, int]]:
    """Return where the clauses with a commitment stand, each with what belongs to it."""
    commits = _COMMITS[language]
    edges = [0]
    cuts: list[tuple[int, int]] = []
    for cut in _PARTS.finditer(sentence):
        if _NUMBER_AFTER.match(sentence, cut.end()):
            continue  # "klo 9 ja 12 välillä", "24.11., 10–12"
        cuts.append(cut.span())
    pieces = []
    for begin, end in cuts:
        pieces.append((edges[-1], begin))
        edges.append(end)
    pieces.append((edges[-1], len(sentence)))
    found: list[tuple[int, int]] = []
    waiting: int | None = None
    for start, end in pieces:
        piece = sentence[start:end]
        is_conditional = bool(_CONDITION.search(piece))
        if commits.search(piece) and not is_conditional:
            found.append((start if waiting is None else waiting, end))
            waiting = None
        elif found and not is_conditional and (_is_short(piece) or _GOES_ON.match(piece)):
            found[-1] = (found[-1][0], end)
        elif is_conditional:
            # "soitamme huomenna, jos ehdimme" hangs on it; "ja jos ...," begins a sentence of its own
            joined = sentence[:start].rstrip().lower().endswith((" ja", " and", " mutta", " but"))
            return found if joined else found[:-1]
        elif not found:
            waiting = start if _is_a_time(piece, language, hearing) else None
    return found


def _is_short(piece: str) -> bool:
    """Tell whether a piece can be no more than a time, as "viimeistään perjantaina" is."""
    return len(piece.split()) <= 4


def _is_a_time(piece: str, language: str, hearing: Hearing) -> bool:
    """Tell whether a piece before the commitment says hardly more than a time."""
    left = piece
    for one in reversed(heard_in(piece, language, hearing)):
        left = left[: one.start] + left[one.end :]
    return left != piece and len(left.split()) <= 1


def _promise_in(
    sentence: str, start: int, end: int, language: str, hearing: Hearing
) -> Found | None:
    clause = sentence[start:end]
    once = _ONCE.search(clause)
    commit = _COMMITS[language].search(clause)
    if once is not None and commit is not None:
        if once.start() < commit.start():
            return None
        clause = clause[: once.start()]
    if commit is None or _NO[language].search(clause):
        return None
    times = heard_in(clause, language, hearing)
    if not times:
        return None
    shown = clause.strip(" \t,;:.!–—")
    begin = start + clause.index(shown)
    return Found(shown, begin, begin + len(shown), max(one.at for one in times))
