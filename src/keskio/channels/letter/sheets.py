"""What a letter on paper consists of, and who it is from."""

from __future__ import annotations

import msgspec


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Who letters are from: name, lines of the address, and what stands at the foot of each page.

    The window is so many millimetres from the left and the top of the sheet.
    """

    company: str
    address: tuple[str, ...] = ()
    foot: str = ""
    window_left: int = 20
    window_top: int = 38


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One letter. `address` has a line for each line; `picture` is a PNG or JPEG above the text.

    In `text` an empty line parts paragraphs, `**` makes bold. `reference` says which letter it is.
    """

    address: str
    text: str
    subject: str = ""
    language: str = "fi"
    reference: str = ""
    picture: bytes = b""
