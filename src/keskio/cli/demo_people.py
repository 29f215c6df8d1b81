"""The customers of the demo company: a thousand invented people, the same ones each time.

Names are common Finnish ones put together by chance; phones are of one series that the simulator
answers for; e-mail addresses are of example.com, which belongs to nobody (RFC 2606).
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from keskio.kernel.clock import to_micros
from keskio.know.contracts import DENIED, GIVEN, ConsentRow, NewPerson

COUNT = 1000
TEXT_VERSION = "2025-03"
PROOF = "Verkkokaupan tilauslomake, kohta: saa lähettää tarjouksia"

_FIRST_NAMES = (
    "Aino Aada Aleksi Anja Anna Antti Arto Eero Eeva Eila Elina Elias Emilia Emma Erkki Esa Eveliina "
    "Hannu Hanna Heikki Helena Heli Henri Iida Ilkka Inkeri Irja Ismo Jaana Janne Jari Jenni Joni "
    "Jorma Juha Jukka Jussi Kaarina Kaisa Kalle Kari Katja Kerttu Kirsi Laura Lauri Leena Leo Liisa "
    "Maija Maria Marja Marko Matti Mika Mikael Minna Mirja Niko Nina Oili Olli Onni Outi Päivi Pasi "
    "Pekka Pentti Petri Pirjo Raija Raili Reijo Riikka Riitta Sami Sanna Satu Seija Sinikka Siiri "
    "Sirpa Sofia Susanna Tarja Teemu Tero Tiina Timo Toni Tuomas Tuula Väinö Veera Vesa Ville Virpi "
)
FIRST_NAMES = _FIRST_NAMES.split()
_LAST_NAMES = (
    "Aalto Ahonen Anttila Eskola Forsström Hakala Hämäläinen Heikkilä Heinonen Hiltunen Hirvonen "
    "Holopainen Huttunen Hyvönen Jääskeläinen Jokinen Kallio Karjalainen Karppinen Kärkkäinen "
    "Keränen Kettunen Kinnunen Koivisto Koponen Korhonen Koskinen Kurki Laakso Laaksonen Lahtinen "
    "Laine Laitinen Lappalainen Leinonen Lindholm Luoma Mäkelä Mäkinen Mäntylä Manninen Mattila "
    "Miettinen Moilanen Mustonen Nevalainen Niemi Nieminen Niskanen Nurmi Ojala Oksanen Ollila "
    "Parviainen Pelkonen Peltola Peltonen Pitkänen Räsänen Rantanen Rautio Rinne Ruotsalainen "
    "Saarinen Salminen Salo Salonen Savolainen Seppälä Seppänen Suominen Tamminen Toivonen Tolonen "
    "Tuominen Turunen Vainio Valtonen Vartiainen Väisänen Vesterinen Virtanen Vuorinen Ylönen "
)
LAST_NAMES = _LAST_NAMES.split()
SERVICE_POINTS = {
    "Helsinki": "Ketju Kallio, Satulakuja 3",
    "Espoo": "Ketju Tapiola, Poljinpolku 1",
    "Tampere": "Ketju Tammela, Rengaskatu 12",
    "Turku": "Ketju Martti, Vaihteentie 7",
    "Oulu": "Ketju Tuira, Kampikuja 5",
    "Jyväskylä": "Ketju Lutakko, Jarrupolku 2",
}
# Those who are in the register twice: where they live, and their birthdays.
_FIRST_TWIN = 30
_HOMES = (
    ("Koivukatu 5 A 12", "33100", "1978-03-14"),
    ("Satamatie 12", "20100", "1985-11-02"),
    ("Pihlajakatu 3 A 4", "00530", "1991-06-27"),
    ("Rantakatu 18", "90100", "1969-01-30"),
    ("Tammikatu 7 A 1", "40100", "1959-09-08"),
    ("Kuusitie 2", "02100", "1996-12-19"),
)
GOODS = (
    ("Kaupunkipyörä Aura", 690),
    ("Hybridipyörä Virta", 849),
    ("Sähköpyörä Myötä", 2190),
    ("Lastenpyörä Nappi", 249),
    ("Syyshuolto", 59),
    ("Nastarenkaat, pari", 78),
    ("Kypärä Kupu", 65),
    ("Valosarja Kajo", 39),
)


class Purchase(msgspec.Struct, frozen=True):
    """An order of the past: whose (by place in the list of people), what and when."""

    person: int
    product: str
    price: int
    at: datetime


def people(*, joined: datetime) -> list[NewPerson]:
    """Return the customers, who have all come in before `joined` and been told of then."""
    dice = random.Random(1863)  # noqa: S311 - the same people each time, not a secret
    names = _names(dice)
    everyone = [_person(dice, number, *names[number], joined) for number in range(COUNT)]
    for place, twin in enumerate(range(COUNT - len(_HOMES), COUNT)):
        original = _FIRST_TWIN + place
        everyone[original], everyone[twin] = _written_twice(everyone[original], twin, place)
    return everyone


def _written_twice(person: NewPerson, number: int, place: int) -> tuple[NewPerson, NewPerson]:
    """Return a customer with a home, and the same one as the workshop's till wrote her down."""
    street, postcode, birthday = _HOMES[place]
    home = {"street": street, "postal_code": postcode}
    first, last = person.traits["first_name"], person.traits["last_name"]
    known = {**person.traits, **home, "birthday": birthday}
    till = {
        "first_name": first if place % 3 else first[0],
        "last_name": _plain(last).capitalize(),
        "street": street.replace("katu", "k.").replace(" A ", " as. A"),
        "postal_code": postcode,
        "birthday": birthday,
        "language": person.traits["language"],
        "timezone": "Europe/Helsinki",
        "city": person.traits["city"],
        "service_point": person.traits["service_point"],
    }
    email = f"{_plain(first)}{place}.{_plain(last)}@example.org"
    identifiers = (("crm", f"K{10000 + number}"), ("email", email))
    twin = NewPerson(identifiers, {**till, "email": email})
    return NewPerson(person.identifiers, known, person.consents), twin


