"""Reads request bodies: bounded, unpacked, and known to be JSON of the right shape.

Content-Type is ignored: clients send JSON under any name. Items are not looked at here.
"""

from __future__ import annotations

import json
import zlib

import msgspec

from keskio.tracking.answers import Answer, NotTaken, Receive, error, later

LARGEST = 4 * 1024 * 1024
MOST_HELD = 256 * 1024 * 1024
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
NOTHING = msgspec.Raw(b"")


class Gone(Exception):
    """The client left before its request was whole."""


class Header(msgspec.Struct, rename="camel", gc=False):
    """The fields of a body that the door looks at; everything is walked over, so it is JSON."""

    batch: msgspec.Raw = NOTHING
    write_key: msgspec.Raw = NOTHING


_header = msgspec.json.Decoder(Header)

TOO_LARGE = error(
    413, "too_large", f"The body is larger than {LARGEST} bytes. Send it in smaller batches."
)


class Holding:
    """How many bytes of unfinished requests are in memory; above the limit no more are begun."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._held = 0

    async def read(self, receive: Receive, *, told: int) -> bytes:
        """Return the whole body, at most LARGEST bytes. `told`: its length as announced, 0 if not.

        Raises NotTaken when it is too large or too much is held, Gone when the client leaves.
        """
        if told > LARGEST:
            raise NotTaken(TOO_LARGE)
        event = await receive()
        if event["type"] != "http.request":
            raise Gone
        body: bytes = event.get("body", b"")
        if not event.get("more_body", False):
            if len(body) > LARGEST:
                raise NotTaken(TOO_LARGE)
            return body
        return await self._read_on(receive, body)

    async def _read_on(self, receive: Receive, first: bytes) -> bytes:
        chunks = [first]
        size = len(first)
        self._held += size
        try:
            more = True
            while more:
                if size > LARGEST:
                    raise NotTaken(TOO_LARGE)
                if self._held > self._most:
                    raise NotTaken(later("overloaded", "Too much is being sent at once."))
                event = await receive()
                if event["type"] != "http.request":
                    raise Gone
                chunk = event.get("body", b"")
                chunks.append(chunk)
                size += len(chunk)
                self._held += len(chunk)
                more = event.get("more_body", False)
        finally:
            self._held -= size
        if size > LARGEST:
            raise NotTaken(TOO_LARGE)
        return b"".join(chunks)


def unpacked(body: bytes, encoding: bytes) -> bytes:
    """Return the body without its compression; never more than LARGEST bytes.

    A gzip body is known by its first bytes, whatever the header says.
    """
    if body.startswith(GZIP):
        return _inflated(body, wbits=31)
    if encoding in {b"", b"identity", b"gzip", b"x-gzip"}:
        return body
    if encoding == b"deflate":
        return _inflated(body, wbits=15)
    raise NotTaken(
        error(415, "unknown_encoding", "Content-Encoding may be gzip, deflate or identity.")
    )


def _inflated(body: bytes, *, wbits: int) -> bytes:
    parts: list[bytes] = []
    room = LARGEST
    rest = body
    while rest:
        stream = zlib.decompressobj(wbits)
        try:
            part = stream.decompress(rest, room + 1)
        except zlib.error as reason:
            raise NotTaken(_not_packed(str(reason))) from None
        room -= len(part)
        if room < 0:
            raise NotTaken(TOO_LARGE)
        if not stream.eof:
            raise NotTaken(_not_packed("it ends too early"))
        parts.append(part)
        rest = stream.unused_data
    return b"".join(parts)


def _not_packed(reason: str) -> Answer:
    return error(400, "bad_encoding", f"The compressed body cannot be unpacked: {reason}.")


def header_of(body: bytes, *, wants_batch: bool) -> Header:
    """Return the header fields of a body, which is then known to be JSON with a batch or an item.

    Raises NotTaken (400) otherwise. What only a lenient reader accepts (NaN, halves of surrogate
    pairs) is let through: the intake sets the bad items aside and keeps their neighbours.
    """
    try:
        header = _header.decode(body)
    except (msgspec.DecodeError, RecursionError):
        header = _lenient_header_of(body)
    if header.batch is NOTHING:
        if wants_batch:
            raise NotTaken(error(400, "no_batch", "The body needs the field batch: an array."))
    elif bytes(memoryview(header.batch)[:1]) != b"[":
        raise NotTaken(error(400, "no_batch", "The field batch must be an array of items."))
    return header


def _lenient_header_of(body: bytes) -> Header:
    try:
        told = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as reason:
        raise NotTaken(
            error(400, "bad_json", f"The body cannot be read as JSON: {reason}.")
        ) from None
    if not isinstance(told, dict):
        raise NotTaken(error(400, "bad_json", "The body must be a JSON object."))
    header = Header()
    if "batch" in told:
        header.batch = msgspec.Raw(b"[]" if isinstance(told["batch"], list) else b"null")
    if isinstance(told.get("writeKey"), str):
        header.write_key = msgspec.Raw(json.dumps(told["writeKey"]).encode())
    return header
