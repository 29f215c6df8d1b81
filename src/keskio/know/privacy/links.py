"""Signed links of the preference page: to whom, from which message, for years.

A link holds its numbers and 72 bits of HMAC-SHA256; nothing is kept about it, so that it works for as long
as the installation's secret does. It opens one customer's preferences and shows nothing that names
them. Its key is another than that of reply addresses, which mail servers and correspondents see.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec
from django.conf import settings

_SIZE = 9
_SALT = b"keskio.know.privacy.link"
# Places in this list stand in links that live for years: only add to its end.
_CHANNELS = ("*", "email", "sms", "letter", "call", "web", "push", "social", "webhook")
_PURPOSES = ("*", "marketing", "live", "research", "health", "service", "asked_for", "profiling")
_PREFERENCES, _NOTICE = b"\x01", b"\x02"


class Link(msgspec.Struct, frozen=True):
    """What a link of the preference page says: whose it is, and which message it came with."""

    customer: int
    message: int = 0
    purpose: str = "*"
    channel: str = "*"


def make_token(link: Link) -> str:
    """Return the link's part of an address: letters, digits, `-` and `_`.

    >>> read_token(make_token(Link(7, 42, "marketing", "email")))
    Link(customer=7, message=42, purpose='marketing', channel='email')
    """
    channel = _CHANNELS.index(link.channel) if link.channel in _CHANNELS else 0
    told = _number(link.message) + _number(link.customer) + bytes([channel])
    if link.purpose in _PURPOSES:
        told += bytes([_PURPOSES.index(link.purpose)])
    else:
        told += b"\xff" + link.purpose.encode()
    return _signed(_PREFERENCES, told)


def read_token(text: str) -> Link | None:
    """Return what a true token says, or None for one that was made up or damaged."""
    told = _checked(_PREFERENCES, text)
    if told is None:
        return None
    message, rest = _read_number(told)
    customer, rest = _read_number(rest)
    purpose = rest[2:].decode() if rest[1] == 0xFF else _PURPOSES[rest[1]]
    return Link(customer, message, purpose, _CHANNELS[rest[0]])


def make_notice_token(notice: int) -> str:
    """Return the token by which the receiver of a notice confirms it.

    >>> read_notice_token(make_notice_token(5))
    5
    """
    return _signed(_NOTICE, _number(notice))


def read_notice_token(text: str) -> int | None:
    """Return the number of the notice that a true token is about, or None."""
    told = _checked(_NOTICE, text)
    return None if told is None else _read_number(told)[0]


def page_address(link: Link) -> str:
    """Return the whole address of a customer's preference page."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/p/{make_token(link)}/"


def preference_page(customer: int, message: int, purpose: str, channel: str) -> str:
    """Return the address of the preference page for a message of a purpose in a channel."""
    return page_address(Link(customer, message, purpose, channel))


def notice_address(notice: int) -> str:
    """Return the whole address at which a notice is confirmed."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/p/c/{make_notice_token(notice)}/"


def _signed(kind: bytes, told: bytes) -> str:
    signature = _signature(kind + told, _keys()[0])
    return base64.urlsafe_b64encode(told + signature).decode("ascii").rstrip("=")


def _checked(kind: bytes, text: str) -> bytes | None:
    try:
        signed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    told, signature = signed[:-_SIZE], signed[-_SIZE:]
    if not told:
        return None
    for key in _keys():
        if hmac.compare_digest(signature, _signature(kind + told, key)):
            return told
    return None


def _keys() -> list[bytes]:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [key.encode() if isinstance(key, str) else key for key in keys]


def _signature(told: bytes, key: bytes) -> bytes:
    return hmac.digest(hashlib.sha256(_SALT + key).digest(), told, "sha256")[:_SIZE]


def _number(number: int) -> bytes:
    """Return a whole number, at least 0, as its length and its bytes."""
    size = (number.bit_length() + 7) // 8
    return bytes([size]) + number.to_bytes(size, "big")


def _read_number(told: bytes) -> tuple[int, bytes]:
    size = told[0]
    return int.from_bytes(told[1 : 1 + size], "big"), told[1 + size :]
