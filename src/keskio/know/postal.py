"""A customer's address on an envelope, out of traits as sources and imports name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

STREET = ("street", "street_address", "address", "katuosoite", "osoite", "line1")
POSTCODE = ("postal_code", "postalCode", "postcode", "postinumero", "zip")
CITY = ("city", "town", "postitoimipaikka", "kaupunki")
COUNTRY = ("country", "maa")
FIRST, LAST = ("first_name", "firstName", "etunimi"), ("last_name", "lastName", "sukunimi")
NAME = ("name", "nimi", "company")
POSTAL = frozenset({*STREET, *POSTCODE, *CITY, *COUNTRY, *FIRST, *LAST, *NAME})
"""The traits that an address is made of."""

HOME = frozenset({"fi", "fin", "suomi", "finland"})
_POSTCODE_IN = re.compile(r"\b\d{5}\b")


def postal_address(traits: Mapping[str, Any]) -> str:
    r"""Return the lines of the address, the name first; "" when street, postcode or town is missing.

    >>> postal_address({"first_name": "Aino", "last_name": "Öhman", "street": "Koivukatu 5 A 12",
    ...                 "postal_code": "33100", "city": "Tampere"})
    'Aino Öhman\nKoivukatu 5 A 12\n33100 TAMPERE'
    >>> postal_address({"name": "Aino", "address": {"street": "Koivukatu 5", "postalCode": "33100",
    ...                 "city": "Tampere", "country": "FI"}})
    'Aino\nKoivukatu 5\n33100 TAMPERE'
    >>> postal_address({"name": "Aino", "osoite": "Koivukatu 5, 33100 Tampere"})
    'Aino\nKoivukatu 5\n33100 TAMPERE'
    >>> postal_address({"name": "Aino", "street": "Koivukatu 5"})
    ''
    """
    nested = traits.get("address")
    told = {**traits, "address": "", **nested} if isinstance(nested, Mapping) else traits
    street, postcode, city = _text(told, STREET), _text(told, POSTCODE), _text(told, CITY)
    if street and not postcode:
        street, postcode, city = _apart(street, city)
    name = f"{_text(told, FIRST)} {_text(told, LAST)}".strip() or _text(told, NAME)
    if not (name and street and postcode and city):
        return ""
    country = _text(told, COUNTRY)
    abroad = [country.upper()] if country and country.lower() not in HOME else []
    lines = [name, *street.splitlines(), f"{postcode} {city.upper()}", *abroad]
    return "\n".join(line.strip() for line in lines if line.strip())


def _apart(street: str, city: str) -> tuple[str, str, str]:
    """Return street, postcode and town of an address that is told on one line."""
    found = _POSTCODE_IN.search(street)
    if found is None:
        return street, "", city
    return (
        street[: found.start()].strip(" ,\n"),
        found[0],
        city or street[found.end() :].strip(" ,"),
    )


def _text(told: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = told.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
