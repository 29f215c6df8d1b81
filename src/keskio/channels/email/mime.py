"""Letters as bytes (RFC 5322, 2045-2047, 2369, 3834, 8058): the same letter always gives the same bytes.

Bodies are UTF-8 in quoted-printable, so no line is too long and no boundary can occur in them.
Nothing that a customer or a template writes can add a header: line breaks and control characters
become spaces, addresses are checked.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

import msgspec

from keskio.channels.email.addresses import one_line

LINE = 76
LONGEST_ID = 250
_not_in_an_id = re.compile(r"[^!-;=?-~]")
_breaks = re.compile(r"\r\n|\r|\n")


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter says and the addresses on it; addresses are checked by the caller."""

    sender: str
    to: str
    reply_to: str
    message_id: str
    sent_at: datetime
    subject: str
    text: str
    html: str = ""
    language: str = ""
    unsubscribe: str = ""
    one_click: str = ""
    in_reply_to: str = ""
    by_person: bool = False


def letter_of(sheet: Sheet) -> bytes:
    """Return the letter with CRLF line ends: text alone, or text and HTML as alternatives."""
    headers = [
        _header("From", sheet.sender),
        _header("To", sheet.to),
        _header("Subject", sheet.subject),
        f"Date: {format_datetime(sheet.sent_at)}",
        f"Message-ID: <{one_line(sheet.message_id)}>",
        _header("Reply-To", sheet.reply_to),
    ]
    if not sheet.by_person:
        # RFC 3834: other machines must not answer a machine.
        headers.append("Auto-Submitted: auto-generated")
    headers.append("MIME-Version: 1.0")
    before = _not_in_an_id.sub("", sheet.in_reply_to)[:LONGEST_ID]
    if before:
        headers += [f"In-Reply-To: <{before}>", f"References: <{before}>"]
    if sheet.language:
        headers.append(_header("Content-Language", sheet.language))
    headers += _unsubscribing(sheet)
    head = "\r\n".join(headers).encode("ascii")
    if not sheet.html:
        return head + b"\r\n" + _part("plain", sheet.text)
    digest = hashlib.sha256(head + sheet.text.encode() + sheet.html.encode()).hexdigest()
    # "=_" never occurs in quoted-printable, so the boundary cannot either.
    edge = f"=_{digest[:24]}".encode()
    return b"".join(
        (
            head + b'\r\nContent-Type: multipart/alternative; boundary="' + edge + b'"\r\n\r\n',
            b"--" + edge + b"\r\n" + _part("plain", sheet.text),
            b"\r\n--" + edge + b"\r\n" + _part("html", sheet.html),
            b"\r\n--" + edge + b"--\r\n",
        )
    )


def _unsubscribing(sheet: Sheet) -> list[str]:
    """Return how the receiver's mail program may end such letters: by HTTP first, then by letter.

    One click is offered by HTTPS only, as RFC 8058 asks; both headers must be under the DKIM signature.
    """
    ways = [f"<{one_line(sheet.one_click)}>"] if sheet.one_click else []
    if sheet.unsubscribe:
        ways.append(f"<mailto:{sheet.unsubscribe}?subject=unsubscribe>")
    if not ways:
        return []
    headers = ["List-Unsubscribe: " + ",\r\n ".join(ways)]
    if sheet.one_click.startswith("https://"):
        headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return headers


def _part(kind: str, text: str) -> bytes:
    # b2a_qp takes its line ends from the first one it finds, so there must be one.
    body = (_breaks.sub("\r\n", text) + "\r\n").encode("utf-8", "replace")
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode() + binascii.b2a_qp(body, istext=True)


def _header(name: str, value: str) -> str:
    line = one_line(value)
    if line.isascii() and len(name) + 2 + len(line) <= LINE:
        return f"{name}: {line}"
    charset = "us-ascii" if line.isascii() else "utf-8"
    folded = Header(line, charset, header_name=name, maxlinelen=LINE).encode(linesep="\r\n")
    return f"{name}: {folded}"
