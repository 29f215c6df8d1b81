"""What the tracking door answers: success is exactly 200, errors carry a code and a sentence.

Every answer carries the CORS headers: a browser that cannot read an answer treats it as a failure, and
without `Retry-After` exposed it does not wait.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

JSON = b"application/json"
GIF = b"image/gif"
SCRIPT = b"text/javascript; charset=utf-8"
MAX_AGE = b"86400"
ALLOWED_HEADERS = (
    b"Authorization, Content-Type, Content-Encoding, AnonymousId, SentAt, X-Write-Key,"
    b" X-Retry-Count"
)
PLAIN_HEADERS = re.compile(rb"[A-Za-z0-9_,\- ]{1,1000}")
# The smallest picture there is: one transparent dot.
DOT = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


class Answer(msgspec.Struct, frozen=True):
    """One answer: status, body, and headers beside those of CORS and length."""

    status: int = 200
    body: bytes = b'{"success":true}'
    content_type: bytes = JSON
    headers: tuple[Header, ...] = ()


TAKEN = Answer()
PICTURE = Answer(
    200, DOT, GIF, ((b"cache-control", b"no-store, max-age=0"), (b"pragma", b"no-cache"))
)


class NotTaken(Exception):
    """The request is answered with an error: `answer` says which."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


def error(status: int, code: str, message: str, *headers: Header) -> Answer:
    """Return an error in the shape that every client can read."""
    body = msgspec.json.encode({"code": code, "message": message})
    return Answer(status, body, headers=headers)


def later(code: str, message: str, *, seconds: float | None = None, status: int = 429) -> Answer:
    """Return an error that asks the client to come back; 429 is what most of them obey."""
    wait = str(max(1, round(seconds or 1))).encode()
    return error(status, code, message, (b"retry-after", wait))


def preflight(headers: MutableMapping[bytes, bytes]) -> Answer:
    """Return the answer to OPTIONS: what is asked for is allowed, and remembered for a day."""
    asked = headers.get(b"access-control-request-headers", b"")
    allowed = asked if PLAIN_HEADERS.fullmatch(asked) else ALLOWED_HEADERS
    return Answer(
        200,
        b"",
        headers=(
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", allowed),
            (b"access-control-max-age", MAX_AGE),
        ),
    )


async def send_answer(send: Send, answer: Answer, *, origin: bytes) -> None:
    """Send `answer`. `origin`: the header Origin of the request, b"" without one."""
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"access-control-expose-headers", b"Retry-After"),
        *answer.headers,
    ]
    if origin:
        headers += (
            (b"access-control-allow-origin", origin),
            # Beacons are sent with credentials; none are read here.
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
        )
    else:
        headers.append((b"access-control-allow-origin", b"*"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
