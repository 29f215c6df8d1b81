"""Bodies as text, for a table that a person reads, and back again without loss."""

from __future__ import annotations

import base64

BINARY = "base64:"


def written(body: bytes) -> str:
    r"""Return a body as text that `unwritten` turns back into the same bytes.

    >>> written(b'{"a": 1}'), written(b"\x00\xff")
    ('{"a": 1}', 'base64:AP8=')
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = BINARY
    if "\x00" in text or text.startswith(BINARY):
        return BINARY + base64.b64encode(body).decode()
    return text


def unwritten(text: str) -> bytes:
    r"""Return the bytes that `written` was given.

    >>> unwritten(written(b"\x00\xff"))
    b'\x00\xff'
    """
    if text.startswith(BINARY):
        return base64.b64decode(text.removeprefix(BINARY))
    return text.encode()
