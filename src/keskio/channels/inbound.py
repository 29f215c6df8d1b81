"""The inbound addresses `/in/CHANNEL/TOKEN`: what gateways call with replies and delivery reports.

A small raw ASGI application. It finds the account by its token, lets the provider check that the
request is authentic, spools it as it came and answers after the commit; a gateway that gets no 2xx
tries again, and the intake drops what it has seen before. Nothing is understood here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import msgspec
from django.conf import settings
from django.db import connections

from keskio.channels.contracts import Account, Answer, Receipt, Request, Spools
from keskio.channels.queries import account_by_token
from keskio.channels.reading import SOURCE, Meta
from keskio.channels.registry import provider_of
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import KeskioError, Refused, Trouble

log = logging.getLogger(__name__)

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/in/"
MAX_BODY = 256 * 1024
REMEMBERED = 5_000_000  # microseconds that an account is remembered
MOST_REMEMBERED = 1000
WAIT = 5.0

NOT_HERE = Answer(404, body=b"There is no such address.")
NOT_SO = Answer(405, body=b"Use GET or POST.")
TOO_BIG = Answer(413, body=b"The body is too large.")
NOT_LET_IN = Answer(403, body=b"This request is not authentic.")
NOT_NOW = Answer(503, body=b"Try again in a moment.")


def make_inbound(spool: Spools) -> Application:
    """Return the ASGI application behind `/in/`; it handles HTTP requests only."""
    accounts = _Accounts()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await _answer_to(scope, receive, accounts, spool)
        await _send(send, answer)

    return application


async def _answer_to(scope: Scope, receive: Receive, accounts: _Accounts, spool: Spools) -> Answer:
    if scope["method"] not in {"GET", "POST"}:
        return NOT_SO
    channel, _, token = str(scope["path"]).removeprefix(PREFIX).partition("/")
    account = await accounts.find(channel, token)
    if account is None:
        return NOT_HERE
    body = await _body_of(receive)
    if body is None:
        return TOO_BIG
    return await _take(account, _request_of(scope, account, body), spool)


async def _take(account: Account, request: Request, spool: Spools) -> Answer:
    try:
        receipt = provider_of(account.provider).receive(account, request)
        meta = _meta_of(account, request, receipt)
        await spool.put(kind=account.channel, source=SOURCE, meta=meta, body=request.body)
    except Refused as refused:
        log.warning("inbound: account %d: %s", account.id, refused.message)
        return NOT_LET_IN
    except Trouble as trouble:
        log.warning("inbound: account %d: %s", account.id, trouble.message)
        return NOT_NOW
    except KeskioError:
        log.exception("inbound: account %d", account.id)
        return NOT_NOW
    return receipt.answer


class _Accounts:
    """Finds accounts by their tokens, in a thread of its own, and remembers them for a moment."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbound")
        self._known: dict[tuple[str, str], tuple[Micros, Account]] = {}

    async def find(self, channel: str, token: str) -> Account | None:
        now = now_micros()
        known = self._known.get((channel, token))
        if known is not None and abs(now - known[0]) < REMEMBERED:
            return known[1]
        loop = asyncio.get_running_loop()
        account = await loop.run_in_executor(self._thread, _look_up, channel, token)
        if account is not None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[channel, token] = (now, account)
        return account


def _look_up(channel: str, token: str) -> Account | None:
    try:
        return account_by_token(channel, token)
    finally:
        connections.close_all()  # this thread asks seldom


async def _body_of(receive: Receive) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await asyncio.wait_for(receive(), WAIT)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _request_of(scope: Scope, account: Account, body: bytes) -> Request:
    query = bytes(scope["query_string"]).decode("latin-1")
    return Request(
        method=scope["method"],
        # The address as the provider was told it: behind proxies the one in the request differs.
        url=account.inbound_url + (f"?{query}" if query else ""),
        query=query,
        headers={
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        },
        body=body,
    )


def _meta_of(account: Account, request: Request, receipt: Receipt) -> str:
    meta = Meta(
        account=account.id,
        provider=account.provider,
        query=request.query,
        content_type=request.headers.get("content-type", ""),
        region=settings.PHONE_REGION,
        notes=dict(receipt.notes),
    )
    return msgspec.json.encode(meta).decode()


async def _send(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    if answer is NOT_NOW:
        headers.append((b"retry-after", b"2"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
