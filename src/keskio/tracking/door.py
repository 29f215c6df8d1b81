"""The tracking door: a small raw ASGI app that speaks with the clients of Segment and RudderStack.

It finds the write key, bounds and unpacks the body, sees that it is JSON with a batch or an item, puts it
into the spool as it came, and answers after the commit. Items are the intake's business. The wire
contract is kept in `docs/tracking.md`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias
from urllib.parse import parse_qsl, unquote

import msgspec

from keskio.events.contracts import Overloaded
from keskio.kernel.clock import Micros
from keskio.kernel.errors import Trouble
from keskio.tracking.answers import (
    PICTURE,
    TAKEN,
    Answer,
    NotTaken,
    Receive,
    Scope,
    Send,
    error,
    later,
    preflight,
    send_answer,
)
from keskio.tracking.bodies import Gone, Holding, header_of, unpacked
from keskio.tracking.contracts import HOOK, KIND, HookEntry, HookMeta, KeyEntry, Meta
from keskio.tracking.hooks import LARGEST as LARGEST_HOOK
from keskio.tracking.hooks import is_signed
from keskio.tracking.items import TYPES
from keskio.tracking.limits import Buckets
from keskio.tracking.pixel import item_of_query
from keskio.tracking.reasons import Reason
from keskio.tracking.scripts import Scripts
from keskio.tracking.startup import settings_of, source_config_of

PREFIXES = (
    "/v1/",
    "/beacon/",
    "/pixel/",
    "/sourceConfig",
    "/api/s/",
    "/analytics.js/",
    "/analytics-next/",
)
BATCHES = ("batch", "b", "import")
METRICS = "m"

NO_KEY = error(
    401,
    "no_write_key",
    "The request has no write key. Give it as the user name of HTTP Basic, or as writeKey.",
    (b"www-authenticate", b'Basic realm="write key"'),
)
NOT_HERE = error(404, "not_found", "There is no such address.")
NOT_SO = error(405, "wrong_method", "Use POST.", (b"allow", b"POST, OPTIONS"))
NOT_SO_GET = error(405, "wrong_method", "Use GET.", (b"allow", b"GET, OPTIONS"))
NO_HOOK = error(404, "not_found", "There is no web hook at this address, or it is closed.")
NOT_SIGNED = error(401, "bad_signature", "The body's signature is missing or wrong.")
TOO_LARGE_HOOK = error(413, "too_large", f"The body is larger than {LARGEST_HOOK} bytes.")
UNKNOWN_KEY = error(404, "unknown_write_key", "No source has this write key.")

Headers: TypeAlias = dict[bytes, bytes]


class Spools(Protocol):
    """Keeps a request durably; `keskio.events.spool.Spool` does."""

    async def put(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: Micros = 0
    ) -> None:
        """Return when the row is durable."""


class Keys(Protocol):
    """Knows write keys; `keskio.tracking.keyring.Keyring` does."""

    async def find(self, key: str) -> KeyEntry | None:
        """Return what is known of a write key, None for one that no source has."""


class HookKeys(Protocol):
    """Knows web hooks by their tokens; a `keskio.tracking.keyring.Keyring` of them does."""

    async def find(self, key: str) -> HookEntry | None:
        """Return what is known of a token, None for one that no open hook has."""


class Request(msgspec.Struct, gc=False):
    """One request: method, path, headers that matter, the query, and where its body comes from."""

    method: str
    path: str
    headers: Headers
    query: str
    address: str
    scheme: str
    receive: Receive


class Door:
    """The ASGI application behind `PREFIXES`; it handles HTTP requests only.

    `proxies`: how many proxies of the installation's own stand before it, so that the client's
    address is read from the right place of X-Forwarded-For. `browsers` and `strangers` bound how
    often one address may call with a browser's key, and with a key that nobody knows.
    """

    def __init__(  # noqa: PLR0913 - what it is put together from
        self,
        spool: Spools,
        keys: Keys,
        *,
        hooks: HookKeys | None = None,
        scripts: Scripts | None = None,
        proxies: int = 0,
        browsers: Buckets | None = None,
        strangers: Buckets | None = None,
    ) -> None:
        self._spool = spool
        self._keys = keys
        self._hooks = hooks
        self._scripts = scripts or Scripts(())
        self._proxies = proxies
        self._browsers = browsers or Buckets(per_second=50, burst=500)
        self._strangers = strangers or Buckets(per_second=10, burst=100)
        self._holding = Holding()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Headers = dict(scope["headers"])
        request = Request(
            method=scope["method"],
            path=scope["path"],
            headers=headers,
            query=scope["query_string"].decode("latin-1"),
            address=self._address_of(scope, headers),
            scheme=scope.get("scheme", "http"),
            receive=receive,
        )
        try:
            answer = await self._answer(request)
        except NotTaken as not_taken:
            answer = not_taken.answer
        except Gone:
            return
        await send_answer(send, answer, origin=headers.get(b"origin", b""))

    def _address_of(self, scope: Scope, headers: Headers) -> str:
        forwarded = headers.get(b"x-forwarded-for") if self._proxies else None
        if forwarded:
            hops = forwarded.decode("latin-1").split(",")
            return hops[max(0, len(hops) - self._proxies)].strip()
        client = scope.get("client")
        return client[0] if client else ""

    async def _answer(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return preflight(request.headers)
        first, _, rest = request.path[1:].partition("/")
        handler = self._handler_of(first, rest)
        return await handler(request, rest)

    def _handler_of(self, first: str, rest: str) -> Callable[[Request, str], Awaitable[Answer]]:
        if first == "v1":
            return self._settings if rest.startswith("projects/") else self._track
        if first == "sourceConfig":
            return self._source_config
        others = {
            "beacon": self._beacon,
            "pixel": self._pixel,
            "api": self._jitsu,
            "analytics.js": self._script,
            "analytics-next": self._script,
        }
        return others.get(first, self._nothing)

    async def _nothing(self, _request: Request, _rest: str) -> Answer:
        return NOT_HERE

    # What sends events.

    async def _track(self, request: Request, rest: str) -> Answer:
        """Take `/v1/batch`, `/v1/track`, `/v1/t` and their like."""
        path = rest.removesuffix("/")
        if path.startswith("hook/"):
            return await self._hook(request, path.removeprefix("hook/"))
        if path == METRICS:
            return await self._discard(request)
        if path not in TYPES and path not in BATCHES:
            return NOT_HERE
        return await self._take(request, path, _basic_key_of(request.headers))

    async def _beacon(self, request: Request, rest: str) -> Answer:
        """Take `/beacon/v1/batch?writeKey=…`, as pages send it while they close."""
        if rest.removesuffix("/") != "v1/batch":
            return NOT_HERE
        return await self._take(request, "batch", _basic_key_of(request.headers))

    async def _jitsu(self, request: Request, rest: str) -> Answer:
        """Take `/api/s/TYPE` with the header `X-Write-Key: key:secret`."""
        path = rest.removeprefix("s/").removesuffix("/")
        if not rest.startswith("s/") or (path not in TYPES and path not in BATCHES):
            return NOT_HERE
        told = request.headers.get(b"x-write-key", b"").decode("latin-1")
        return await self._take(request, path, told.partition(":")[0].strip())

    async def _take(self, request: Request, path: str, key: str) -> Answer:
        if request.method != "POST":
            return NOT_SO
        headers = request.headers
        told = headers.get(b"content-length", b"0")
        body = await self._holding.read(request.receive, told=int(told) if told.isdigit() else 0)
        body = unpacked(body, headers.get(b"content-encoding", b"").strip().lower())
        header = header_of(body, wants_batch=path in BATCHES)
        key = key or _key_in(header.write_key) or _bearer_of(headers) or _query_key_of(request)
        await self._put(request, path, key, body)
        return TAKEN

    async def _hook(self, request: Request, token: str) -> Answer:
        """Take `/v1/hook/TOKEN`: any body, signed where the hook has a secret. Nothing is read here."""
        if request.method != "POST":
            return NOT_SO
        entry = await self._hooks.find(token) if self._hooks is not None else None
        if entry is None:
            wait = self._strangers.wait_for(request.address)
            return later("too_often", "Too often.", seconds=max(1.0, wait)) if wait else NO_HOOK
        headers = request.headers
        told = headers.get(b"content-length", b"0")
        size = int(told) if told.isdigit() else 0
        if size > LARGEST_HOOK:
            return TOO_LARGE_HOOK
        body = await self._holding.read(request.receive, told=size)
        if len(body) > LARGEST_HOOK:
            return TOO_LARGE_HOOK
        signature = headers.get(entry.header, b"").decode("latin-1")
        if entry.secret and not is_signed(entry.secret, signature, body):
            return NOT_SIGNED
        body = unpacked(body, headers.get(b"content-encoding", b"").strip().lower())
        meta = msgspec.json.encode(HookMeta(entry.id, request.address)).decode()
        await self._store(HOOK, entry.source, meta, body)
        return TAKEN

    async def _pixel(self, request: Request, rest: str) -> Answer:
        """Take `GET /pixel/v1/track?writeKey=…`: an event as a picture, for mails."""
        path = rest.removeprefix("v1/").removesuffix("/")
        if not rest.startswith("v1/") or path not in {"track", "page"}:
            return NOT_HERE
        if request.method != "GET":
            return NOT_SO_GET
        body = msgspec.json.encode(item_of_query(request.query))
        await self._put(request, path, _query_key_of(request), body)
        return PICTURE

    async def _discard(self, request: Request) -> Answer:
        """Answer the client's report about itself, and keep nothing of it."""
        if request.method != "POST":
            return NOT_SO
        await self._holding.read(request.receive, told=0)
        return TAKEN

    async def _put(self, request: Request, path: str, key: str, body: bytes) -> None:
        """Return when the body is durable. Raises NotTaken when it is not in the spool."""
        if not key:
            raise NotTaken(NO_KEY)
        entry = await self._keys.find(key)
        self._check_rate(entry, request.address)
        meta = _meta_of(entry, path, request)
        await self._store(KIND, entry.source if entry else 0, meta, body)

    async def _store(self, kind: str, source: int, meta: str, body: bytes) -> None:
        try:
            await self._spool.put(kind=kind, source=source, meta=meta, body=body)
        except Overloaded as busy:
            raise NotTaken(later(busy.code, busy.message, seconds=busy.retry_after)) from busy
        except Trouble as trouble:
            answer = later("not_stored", trouble.message, seconds=trouble.retry_after, status=503)
            raise NotTaken(answer) from trouble

    def _check_rate(self, entry: KeyEntry | None, address: str) -> None:
        if entry is None or entry.retired:
            wait = self._strangers.wait_for(address)
        elif not entry.trusted:
            wait = self._browsers.wait_for((entry.id, address))
        else:
            return
        if wait:
            raise NotTaken(
                later("too_often", "This address calls too often.", seconds=max(1.0, wait))
            )

    # What clients ask for at their start.

    async def _settings(self, request: Request, rest: str) -> Answer:
        """Answer `GET /v1/projects/KEY/settings`, without which analytics.js does not start."""
        _, key, *last = rest.removesuffix("/").split("/")
        if last != ["settings"]:
            return NOT_HERE
        if request.method != "GET":
            return NOT_SO_GET
        entry = await self._keys.find(unquote(key))
        if entry is None:
            return UNKNOWN_KEY
        return settings_of(unquote(key), scheme=request.scheme, host=_host_of(request))

    async def _source_config(self, request: Request, _rest: str) -> Answer:
        """Answer `GET /sourceConfig/?writeKey=…`, without which Rudder's clients do not start."""
        if request.method != "GET":
            return NOT_SO_GET
        key = _query_key_of(request) or _basic_key_of(request.headers)
        if not key:
            return NO_KEY
        entry = await self._keys.find(key)
        return UNKNOWN_KEY if entry is None else source_config_of(key, entry)

    async def _script(self, request: Request, _rest: str) -> Answer:
        """Serve analytics.js and its parts, where they have been built."""
        if request.method != "GET":
            return NOT_SO_GET
        packed = b"gzip" in request.headers.get(b"accept-encoding", b"")
        return self._scripts.answer_for(request.path, packed=packed)


