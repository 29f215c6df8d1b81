"""A door to test with, and a way to call it as a server would."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

import msgspec

from keskio.tracking.contracts import KeyEntry, Meta
from keskio.tracking.door import Door

SERVER = "wk_server"
BROWSER = "wk_browser"
RETIRED = "wk_retired"
ENTRIES = {
    SERVER: KeyEntry(1, 10, "shop", "Shop", trusted=True, own_time=False, retired=False),
    BROWSER: KeyEntry(2, 11, "site", "Site", trusted=False, own_time=True, retired=False),
    RETIRED: KeyEntry(3, 10, "shop", "Shop", trusted=True, own_time=False, retired=True),
}


@dataclass
class Kept:
    kind: str
    source: int
    meta: Meta
    body: bytes


@dataclass
class Memory:
    """A spool that keeps rows in memory, or refuses with `error`."""

    rows: list[Kept] = field(default_factory=list)
    error: Exception | None = None

    async def put(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: int = 0
    ) -> None:
        if self.error is not None:
            raise self.error
        self.rows.append(Kept(kind, source, msgspec.json.decode(meta, type=Meta), body))


class Known:
    async def find(self, key: str) -> KeyEntry | None:
        return ENTRIES.get(key)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return str(msgspec.json.decode(self.body)["code"])


def basic(key: str, *, colon: bool = True) -> dict[str, str]:
    text = f"{key}:" if colon else key
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


class Caller:
    """Calls a door; what it spooled is in `spool.rows`."""

    def __init__(self, **options: Any) -> None:
        self.spool = Memory()
        self.door = Door(self.spool, Known(), **options)

    def call(
        self,
        method: str,
        path: str,
        body: bytes | list[bytes] = b"",
        *,
        headers: dict[str, str] | None = None,
        leaves: bool = False,
    ) -> Reply:
        return asyncio.run(self._call(method, path, body, headers or {}, leaves=leaves))

    def post(self, path: str, told: Any, key: str = SERVER, **headers: str) -> Reply:
        return self.call("POST", path, msgspec.json.encode(told), headers=basic(key) | headers)

    async def _call(
        self,
        method: str,
        path: str,
        body: bytes | list[bytes],
        headers: dict[str, str],
        *,
        leaves: bool,
    ) -> Reply:
        chunks = [body] if isinstance(body, bytes) else list(body)
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "scheme": "http",
            "client": ("203.0.113.7", 5000),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            if not chunks:
                return {"type": "http.disconnect"}
            return {
                "type": "http.request",
                "body": chunks.pop(0),
                "more_body": bool(chunks) or leaves,
            }

        async def send(message: Any) -> None:
            sent.append(message)

        await self.door(scope, receive, send)
        if not sent:
            return Reply(0, {}, b"")
        start, last = sent
        told = {k.decode(): v.decode() for k, v in start["headers"]}
        return Reply(start["status"], told, last["body"])
