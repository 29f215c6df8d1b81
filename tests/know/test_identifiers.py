"""Identifiers in their one form."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.know.identifiers import email_of, named, phone_of
from tests.know.cast import browser, server

MOBILES = st.from_regex(r"\+358(4[0-9]|50)[0-9]{4,9}", fullmatch=True)
AT_HOME = st.from_regex(r"(\+358 ?|0)(4[0-9]|50)([ -]?[0-9]){4,9}", fullmatch=True)


@given(MOBILES | AT_HOME)
def test_phone_of_a_finnish_mobile_is_what_the_library_says(text: str) -> None:
    number = phonenumbers.parse(text, "FI")
    is_one = phonenumbers.is_valid_number(number)
    said = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    assert phone_of(text) == (said if is_one else "")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("045 700 1234", "+358457001234"),
        ("0457001234", "+358457001234"),
        ("+358 (0)45 700 1234", "+358457001234"),
        ("00358457001234", "+358457001234"),
        ("+46 70 123 45 67", "+46701234567"),
        ("17163", ""),
        ("358457001234", "+358457001234"),
        ("12", ""),
        ("+358491234567", ""),
        ("soita!", ""),
        ("", ""),
    ],
)
def test_phone_of_reads_numbers_as_people_write_them(text: str, form: str) -> None:
    assert phone_of(text) == form


def test_phone_of_reads_a_number_without_a_country_in_the_region_given() -> None:
    assert phone_of("070 123 45 67", "SE") == "+46701234567"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (" Aino@Example.COM ", "aino@example.com"),
        ("aino@localhost", ""),
        ("aino virtanen@example.com", ""),
        ("@example.com", ""),
        ("aino", ""),
        ("a" * 250 + "@example.com", ""),
    ],
)
def test_email_of_reads_addresses(text: str, form: str) -> None:
    assert email_of(text) == form


def test_named_puts_the_most_telling_first() -> None:
    said = named(server(anonymous="d1", email="a@example.com", user="aino", extra=(("crm", "7"),)))

    assert [kind for kind, _ in said.pairs] == ["user_id", "crm", "email", "anonymous_id"]


def test_named_takes_the_addresses_of_traits_as_a_trusted_senders_own() -> None:
    traits = {"email": "A@example.com", "phone": "045 700 1234"}

    assert named(server(user="aino", traits=traits)).pairs == (
        ("user_id", "aino"),
        ("email", "a@example.com"),
        ("phone", "+358457001234"),
    )
    told = named(browser(user="aino", traits=traits))
    assert told.pairs == (("user_id", "aino"),)
    assert told.claims == (("email", "a@example.com"), ("phone", "+358457001234"))
