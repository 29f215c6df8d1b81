"""Finnish ways of writing one thing many ways: names, nicknames, addresses, official numbers.

Pure functions that bring what people and systems write to one form for comparing. The forms are
keys, never shown and never stored as traits: "Häkkinen" and "Hakkinen" have one key, as have
"Mannerheimintie 12 A 3" and "mannerheimint. 12 as. A3". A key is "" where there is nothing to compare.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from stdnum.exceptions import ValidationError
from stdnum.fi import hetu, ytunnus

# People who are called by these names have, in the register, one of few names: each line is a group
# of names that may be one person's. Compared by group, never shown.
_GROUPS = """
aino aini
aleksi aleksanteri ale aleksander alex
anna anni annu annukka anne annika
antti antero andreas anders
arto arttu arthur
eero erik eerik eerikki erkki erik
eeva eva eve eevi
elina ella elli elna
elisabet liisa elisa lissu lisa liisi elisabeth
eino einari
hannu hannes hans
harri harald hari
heikki henrik henri heka
helena leena lena heleena helen
ilkka ilmari
inkeri inka inga
jaakko jaakob jakob jaska
jari jalmari
johanna hanna hannele jonna janna
johannes juha juhani jussi juhana jukka janne juho johan
juuso joosua joosef juuse
kaarina kaisa karin katariina kati katri kaija katja kaisu katarina
kalle kaarlo kaarle kalervo karl
kari karri
kristiina kirsi tiina kirsti stiina christina kristina
kristian kristo christian
kustaa kusti kyosti gustav kustavi
lauri lasse lars lassi
margareeta marketta reetta rita margit marjatta greta
maria mari marja maija maaria mia maarit maiju mirja
markku markus marko marcus
martti martin
matti matias mathias matteus masa
mikko mikael miika mika michael miko miska
niko nikolai niklas nico nicholas niilo
olavi olli olof ola
oskari oskar ossi osku
paavo pauli paul pale
pekka petri petteri pietari peter petter petja peka
pertti bertil perttu
pirkko pirjo piritta birgitta
raimo raine reino
risto kristoffer
roope robert roobert
saara sara sari saija
samuel samuli sami samppa
sakari saku sakke sakarias
sofia sohvi sofi
susanna sanna susa sanni
tapani tapio teppo
tero terho
tomi thomas tuomas tuomo tommi
ulla ulriikka ulrika
veikko veka
vilhelm ville viljami vilho wilhelm
yrjo jyrki yrjana
"""
GIVEN_NAMES: dict[str, str] = {
    name: line.split()[0] for line in _GROUPS.strip().splitlines() for name in line.split()
}

_NOT_LETTERS = re.compile(r"[^a-z]+")
_SPACES = re.compile(r"\s+")
# Endings of streets as they are shortened: "Mannerheimint. 3", "Hämeenk 5", "Kauppap. 1".
_SHORT_STREETS = (
    (re.compile(r"(?<=[a-z]{3})k\.?(?=\s+\d)"), "katu"),
    (re.compile(r"(?<=[a-z]{3})t\.?(?=\s+\d)"), "tie"),
    (re.compile(r"(?<=[a-z]{3})p\.(?=\s+\d)"), "polku"),
    (re.compile(r"(?<=[a-z]{3})g\.?(?=\s+\d)"), "gatan"),
    (re.compile(r"(?<=[a-z]{3})v\.(?=\s+\d)"), "vagen"),
)
_HOME_WORDS = re.compile(r"\b(?:as|asunto|bst|lgh|huoneisto|rappu|porras|krs)\b\.?")
_STREET = re.compile(r"^(?P<street>.*?[a-z.])\s*(?P<number>\d+(?:\s*-\s*\d+)?)\s*(?P<home>.*)$")
_POSTCODE = re.compile(r"(?:^|\bfi-?\s?)(\d{5})\b", re.IGNORECASE)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return `text` in lower case without marks on its letters: å and ä are a, ö is o.

    >>> fold("Häkkinen"), fold("ÅKERBLOM "), fold("Wirtanen")
    ('hakkinen', 'akerblom', 'wirtanen')
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _SPACES.sub(" ", kept.replace("ø", "o").replace("æ", "a")).strip()


def surname_key(name: str) -> str:
    """Return what a surname is compared by: w is v, letters only.

    >>> surname_key("Wirtanen") == surname_key("virtanen")
    True
    >>> surname_key("Meri-Virtanen")
    'merivirtanen'
    """
    return _NOT_LETTERS.sub("", fold(name).replace("w", "v"))


def given_name_key(name: str) -> str:
    """Return what a first name is compared by: the first of several, letters only.

    >>> given_name_key("Anna-Liisa Maria"), given_name_key("J.")
    ('annaliisa', 'j')
    """
    words = fold(name).split(" ")
    return _NOT_LETTERS.sub("", words[0])


def given_name_group(name: str) -> str:
    """Return the group of names that may be one person's: nicknames and their official names.

    >>> given_name_group("Jussi") == given_name_group("Johannes")
    True
    >>> given_name_group("Zarah")
    'zarah'
    """
    key = given_name_key(name)
    return GIVEN_NAMES.get(key, key)


def address_key(text: str) -> str:
    """Return what a street address is compared by, in full street names, small letters.

    >>> address_key("Mannerheimint. 12 as. A3") == address_key("Mannerheimintie 12 A 3")
    True
    >>> address_key("Hämeenk. 5 b 12")
    'hameenkatu 5 b 12'
    """
    street, home = address_parts(text)
    return f"{street} {home}".strip()


def address_parts(text: str) -> tuple[str, str]:
    """Return the street with its number, and the stairs and the flat.

    >>> address_parts("Hämeenkatu 5 B 12")
    ('hameenkatu 5', 'b 12')
    """
    line = fold(text.split("\n", maxsplit=1)[0].split(",", maxsplit=1)[0])
    for short, full in _SHORT_STREETS:
        line = short.sub(full, line)
    found = _STREET.match(line)
    if found is None:
        return _SPACES.sub(" ", line).strip(" ."), ""
    street = _SPACES.sub(" ", found["street"]).strip(" .")
    number = _SPACES.sub("", found["number"])
    return f"{street} {number}", _home_key(found["home"])


def _home_key(text: str) -> str:
    plain = _HOME_WORDS.sub(" ", text)
    return " ".join(re.findall(r"[a-z]+|\d+", plain))


def postcode_of(text: str) -> str:
    """Return the five digits of a Finnish postcode, or "".

    >>> postcode_of("FI-00100"), postcode_of("00100 Helsinki"), postcode_of("1234")
    ('00100', '00100', '')
    """
    found = _POSTCODE.search(text.strip())
    return found[1] if found else ""


def business_id_of(text: str) -> str:
    """Return a Y-tunnus in its usual form if its check digit is right, else "".

    >>> business_id_of("20774740"), business_id_of("2077474-1")
    ('2077474-0', '')
    """
    try:
        compact: str = ytunnus.validate(text)
    except ValidationError:
        return ""
    return f"{compact[:7]}-{compact[7:]}"


def personal_code_of(text: str) -> str:
    """Return a Finnish personal identity code in capitals if its check mark is right, else "".

    Artificial codes (individual numbers from 900) count too: they are what tests and trials use.
    Whether the code may be kept at all is another question.
    """
    try:
        return str(hetu.validate(text, allow_temporary=True))
    except ValidationError:
        return ""


def birth_date_in(code: str) -> date | None:
    """Return the day of birth that a valid personal identity code tells, or None.

    >>> birth_date_in("131052-308T")
    datetime.date(1952, 10, 13)
    """
    valid = personal_code_of(code)
    if not valid:
        return None
    century = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}
    return date(century[valid[6]] + int(valid[4:6]), int(valid[2:4]), int(valid[:2]))
