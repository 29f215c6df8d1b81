"""What customers are compared by: one row of keys each, brought to one form.

Knows the usual names of traits (of the tracking API, of Finnish and English files). A key is None
where nothing usable is known: nothing known is no evidence, for or against.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from keskio.know.finnish import (
    GIVEN_NAMES,
    address_parts,
    birth_date_in,
    business_id_of,
    fold,
    given_name_group,
    given_name_key,
    personal_code_of,
    postcode_of,
    surname_key,
)
from keskio.know.identifiers import email_of, phone_of

_FIRST = ("firstName", "first_name", "etunimi", "given_name")
_LAST = ("lastName", "last_name", "sukunimi", "surname", "family_name")
_NAME = ("name", "nimi", "full_name")
_PHONE = ("phone", "puhelin", "mobile", "matkapuhelin")
_EMAIL = ("email", "sähköposti", "sahkoposti", "e-mail")
_STREET = ("street", "katuosoite", "osoite", "street_address", "address")
_POSTCODE = ("postal_code", "postalCode", "postcode", "postinumero", "zip")
_BORN = ("birthday", "birth_date", "born_on", "date_of_birth", "syntymäaika", "syntymaaika")
_BUSINESS = ("business_id", "y-tunnus", "y_tunnus", "ytunnus")
_PERSONAL = ("hetu", "henkilötunnus", "personal_code", "ssn")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_FINNISH_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


class Likeness(msgspec.Struct, frozen=True, gc=False):
    """The keys of one customer. `given_group` joins nicknames; `home` is the stairs and the flat."""

    id: int
    given: str | None = None
    given_group: str | None = None
    surname: str | None = None
    phone: str | None = None
    email: str | None = None
    mailbox: str | None = None
    street: str | None = None
    home: str | None = None
    postcode: str | None = None
    born: str | None = None
    business: str | None = None
    personal: str | None = None


def likeness_of(
    customer: int, traits: Mapping[str, Any], *, name: str = "", email: str = "", phone: str = ""
) -> Likeness:
    """Return what `customer` is compared by; the addresses in force complete the traits.

    >>> likeness_of(1, {"name": "Jussi Wirtanen", "osoite": "Hämeenk. 5 B 12, 33100 Tampere"}).street
    'hameenkatu 5'
    """
    given, surname = _names_in(traits, name)
    street_text, postcode_text = _address_in(traits)
    street, home = address_parts(street_text) if street_text else ("", "")
    address = email or email_of(_text(traits, _EMAIL))
    personal = personal_code_of(_text(traits, _PERSONAL))
    born_by_code = birth_date_in(personal) if personal else None
    born = born_by_code.isoformat() if born_by_code else _date_in(_text(traits, _BORN))
    return Likeness(
        id=customer,
        given=given_name_key(given) or None,
        given_group=given_name_group(given) or None,
        surname=surname_key(surname) or None,
        phone=phone or phone_of(_text(traits, _PHONE)) or None,
        email=address or None,
        mailbox=fold(address.partition("@")[0]) or None,
        street=street or None,
        home=home or None,
        postcode=postcode_of(postcode_text) or None,
        born=born or None,
        business=business_id_of(_text(traits, _BUSINESS)) or None,
        personal=personal or None,
    )


def _text(traits: Mapping[str, Any], names: Sequence[str]) -> str:
    for name in names:
        value = traits.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def _names_in(traits: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return first name and surname; of a full name, the last word is the surname.

    "Virtanen, Matti" is turned round, and "Virtanen Matti" where only the last is a first name.
    """
    given, surname = _text(traits, _FIRST), _text(traits, _LAST)
    if given and surname:
        return given, surname
    full = _text(traits, _NAME) or name
    before, comma, after = full.partition(",")
    if comma and after.strip():
        return given or after.strip(), surname or before.strip()
    words = full.split()
    if len(words) < 2:
        return given, surname or full
    if not given and not surname and _is_given(words[-1]) and not _is_given(words[0]):
        return " ".join(words[1:]), words[0]
    return given or words[0], surname or words[-1]


def _is_given(word: str) -> bool:
    return given_name_key(word) in GIVEN_NAMES


def _address_in(traits: Mapping[str, Any]) -> tuple[str, str]:
    nested = traits.get("address")
    if isinstance(nested, Mapping):
        return _text(nested, ("street", "line1")), _text(nested, _POSTCODE)
    street = _text(traits, _STREET)
    return street, _text(traits, _POSTCODE) or _postcode_in(street)


def _postcode_in(line: str) -> str:
    found = re.search(r"\b\d{5}\b", line)
    return found[0] if found else ""


def _date_in(text: str) -> str:
    found = _DATE.match(text)
    if found:
        return found[0]
    finnish = _FINNISH_DATE.match(text)
    if finnish:
        day, month, year = finnish.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    return ""


def shown_values(
    traits: Mapping[str, Any], name: str = "", email: str = "", phone: str = ""
) -> dict[str, str]:
    """Return the values of the compared fields as they were written, for people to look at."""
    given, surname = _names_in(traits, name)
    street, postcode = _address_in(traits)
    is_in_line = postcode in street
    return {
        "given": given,
        "surname": surname,
        "phone": phone or _text(traits, _PHONE),
        "email": email or _text(traits, _EMAIL),
        "address": street if is_in_line else f"{street}, {postcode}".strip(", "),
        "born": _text(traits, _BORN) or _text(traits, _PERSONAL)[:6],
        "business": _text(traits, _BUSINESS),
    }