def purchases(*, since: datetime, until: datetime) -> list[Purchase]:
    """Return the orders of the past between two moments, in their order."""
    dice = random.Random(1917)  # noqa: S311 - see people
    made = [
        Purchase(person, *dice.choice(GOODS), since + (until - since) * dice.random())
        for person in range(COUNT)
        for _ in range(dice.choice((0, 1, 1, 1, 2, 2, 3)))
    ]
    return sorted([*made, *_regulars(since, until)], key=lambda purchase: purchase.at)


def _regulars(since: datetime, until: datetime) -> Iterator[Purchase]:
    """Yield what those bought besides who come back now and then, until they no longer do."""
    dice = random.Random(1949)  # noqa: S311 - see people
    for person in range(COUNT):
        if dice.random() >= 0.35:
            continue
        at = since + (until - since) * 0.7 * dice.random()
        gap = timedelta(days=20 + dice.gammavariate(1.2, 45))
        while at < until:
            yield Purchase(person, *dice.choice(GOODS[4:]), at)
            if dice.random() < 0.12:
                break
            at += gap * dice.expovariate(1)


def _names(dice: random.Random) -> list[tuple[str, str]]:
    every = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    return dice.sample(every, COUNT)


def _person(dice: random.Random, number: int, first: str, last: str, joined: datetime) -> NewPerson:
    has_phone = dice.random() >= 0.06
    has_email = not has_phone or dice.random() < 0.8
    city = dice.choice(list(SERVICE_POINTS))
    traits: dict[str, Any] = {
        "first_name": first,
        "last_name": last,
        "language": "fi" if dice.random() < 0.85 else "en",
        "timezone": "Europe/Helsinki",
        "city": city,
        "service_point": SERVICE_POINTS[city],
        "earlier_customer": True,
    }
    identifiers = [("crm", f"K{10000 + number}")]
    if has_phone:
        identifiers.append(("phone", f"+35845700{number:04d}"))
        traits["phone"] = identifiers[-1][1]
    if has_email:
        identifiers.append(("email", f"{_plain(first)}.{_plain(last)}@example.com"))
        traits["email"] = identifiers[-1][1]
    channels = [name for name, there in (("sms", has_phone), ("email", has_email)) if there]
    return NewPerson(tuple(identifiers), traits, tuple(_consents(dice, channels, joined)))


def _consents(dice: random.Random, channels: list[str], joined: datetime) -> Iterator[ConsentRow]:
    """Yield what the customer has said of marketing: most allow it, some deny, some were never asked."""
    draw = dice.random()
    if draw >= 0.95:
        return
    state = GIVEN if draw < 0.9 else DENIED
    at = joined - timedelta(days=dice.randrange(400), minutes=dice.randrange(1440))
    for channel in channels:
        yield ConsentRow("marketing", channel, state, TEXT_VERSION, PROOF, to_micros(at))


def _plain(name: str) -> str:
    """Return a name in the letters of an e-mail address."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
