"""E-mail addresses: which ones can be written to, and addresses that carry a reference."""

from __future__ import annotations

import re
from email.utils import formataddr

from keskio.kernel.errors import Mistake

SEPARATOR = "+"
# RFC 5321 atoms only: quoted local parts are legal, unused, and a way into other people's headers.
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~+.\-]{1,64}")
DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?")
_controls = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LONGEST_NAME = 120


def checked(address: str) -> str:
    """Return an address in the form in which SMTP takes it (domain in ASCII).

    Raises Mistake for whatever is not one plain address; nothing that passes can hold a line break,
    a second address or a header.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not at or not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(ascii_domain):
        raise Mistake(f"{address[:100]!r} is not an e-mail address that can be written to.")
    return f"{local}@{ascii_domain}"


def with_reference(address: str, reference: str) -> str:
    """Return `local+reference@domain`; without a reference the address itself.

    >>> with_reference("vastaus@example.com", "kabc")
    'vastaus+kabc@example.com'
    """
    if not reference:
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}{SEPARATOR}{reference}@{domain}"


def without_reference(address: str) -> str:
    """Return an address in lower case without what stands behind the plus sign."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition(SEPARATOR)[0]}@{domain}"


def one_line(text: str) -> str:
    """Return a text without control characters and line breaks, fit for a header."""
    return " ".join(_controls.sub(" ", text).split())


def named(name: str, address: str) -> str:
    """Return `Name <address>` for a header, the name encoded when it must be."""
    return formataddr((one_line(name)[:LONGEST_NAME], address))
