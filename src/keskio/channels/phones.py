"""Telephone numbers as they are kept: E.164, and short numbers and names as they are."""

from __future__ import annotations

import phonenumbers

WRITTEN = ("plus", "bare", "zeros")


def e164(text: str, *, region: str) -> str:
    """Return a telephone number in E.164, or "" when `text` is not a possible number.

    Gateways leave out the plus of an international number: `358401234567` and `00358…` count too.
    `region` is the country of numbers without a country code.
    """
    text = text.strip()
    for attempt in (text, "+" + text.lstrip("+")):
        try:
            number = phonenumbers.parse(attempt, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def written(number: str, style: str) -> str:
    """Return an E.164 number as a gateway wants it: with the plus, bare, or behind two zeros."""
    digits = number.removeprefix("+")
    if style == "bare" or digits == number:
        return digits
    return "00" + digits if style == "zeros" else number
