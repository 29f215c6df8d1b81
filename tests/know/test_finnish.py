"""What people write many ways has one key; what is different keeps different keys."""

from __future__ import annotations

from datetime import date

import pytest

from keskio.know.finnish import (
    address_key,
    birth_date_in,
    business_id_of,
    fold,
    given_name_group,
    given_name_key,
    personal_code_of,
    postcode_of,
    surname_key,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Häkkinen", "HAKKINEN"),
        ("Wirtanen", "Virtanen"),
        ("Åkerblom", "Akerblom"),
        ("Meri-Virtanen", "Meri Virtanen"),
        ("Nieminen ", "nieminen"),
    ],
)
def test_surnames_written_otherwise_are_one(one: str, other: str) -> None:
    assert surname_key(one) == surname_key(other)


@pytest.mark.parametrize(("one", "other"), [("Mäki", "Mäkinen"), ("Laine", "Lahti")])
def test_other_surnames_stay_other(one: str, other: str) -> None:
    assert surname_key(one) != surname_key(other)


@pytest.mark.parametrize(
    ("nickname", "name"),
    [
        ("Jussi", "Johannes"),
        ("Maija", "Maria"),
        ("Ville", "Vilhelm"),
        ("Liisa", "Elisabet"),
        ("Kalle", "Kaarlo"),
        ("Masa", "Matti"),
        ("Yrjö", "Jyrki"),
    ],
)
def test_nicknames_are_in_the_group_of_their_names(nickname: str, name: str) -> None:
    assert given_name_group(nickname) == given_name_group(name)


@pytest.mark.parametrize(("one", "other"), [("Matti", "Antti"), ("Anna", "Aino"), ("Eero", "Eino")])
def test_other_names_are_in_other_groups(one: str, other: str) -> None:
    assert given_name_group(one) != given_name_group(other)


def test_first_of_several_first_names_counts() -> None:
    assert given_name_key("Matti Johannes") == "matti"


@pytest.mark.parametrize(
    "written",
    [
        "Mannerheimintie 12 A 3",
        "mannerheimintie 12 a3",
        "Mannerheimint. 12 as. A 3",
        "MANNERHEIMINTIE 12  A 3, 00100 Helsinki",
    ],
)
def test_addresses_written_otherwise_are_one(written: str) -> None:
    assert address_key(written) == "mannerheimintie 12 a 3"


def test_another_flat_is_another_address() -> None:
    assert address_key("Hämeenkatu 5 B 12") != address_key("Hämeenkatu 5 B 13")


@pytest.mark.parametrize(
    ("written", "postcode"),
    [("00100", "00100"), ("FI-33100 Tampere", "33100"), ("0010", ""), ("", "")],
)
def test_postcodes_are_five_digits(written: str, postcode: str) -> None:
    assert postcode_of(written) == postcode


def test_business_ids_are_checked() -> None:
    assert [business_id_of(text) for text in ("2077474-0", "2077474-1", "x")] == [
        "2077474-0",
        "",
        "",
    ]


def test_personal_codes_are_checked_with_the_new_marks() -> None:
    # Artificial codes only: individual numbers from 900 are nobody's.
    assert personal_code_of("010190-900P") == "010190-900P"
    assert personal_code_of("010190-900A") == ""
    assert birth_date_in("010190Y900P") == date(1990, 1, 1)
    assert birth_date_in("nonsense") is None


def test_folding_leaves_other_alphabets_alone() -> None:
    assert fold("Žižek Škoda Ünal") == "zizek skoda unal"
    assert fold("Иванов") == "иванов"
