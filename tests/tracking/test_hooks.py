"""Web hooks: any JSON at an address of its own, signed if need be, read by a mapping that can be mended."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from keskio.events import api as events
from keskio.kernel.clock import VirtualClock
from keskio.kernel.errors import Mistake
from keskio.kernel.yamls import read_yaml
from keskio.tracking.actions import add_source, replay
from keskio.tracking.api import make_intake
from keskio.tracking.contracts import HookEntry
from keskio.tracking.door import Door
from keskio.tracking.examples import EXAMPLES
from keskio.tracking.hooking import add_hook, change_hook, last_bodies, open_or_close, try_mapping
from keskio.tracking.mapping import NotMapped, calls_in, read_mapping
from keskio.tracking.models import Hook, Quarantined
from keskio.tracking.queries import hooks_by_digest
from tests.tracking.takings import absorb, log, resolve, set_aside, take_all

MAPPING = """
event: Order Completed
message_id: /id
time: /created
identifiers: {user_id: /customer}
properties: {total: {number: /total}, codes: /lines/*/code}
"""
BODY = {
    "id": "o-1",
    "customer": "u7",
    "created": "2026-03-01T10:00:00Z",
    "total": "12,50",
    "lines": [{"code": "a"}, {"code": "b"}],
}


class Spool:
    def __init__(self) -> None:
        self.rows: list[tuple[str, int, str, bytes]] = []

    async def put(
        self, *, kind: str, source: int, meta: str, body: bytes, received_at: int = 0
    ) -> None:
        self.rows.append((kind, source, meta, body))


class Known:
    def __init__(self, secret: str = "") -> None:
        self.entry = HookEntry(3, 10, secret, b"x-signature-256")

    async def find(self, key: str) -> Any:
        return self.entry if key == "hk_1" else None


def post(
    body: bytes,
    *,
    path: str = "/v1/hook/hk_1",
    secret: str = "",
    method: str = "POST",
    **headers: str,
) -> tuple[int, Spool]:
    spool, known = Spool(), Known(secret)
    door = Door(spool, known, hooks=known)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": told,
        "query_string": b"",
        "client": ("192.0.2.1", 1),
    }
    asyncio.run(door(scope, receive, send))
    return sent[0]["status"], spool


def test_any_body_is_spooled_as_it_came() -> None:
    status, spool = post(b"anything")

    assert status == 200
    assert spool.rows == [("hook", 10, '{"hook":3,"address":"192.0.2.1"}', b"anything")]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"path": "/v1/hook/other"}, 404),
        ({"method": "GET"}, 405),
        ({"secret": "s"}, 401),
        ({"secret": "s", "x_signature_256": "sha256=00"}, 401),
    ],
)
def test_others_are_turned_away(request_: dict[str, str], status: int) -> None:
    answered, spool = post(b"{}", **request_)

    assert (answered, spool.rows) == (status, [])


def test_too_large_is_turned_away() -> None:
    status, spool = post(b"x" * (1024 * 1024 + 1))

    assert (status, spool.rows) == (413, [])


@pytest.mark.parametrize("form", ["{hex}", "sha256={hex}", "{base64}", "v1={base64}"])
def test_signed_bodies_are_let_in(form: str) -> None:
    digest = hmac.new(b"s", b"{}", hashlib.sha256).digest()
    told = form.format(hex=digest.hex(), base64=base64.b64encode(digest).decode())

    status, spool = post(b"{}", secret="s", x_signature_256=told)

    assert (status, len(spool.rows)) == (200, 1)


def receive(hook: Hook, *bodies: Any) -> None:
    for body in bodies:
        told = body if isinstance(body, bytes) else json.dumps(body).encode()
        events.spool_row(
            kind="hook", source=hook.source_id, meta=json.dumps({"hook": hook.pk}), body=told
        )
    take_all(make_intake({}, resolve, absorb))


@pytest.fixture
def hook(clock: VirtualClock, db: None) -> Hook:
    return add_hook(add_source("Shop"), "Orders", mapping=MAPPING)


def test_body_becomes_an_event_by_the_mapping(hook: Hook) -> None:
    receive(hook, BODY, BODY)

    assert log() == [(7, "Order Completed", "o-1")]
    (event,) = events.events_after(0, 10)
    assert json.loads(event.body)["properties"] == {"total": 12.5, "codes": ["a", "b"]}
    assert event.at == 1_772_359_200_000_000


def test_body_that_does_not_fit_waits_and_is_put_back_when_the_mapping_is_mended(
    hook: Hook,
) -> None:
    other = {**BODY, "customer": None, "client": {"no": "u8"}}
    receive(hook, other, b"not json")
    assert [reason for reason, _ in set_aside()] == ["no_identity", "bad_json"]

    mended = MAPPING.replace("/customer", "/client/no")
    change_hook(hook, name="Orders", mapping=mended, secret=None, header="X-Signature-256")
    waiting = Quarantined.objects.filter(reason="no_identity").values_list("pk", flat=True)
    assert replay(list(waiting), by="ann") == 1
    receive(hook)
    receive(hook, other)

    assert log() == [(8, "Order Completed", "o-1")]


def test_same_body_without_an_id_is_one_event(hook: Hook) -> None:
    text = MAPPING.replace("message_id: /id\n", "")
    change_hook(hook, name="Orders", mapping=text, secret=None, header="X-Signature-256")
    receive(hook, BODY, BODY, {**BODY, "total": 1})

    assert len(log()) == 2


def test_hook_without_a_mapping_keeps_what_comes(hook: Hook) -> None:
    change_hook(hook, name="Orders", mapping="", secret=None, header="X-Signature-256")
    receive(hook, BODY)

    assert Quarantined.objects.get().sentence == (
        "The web hook has no mapping yet. Write or mend the mapping, and put this back."
    )


def test_last_bodies_are_tried_out(hook: Hook) -> None:
    receive(hook, BODY, {"id": 2})

    tried = try_mapping(MAPPING, last_bodies(hook))

    assert [json.loads(one.body)["id"] for one in tried] == [2, "o-1"]
    assert tried[1].calls[0]["userId"] == "u7"


def test_closed_hook_is_not_at_the_door(hook: Hook) -> None:
    assert len(hooks_by_digest()) == 1
    open_or_close(hook, active=False)
    assert hooks_by_digest() == {}


@pytest.mark.parametrize(
    "mapping",
    [
        "just text",
        "{event: A}",
        "{event: A, identifiers: {email: /e}, colour: red}",
        "{identifiers: {email: /e}}",
        "{event: A, identifiers: {email: {joint: []}}}",
        "{event: A, identifiers: {email: [/e]}}",
        "{event: A, identifiers: {email: /e}, each: orders}",
        "{event: A, identifiers: {email: /e}, when: {property: /a}}",
        "{events: []}",
        "{a: [}",
    ],
)
def test_mapping_that_cannot_be_read_is_refused(mapping: str, hook: Hook) -> None:
    with pytest.raises(Mistake):
        change_hook(hook, name="Orders", mapping=mapping, secret=None, header="X-Signature-256")


def test_each_when_join_and_tables() -> None:
    reading = read_mapping(
        {
            "events": [
                {
                    "each": "/orders",
                    "when": {"property": "/state", "is": "paid"},
                    "event": {"of": "/kind", "to": {"1": "Order Completed"}, "otherwise": "Other"},
                    "message_id": {"join": ["order-", "/no"]},
                    "identifiers": {"email": "#/who/email"},
                    "properties": {"no": "/no", "shop": {"value": "/oulu"}},
                    "traits": {"name": "#/who/name"},
                }
            ],
            "otherwise": "ignore",
        }
    )
    body = {
        "who": {"email": "a@example.com", "name": "Aino"},
        "orders": [{"no": 1, "kind": 1, "state": "paid"}, {"no": 2, "kind": 1, "state": "open"}],
    }
    who = {"context": {"externalIds": [{"type": "email", "id": "a@example.com"}]}}

    assert calls_in(reading, body, "b") == [
        {"messageId": "order-1-traits", **who, "type": "identify", "traits": {"name": "Aino"}},
        {
            "messageId": "order-1",
            **who,
            "type": "track",
            "event": "Order Completed",
            "properties": {"no": 1, "shop": "/oulu"},
        },
    ]
    assert calls_in(reading, {}, "b") == []


def test_body_that_no_part_is_for_is_not_lost() -> None:
    reading = read_mapping({"event": "A", "each": "/items", "identifiers": {"email": "/e"}})
    with pytest.raises(NotMapped):
        calls_in(reading, {"other": 1}, "b")


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_example_reads_its_body(key: str, hook: Hook) -> None:
    example = EXAMPLES[key]
    change_hook(hook, name="x", mapping=example.mapping, secret=None, header="X-Signature-256")

    calls = calls_in(read_mapping(read_yaml(example.mapping)), json.loads(example.body), "b")
    names = [call["event"] for call in calls if call["type"] == "track"]

    assert names == list(example.events)
