"""How many parts a text message takes, and in which alphabet (3GPP TS 23.038 and 23.040).

A part holds 140 octets. The GSM alphabet packs 160 characters of seven bits into one part, 153 into
each of several (six octets go to the header that joins them); UCS-2 has 70 and 67. A character of
the extension table takes two places and never stands across two parts; nor does a surrogate pair.
"""

from __future__ import annotations

from typing import Literal

import msgspec

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")


class Segments(msgspec.Struct, frozen=True):
    """How a text travels. `units` are septets (gsm) or 16-bit units (ucs2) of the whole text."""

    alphabet: Literal["gsm", "ucs2"]
    units: int
    parts: int


def segments_of(text: str) -> Segments:
    """Return the alphabet, the size and the number of parts of a text message.

    >>> segments_of("Hyvää syksyä!")
    Segments(alphabet='gsm', units=13, parts=1)
    >>> segments_of("€" * 80), segments_of("€" * 81)
    (Segments(alphabet='gsm', units=160, parts=1), Segments(alphabet='gsm', units=162, parts=2))
    >>> segments_of("🙂")
    Segments(alphabet='ucs2', units=2, parts=1)
    """
    if all(character in BASIC or character in EXTENSION for character in text):
        widths = [2 if character in EXTENSION else 1 for character in text]
        return _packed("gsm", widths, single=160, joined=153)
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return _packed("ucs2", widths, single=70, joined=67)


def _packed(
    alphabet: Literal["gsm", "ucs2"], widths: list[int], *, single: int, joined: int
) -> Segments:
    units = sum(widths)
    if units <= single:
        return Segments(alphabet, units, 1)
    parts, filled = 1, 0
    for width in widths:
        if filled + width > joined:
            parts, filled = parts + 1, 0
        filled += width
    return Segments(alphabet, units, parts)
