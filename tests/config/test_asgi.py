from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore

from keskio.config.asgi import Application, OuterRouter, Receive, Scope, Send, WholeBodies


def scope(path: str = "/", **more: Any) -> dict[str, Any]:
    return {"type": "http", "method": "POST", "path": path, "headers": [], **more}


def talk(app: Any, given: dict[str, Any], *events: dict[str, Any]) -> list[dict[str, Any]]:
    """Let `app` receive `events` and return what it sends."""
    waiting = list(events)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    asyncio.run(app(given, receive, send))
    return sent


def named(name: str) -> Application:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        event = await receive()
        await send({"type": "test", "app": name, "body": event.get("body")})

    return app


def body(text: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": text, "more_body": more}


@pytest.mark.parametrize(
    ("path", "app"),
    [
        ("/v1/batch", "door"),
        ("/in/sms/abc", "inbound"),
        ("/v1", "pages"),
        ("/", "pages"),
        ("/customers/1/", "pages"),
    ],
)
def test_request_goes_to_the_door_of_its_path(path: str, app: str) -> None:
    router = OuterRouter({"/v1/": named("door"), "/in/": named("inbound")}, named("pages"))
    assert talk(router, scope(path), body()) == [{"type": "test", "app": app, "body": b""}]


def test_websockets_are_closed() -> None:
    router = OuterRouter({}, named("pages"))
    assert talk(router, {"type": "websocket", "path": "/"}) == [
        {"type": "websocket.close", "code": 1000}
    ]


def test_router_ends_what_it_has_begun_when_the_server_stops() -> None:
    ended: list[str] = []
    router = OuterRouter({}, named("pages"), on_stop=lambda: ended.append("spool"))
    sent = talk(
        router,
        {"type": "lifespan"},
        {"type": "lifespan.startup"},
        {"type": "lifespan.shutdown"},
    )
    assert sent == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]
    assert ended == ["spool"]


def test_pages_see_the_whole_body_at_once() -> None:
    sent = talk(WholeBodies(named("pages")), scope(), body(b"one ", more=True), body(b"two"))
    assert sent == [{"type": "test", "app": "pages", "body": b"one two"}]


def test_pages_never_see_a_request_whose_client_has_gone() -> None:
    gone = {"type": "http.disconnect"}
    assert talk(WholeBodies(named("pages")), scope(), body(b"one ", more=True), gone) == []


def test_body_that_is_too_large_is_refused_before_it_is_all_here() -> None:
    sent = talk(WholeBodies(named("pages"), longest=3), scope(), body(b"four", more=True))
    assert [event.get("status") for event in sent] == [413, None]
    assert sent[1]["body"] == b"The request is too large."


def test_header_that_pretends_to_be_a_proxys_is_dropped() -> None:
    seen: list[Any] = []

    async def app(given: Scope, receive: Receive, send: Send) -> None:
        seen.extend(given["headers"])

    headers = [(b"x_forwarded_for", b"1.2.3.4"), (b"accept", b"*/*")]
    talk(WholeBodies(app), scope(headers=headers), body())
    assert seen == [(b"accept", b"*/*")]


@pytest.mark.django_db(transaction=True)
def test_files_for_import_may_be_larger_from_who_has_signed_in() -> None:
    store = SessionStore()
    store["_auth_user_id"] = "1"
    store.save()
    nobody = SessionStore()
    nobody.save()
    app = WholeBodies(named("pages"), longest=3)

    def said(path: str, session: str | None) -> list[dict[str, Any]]:
        headers = [(b"cookie", f"sessionid={session}".encode())]
        return talk(app, scope(path, headers=headers), body(b"fo", more=True), body(b"ur"))

    assert said("/imports/new/", store.session_key)[0]["body"] == b"four"
    assert said("/imports/new/", nobody.session_key)[0]["status"] == 413
    assert said("/imports/new/", "guessed")[0]["status"] == 413
    assert said("/customers/", store.session_key)[0]["status"] == 413
