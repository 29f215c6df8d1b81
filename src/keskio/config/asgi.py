"""The outer router of the one web process.

What machines call (tracking, providers' replies and reports) goes to raw ASGI apps; everything else
goes to Django through a WSGI bridge with a fixed number of threads, which costs a third of Django's
own ASGI handler.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from importlib import import_module
from typing import IO, Any, TypeAlias

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.http import parse_cookie

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# The longest body of a page's form, and of a file that somebody who has signed in brings for import.
LONGEST_BODY = 32 * 1024 * 1024
LONGEST_FILE = 2 * 1024**3
FILES_AT = "/imports/new/"
USER = "_auth_user_id"  # under which Django keeps who has signed in
KEPT_IN_MEMORY = 1024 * 1024


class OuterRouter:
    """Sends each request to the door whose prefix its path begins with, else to the pages.

    `on_stop` runs when the server stops, after the last answer.
    """

    def __init__(
        self,
        doors: Mapping[str, Application],
        pages: Application,
        *,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._doors = tuple(doors.items())
        self._pages = pages
        self._on_stop = on_stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "http":
            await self._app_for(scope["path"])(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def _app_for(self, path: str) -> Application:
        for prefix, app in self._doors:
            if path.startswith(prefix):
                return app
        return self._pages

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._on_stop()
        await send({"type": "lifespan.shutdown.complete"})


class WholeBodies:
    """Waits for the whole body before `app` sees the request.

    A client that sends slowly then holds no thread of the bridge. Bodies above `longest` are
    answered 413; one for import, from somebody who has signed in, may be larger and waits in a
    file. Header names with an underscore are dropped: WSGI cannot tell them from those with
    a hyphen, which a proxy vouches for.
    """

    def __init__(self, app: Application, *, longest: int = LONGEST_BODY) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as body:
            longest = self._longest
            more = True
            while more:
                event = await receive()
                if event["type"] != "http.request":
                    return  # the client has gone
                part = event.get("body", b"")
                more = event.get("more_body", False)
                if body.tell() + len(part) > longest == self._longest and scope["path"] == FILES_AT:
                    longest = LONGEST_FILE if await _is_signed_in(scope) else longest
                if body.tell() + len(part) > longest:
                    await _refuse(send, 413, b"The request is too large.")
                    return
                body.write(part)
            await self._hand_over(scope, body, send)

    async def _hand_over(self, scope: Scope, body: IO[bytes], send: Send) -> None:
        """Let the app read the body that has come, a part at a time."""
        size = body.tell()
        body.seek(0)

        async def replay() -> MutableMapping[str, Any]:
            part = body.read(KEPT_IN_MEMORY)
            return {"type": "http.request", "body": part, "more_body": body.tell() < size}

        headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
        await self._app({**scope, "headers": headers}, replay, send)


async def _is_signed_in(scope: Scope) -> bool:
    """Tell whether the request comes from a session of somebody who has signed in."""
    headers = dict(scope["headers"])
    cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    key = cookies.get(settings.SESSION_COOKIE_NAME)
    return bool(key) and await asyncio.to_thread(_has_user, str(key))


def _has_user(key: str) -> bool:
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    try:
        return USER in store
    finally:
        connections.close_all()


async def _refuse(send: Send, status: int, sentence: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence})


def build_pages() -> Application:
    """Return Django behind the bridge."""
    django: Any = get_wsgi_application()
    bridge: Any = WSGIMiddleware(django, workers=settings.WEB_THREADS)
    return WholeBodies(bridge)


def build_application() -> OuterRouter:
    """Return the whole of this installation's web side; Django is set up by it."""
    pages = build_pages()
    from keskio.config import wiring  # noqa: PLC0415 - rooms may be imported only now

    spool = wiring.open_installation_spool()
    return OuterRouter(wiring.doors(spool), pages, on_stop=spool.stop)