def _meta_of(entry: KeyEntry | None, path: str, request: Request) -> str:
    refused = ""
    if entry is None:
        refused = Reason.UNKNOWN_KEY
    elif entry.retired:
        refused = Reason.RETIRED_KEY
    meta = Meta(
        path=path,
        key=entry.id if entry else 0,
        trusted=entry.trusted if entry else False,
        own_time=entry.own_time if entry else False,
        address=request.address,
        sent=request.headers.get(b"sentat", b"").decode("latin-1")[:100],
        refused=refused,
    )
    return msgspec.json.encode(meta).decode()


def _basic_key_of(headers: Headers) -> str:
    """Return the user name of HTTP Basic: the write key, with or without the colon behind it."""
    scheme, _, told = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return ""
    try:
        text = base64.b64decode(told.strip() + b"==", validate=False).decode("utf-8", "replace")
    except binascii.Error:
        return ""
    return text.partition(":")[0].strip()


def _bearer_of(headers: Headers) -> str:
    scheme, _, told = headers.get(b"authorization", b"").partition(b" ")
    return told.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def _key_in(told: msgspec.Raw) -> str:
    text = bytes(told)
    return msgspec.json.decode(text).strip() if text.startswith(b'"') else ""


def _query_key_of(request: Request) -> str:
    return dict(parse_qsl(request.query)).get("writeKey", "").strip()


def _host_of(request: Request) -> str:
    return request.headers.get(b"host", b"").decode("latin-1")
