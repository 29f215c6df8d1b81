"""A first mapping, guessed from the words of the header and the first rows; a person puts it right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from keskio.know.imports.cells import Unreadable, reader_of
from keskio.know.imports.files import Shape, lines_of
from keskio.know.imports.mapping import Cell, ConsentRule, Mapping, Told

SAMPLE_ROWS = 200

# What columns are called, in Finnish, Swedish and English, folded: a few of the words are enough.
IDENTIFIERS: dict[str, tuple[str, ...]] = {
    "email": ("email", "e mail", "sahkoposti", "sahkopostiosoite", "epost", "e post", "mail"),
    "phone": (
        "phone",
        "puhelin",
        "puhelinnumero",
        "matkapuhelin",
        "gsm",
        "mobile",
        "puh",
        "telefon",
    ),
    "crm": (
        *("customer id", "customer number", "customer no", "asiakasnumero", "asiakasnro"),
        *("asiakas id", "asiakastunnus", "kundnummer", "crm", "crm id", "id"),
    ),
}
TRAITS: dict[str, tuple[str, ...]] = {
    "name": ("name", "nimi", "namn", "full name", "koko nimi"),
    "firstName": ("first name", "firstname", "etunimi", "fornamn", "given name"),
    "lastName": ("last name", "lastname", "sukunimi", "efternamn", "surname"),
    "language": ("language", "kieli", "asiointikieli", "sprak", "lang"),
    "birthday": ("birthday", "syntymaaika", "syntymapaiva", "date of birth", "fodelsedatum"),
    "address": ("address", "osoite", "katuosoite", "street", "street address", "lahiosoite"),
    "postcode": ("postcode", "zip", "postinumero", "postal code", "postnummer"),
    "city": ("city", "kaupunki", "postitoimipaikka", "paikkakunta", "ort", "town"),
    "country": ("country", "maa", "land"),
    "company": ("company", "yritys", "organisation", "organization", "foretag"),
    "business_id": ("business id", "y tunnus", "ytunnus"),
    "gender": ("gender", "sukupuoli"),
}
CONSENTS = ("lupa", "suostumus", "consent", "opt in", "optin", "permission", "samtycke", "kielto")
CHANNELS = {
    "sms": ("sms", "tekstiviesti", "teksti", "phone", "puhelin"),
    "email": ("email", "sahkoposti", "mail", "uutiskirje", "newsletter"),
    "letter": ("letter", "kirje", "posti", "paper"),
    "call": ("call", "soitto", "puhelu"),
}
_FOLD = str.maketrans("åäöÅÄÖé", "aaoAAOe")


def suggest(path: Path, shape: Shape) -> Mapping:
    """Return a mapping for the file, as far as its header and first rows tell."""
    lines = (line.cells for line in lines_of(path, shape) if line.cells)
    return suggest_for(shape.names, list(islice(lines, SAMPLE_ROWS)))


def suggest_for(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping:
    """Return a mapping for columns `names`, of which `rows` are the first."""
    identifiers: dict[str, Told | list[str]] = {}
    traits: dict[str, Told] = {}
    consents: list[ConsentRule] = []
    for at, name in enumerate(names):
        if not name:
            continue
        words = folded(name)
        kind = _called(words, IDENTIFIERS)
        cells = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
        if any(word in words for word in CONSENTS):
            consents += _consent(name, words)
        elif kind and kind not in identifiers:
            identifiers[kind] = name
        else:
            trait = _called(words, TRAITS) or words.replace(" ", "_")
            if trait and trait not in traits:
                traits[trait] = _trait(name, trait, cells)
    return Mapping(identifiers=identifiers, traits=traits, consents=consents)


def folded(name: str) -> str:
    """Return a column's name in lower case, without umlauts and signs.

    >>> folded("Sähköposti-osoite (työ)")
    'sahkoposti osoite tyo'
    """
    return " ".join(re.findall(r"[a-z0-9]+", name.translate(_FOLD).casefold()))


def _called(words: str, known: dict[str, tuple[str, ...]]) -> str:
    for kind, called in known.items():
        if words in called or words.replace(" ", "") in called:
            return kind
    return ""


def _consent(name: str, words: str) -> list[ConsentRule]:
    channels = [c for c, called in CHANNELS.items() if any(word in words for word in called)]
    is_ban = "kielto" in words
    state = Cell(
        column=name, map={"x": "denied", "1": "denied", "kyllä": "denied"} if is_ban else {}
    )
    return [ConsentRule("marketing", channel, state) for channel in channels or ["email"]]


def _trait(name: str, trait: str, cells: Sequence[str]) -> Told:
    """Return how a trait's cells are read: as the strictest kind that fits all of the sample."""
    if trait in ("postcode", "business_id", "phone", "language") or not cells:
        return name
    if all(cell.startswith("0") and len(cell) > 1 and cell.isdigit() for cell in cells):
        return name
    for kind in ("date", "time", "number", "flag"):
        if _fits(kind, cells):
            return Cell(column=name, read_as=kind)
    return name


def _fits(kind: str, cells: Sequence[str]) -> bool:
    """Tell whether all of `cells` can be read as `kind`; a day with a clock time is no date."""
    read = reader_of(kind, zone="UTC")
    if kind == "date" and any(len(cell) > 10 for cell in cells):
        return False
    try:
        for cell in cells:
            read(cell)
    except Unreadable:
        return False
    return True
