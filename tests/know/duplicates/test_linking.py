"""Who is found to be one person, who is not, and that the model keeps its head."""

from __future__ import annotations

import random

import pytest

from keskio.know.duplicates.likeness import Likeness, likeness_of
from keskio.know.duplicates.linking import FIELDS, Field, likely_pairs
from keskio.know.duplicates.vetoes import veto_of

FIRST = (
    *("matti", "antti", "juhani", "pekka", "liisa", "maria", "anna"),
    *("kaisa", "ville", "sanna", "eero", "aino", "jukka", "timo"),
)
LAST = [a + b for a in ("virta", "korho", "lahti", "niemi", "kosk", "salo") for b in ("nen", "la")]


def person(number: int, **traits: object) -> Likeness:
    return likeness_of(number, traits)


def found(*people: Likeness, at_least: float = 0.8) -> list[tuple[int, int]]:
    return [(pair.low, pair.high) for pair in likely_pairs(people, at_least=at_least)]


JUSSI = person(1, name="Jussi Wirtanen", osoite="Hämeenk. 5 B 12, 33100 Tampere")


@pytest.mark.parametrize(
    ("what", "other"),
    [
        (
            "nickname, spelling and another way to write the address",
            person(
                2,
                firstName="Johannes",
                lastName="Virtanen",
                address={"street": "Hämeenkatu 5 b 12", "postalCode": "33100"},
            ),
        ),
        (
            "a slip in the surname",
            person(2, name="Jussi Wirtnaen", osoite="Hämeenkatu 5 B 12", postinumero="33100"),
        ),
        (
            "names turned round",
            person(2, etunimi="Virtanen", sukunimi="Jussi", osoite="Hämeenkatu 5 B 12"),
        ),
    ],
)
def test_one_person_written_twice_is_found(what: str, other: Likeness) -> None:
    assert found(JUSSI, other) == [(1, 2)], what


def test_same_birth_and_name_without_letters_is_found() -> None:
    one = person(1, name="Häkkinen, Mika", birthday="1968-09-28")
    other = person(2, name="Mika Hakkinen", birthday="28.9.1968")
    assert found(one, other) == [(1, 2)]


def test_same_name_alone_is_not_enough() -> None:
    assert found(person(1, name="Matti Virtanen"), person(2, name="Matti Virtanen")) == []


@pytest.mark.parametrize(
    ("veto", "one", "other"),
    [
        (
            "household",
            {"name": "Liisa Laine", "osoite": "Koivutie 3", "postinumero": "90100"},
            {"name": "Ville Laine", "osoite": "Koivutie 3", "postinumero": "90100"},
        ),
        (
            "other_birth",
            {"name": "Matti Laine", "osoite": "Koivutie 3 A 1", "birthday": "1950-04-05"},
            {"name": "Matti Laine", "osoite": "Koivutie 3 A 1", "birthday": "1982-11-17"},
        ),
        (
            "other_code",
            {"name": "Matti Laine", "phone": "0401234567", "hetu": "010190-900P"},
            {"name": "Matti Laine", "phone": "0401234567", "hetu": "020190-900B"},
        ),
        (
            "other_business",
            {"name": "Laine Oy", "phone": "0401234567", "y-tunnus": "2077474-0"},
            {"name": "Laine Oy", "phone": "0401234567", "y-tunnus": "0112038-9"},
        ),
    ],
)
def test_two_people_who_look_alike_are_not_shown(
    veto: str, one: dict[str, object], other: dict[str, object]
) -> None:
    low, high = person(1, **one), person(2, **other)
    assert veto_of(low, high) == veto
    assert found(low, high, at_least=0.01) == []


def test_slip_in_a_first_name_is_no_household() -> None:
    one = person(1, name="Marjatta Laine", osoite="Koivutie 3", postinumero="90100")
    other = person(2, name="Marjata Laine", osoite="Koivutie 3", postinumero="90100")
    assert veto_of(one, other) == ""
    assert found(one, other) == [(1, 2)]


def crowd(size: int) -> list[Likeness]:
    dice = random.Random(7)
    return [
        person(
            number,
            firstName=dice.choice(FIRST),
            lastName=dice.choice(LAST),
            phone=f"040{dice.randrange(10**7):07}",
            osoite=f"{dice.choice(LAST)}nkatu {dice.randrange(90)}",
            postinumero=f"{dice.randrange(99999):05}",
        )
        for number in range(1, size + 1)
    ]


def test_doubles_are_found_in_a_crowd_and_nobody_else() -> None:
    people = crowd(1500)
    doubles = []
    for number, original in enumerate(people[:40]):
        slip = str(original.surname)[:-2] + str(original.surname)[-1] + str(original.surname)[-2]
        doubles.append(
            Likeness(
                5000 + number,
                given=original.given,
                given_group=original.given_group,
                surname=slip,
                phone=original.phone if number % 2 else None,
                street=original.street,
                home=original.home,
                postcode=original.postcode,
            )
        )
    pairs = found(*people, *doubles)
    assert {high for _low, high in pairs if high >= 5000} == {d.id for d in doubles}
    assert {(low, high) for low, high in pairs if high < 5000} == set()


def test_order_of_people_changes_nothing() -> None:
    people = [*crowd(50), *(Likeness(900 + p.id, *_keys(p)) for p in crowd(10))]
    assert likely_pairs(people, at_least=0.5) == likely_pairs(people[::-1], at_least=0.5)


def _keys(person: Likeness) -> list[str | None]:
    return [getattr(person, name) for name in Likeness.__struct_fields__[1:]]


def test_evidence_says_how_each_field_weighs() -> None:
    one = person(1, name="Mika Häkkinen", birthday="1968-09-28", phone="0401234567")
    other = person(2, name="Mika Häkkinen", birthday="1968-09-28", phone="0509999999")
    (pair,) = likely_pairs([one, other], at_least=0.5)
    told = {e.field: (e.level, e.ratio > 1) for e in pair.evidence}
    assert told == {
        "given": ("same", True),
        "surname": ("same", True),
        "phone": ("other", False),
        "born": ("same", True),
    }


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.key)
def test_shares_of_each_field_make_a_whole(field: Field) -> None:
    assert sum(level.m for level in field.levels) == pytest.approx(1)
    assert sum(level.u for level in field.levels) == pytest.approx(1, abs=0.02)


def test_nobody_and_one_make_no_pairs() -> None:
    assert found() == []
    assert found(JUSSI) == []
