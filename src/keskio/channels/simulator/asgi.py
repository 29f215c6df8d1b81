"""The little of HTTP that the simulator needs: requests, answers, and a table of routes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 1024 * 1024
POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; form-action 'self';"
    " base-uri 'none'"
)


class Request(msgspec.Struct, frozen=True):
    """One request; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """Return the fields of a posted form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def is_own_page(self) -> bool:
        """Tell whether a form comes from a page of ours and not from somebody else's."""
        origin = self.headers.get("origin")
        return origin is None or origin.partition("://")[2] == self.headers.get("host")


class Response(msgspec.Struct, frozen=True):
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = {}


View: TypeAlias = Callable[..., Awaitable[Response]]
Route: TypeAlias = tuple[str, re.Pattern[str], View]

NOT_HERE = Response(404, b"Not found", "text/plain")
TOO_BIG = Response(413, b"Too large", "text/plain")
NOT_OURS = Response(403, b"This form is not from here", "text/plain")


def json_response(value: object, status: int = 200) -> Response:
    """Return a value as JSON."""
    return Response(status, msgspec.json.encode(value), "application/json")


def redirect(to: str) -> Response:
    """Send the browser on to another page."""
    return Response(303, headers={"Location": to})


class Application:
    """Finds the view of a request among `routes`: method, pattern of the whole path, view."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answer(scope, receive)
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            **response.headers,
        }
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": encoded})
        await send({"type": "http.response.body", "body": response.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        for method, pattern, view in self._routes:
            found = pattern.fullmatch(scope["path"])
            if found and method == scope["method"]:
                body = await _body_of(receive)
                if body is None:
                    return TOO_BIG
                return await view(_request_of(scope, body), **found.groupdict())
        return NOT_HERE


def route(method: str, path: str, view: View) -> Route:
    """Return a route; `<name>` in the path stands for a part without slashes."""
    pattern = re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path)
    return method, re.compile(pattern), view


def _request_of(scope: Scope, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(bytes(scope["query_string"]).decode("latin-1"))),
        headers={n.decode("latin-1").lower(): v.decode("latin-1") for n, v in scope["headers"]},
        body=body,
    )


async def _body_of(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return body
