"""Signed references: which message an answer belongs to, in a form that survives mail systems.

A reference is written into reply addresses (`reply+REFERENCE@…`), bounce addresses, Message-IDs and
the addresses of delivery reports. It is short (a local part may have 64 characters), uses only
letters and digits that mean the same in both cases, and cannot be made up: 48 bits of HMAC-SHA256
stand behind the two numbers. It is a claim about a message, not a permission to see anything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from django.conf import settings

from keskio.channels.contracts import Reference

SIGNATURE_SIZE = 6
SALT = b"keskio.channels.reference"
LONGEST = 43
WORDS = re.compile(rf"(?<![a-z2-7])k[a-z2-7]{{11,{LONGEST}}}(?![a-z2-7])", re.IGNORECASE)


def make_reference(message: int, customer: int) -> str:
    """Return the reference of a message: `k` and 12 to 43 letters and digits, all in lower case.

    >>> read_reference(make_reference(42, 7).upper())
    Reference(message=42, customer=7)
    """
    numbers = _varint(message) + _varint(customer)
    signed = numbers + _signature(numbers, _keys()[0])
    return "k" + base64.b32encode(signed).decode("ascii").rstrip("=").lower()


def read_reference(text: str) -> Reference | None:
    """Return the first true reference that stands anywhere in `text`, or None.

    `text` may be a bare reference, an address with plus-addressing in any case, or a header.
    Whatever was made up or damaged is passed over.
    """
    for match in WORDS.finditer(text):
        found = _read_one(match.group())
        if found is not None:
            return found
    return None


def _read_one(word: str) -> Reference | None:
    code = word[1:].upper()
    try:
        signed = base64.b32decode(code + "=" * (-len(code) % 8))
    except binascii.Error:
        return None
    numbers, signature = signed[:-SIGNATURE_SIZE], signed[-SIGNATURE_SIZE:]
    if not any(hmac.compare_digest(signature, _signature(numbers, key)) for key in _keys()):
        return None
    message, rest = _read_varint(numbers)
    customer, _ = _read_varint(rest)
    return Reference(message, customer)


def _keys() -> list[bytes]:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [key.encode() if isinstance(key, str) else key for key in keys]


def _signature(numbers: bytes, key: bytes) -> bytes:
    return hmac.digest(hashlib.sha256(SALT + key).digest(), numbers, "sha256")[:SIGNATURE_SIZE]


def _varint(number: int) -> bytes:
    """Return a whole number, at least 0, in groups of seven bits, lowest first (LEB128)."""
    if number < 0:
        raise ValueError("a reference holds numbers from 0 up")
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _read_varint(groups: bytes) -> tuple[int, bytes]:
    number = 0
    for place, group in enumerate(groups):
        number |= (group & 0x7F) << (7 * place)
        if group < 0x80:
            return number, groups[place + 1 :]
    return number, b""
