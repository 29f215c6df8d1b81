"""The wire contract of the door, row by row."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import msgspec
import pytest

from keskio.events.contracts import Overloaded
from keskio.kernel.errors import Trouble
from keskio.tracking.bodies import LARGEST, Holding
from keskio.tracking.contracts import Meta
from keskio.tracking.limits import Buckets
from tests.tracking.doors import BROWSER, RETIRED, SERVER, Caller, basic

ITEM = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"}
BATCH = {"batch": [ITEM], "sentAt": "2026-03-02T07:00:00Z"}
OK = (200, b'{"success":true}')


def outcome(reply: Any) -> tuple[int, bytes]:
    return reply.status, reply.body


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/batch/"])
def test_batch_paths_take_a_batch(path: str) -> None:
    caller = Caller()
    assert outcome(caller.post(path, BATCH)) == OK
    [row] = caller.spool.rows
    assert (row.kind, row.source, json.loads(row.body)) == ("segment", 10, BATCH)
    assert row.meta.path == path.removeprefix("/v1/").removesuffix("/")


@pytest.mark.parametrize(
    "path",
    ["track", "identify", "page", "screen", "group", "alias", "t", "i", "p", "s", "g", "a"],
)
def test_item_paths_take_one_item(path: str) -> None:
    caller = Caller()
    assert outcome(caller.post(f"/v1/{path}", {"userId": "u1"})) == OK
    assert caller.spool.rows[0].meta == Meta(
        path=path, key=1, trusted=True, own_time=False, address="203.0.113.7"
    )


def test_client_metrics_are_answered_and_not_kept() -> None:
    caller = Caller()
    assert outcome(caller.call("POST", "/v1/m", b'{"series":[]}')) == OK
    assert caller.spool.rows == []


def test_beacon_takes_a_batch_with_the_key_in_the_query() -> None:
    caller = Caller()
    reply = caller.call("POST", f"/beacon/v1/batch?writeKey={BROWSER}", msgspec.json.encode(BATCH))
    assert outcome(reply) == OK
    assert [(row.source, row.meta.trusted) for row in caller.spool.rows] == [(11, False)]


def test_pixel_turns_its_query_into_an_item_and_answers_a_picture() -> None:
    caller = Caller()
    query = f"writeKey={BROWSER}&anonymousId=a1&event=Mail+Opened&properties.mail=7"
    reply = caller.call("GET", f"/pixel/v1/track?{query}")
    assert (reply.status, reply.headers["content-type"], reply.body[:6]) == (
        200,
        "image/gif",
        b"GIF89a",
    )
    assert "no-store" in reply.headers["cache-control"]
    [row] = caller.spool.rows
    assert json.loads(row.body) == {
        "anonymousId": "a1",
        "event": "Mail Opened",
        "properties": {"mail": "7"},
    }
    assert (row.source, row.meta.path) == (11, "track")


def test_jitsu_sends_its_key_in_a_header_that_wins_over_the_body() -> None:
    caller = Caller()
    body = msgspec.json.encode({**ITEM, "writeKey": "a:***"})
    headers = {"x-write-key": f"{SERVER}:secret"}
    assert outcome(caller.call("POST", "/api/s/track", body, headers=headers)) == OK
    assert caller.spool.rows[0].source == 10


@pytest.mark.parametrize("path", ["/v1/", "/v1/nothing", "/beacon/v1/x", "/pixel/v1/x", "/api/s/x"])
def test_an_unknown_address_is_404(path: str) -> None:
    caller = Caller()
    reply = caller.call("POST", path, b"{}", headers=basic(SERVER))
    assert (reply.status, reply.code) == (404, "not_found")


def test_a_wrong_method_is_405_and_names_the_right_one() -> None:
    caller = Caller()
    reply = caller.call("GET", "/v1/batch", headers=basic(SERVER))
    assert (reply.status, reply.code, reply.headers["allow"]) == (
        405,
        "wrong_method",
        "POST, OPTIONS",
    )


# Authentication.


def test_basic_key_is_taken_with_and_without_the_colon() -> None:
    caller = Caller()
    body = msgspec.json.encode(BATCH)
    for colon in (True, False):
        headers = basic(SERVER, colon=colon)
        assert caller.call("POST", "/v1/batch", body, headers=headers).status == 200
    assert [row.source for row in caller.spool.rows] == [10, 10]


def test_header_goes_before_body_and_body_before_query() -> None:
    caller = Caller()
    body = msgspec.json.encode({**BATCH, "writeKey": BROWSER})
    caller.call("POST", "/v1/batch", body, headers=basic(SERVER))
    caller.call("POST", f"/v1/batch?writeKey={SERVER}", body)
    caller.call("POST", f"/v1/batch?writeKey={SERVER}", msgspec.json.encode(BATCH))
    assert [row.source for row in caller.spool.rows] == [10, 11, 10]


def test_bearer_token_goes_with_the_key_in_the_body() -> None:
    caller = Caller()
    body = msgspec.json.encode({**BATCH, "writeKey": BROWSER})
    caller.call("POST", "/v1/batch", body, headers={"authorization": "Bearer oauth-token"})
    assert [row.source for row in caller.spool.rows] == [11]


def test_no_key_at_all_is_401() -> None:
    caller = Caller()
    reply = caller.call("POST", "/v1/batch", msgspec.json.encode(BATCH))
    assert (reply.status, reply.code) == (401, "no_write_key")
    assert caller.spool.rows == []


@pytest.mark.parametrize(
    ("key", "reason", "source"), [("wk_x", "unknown_key", 0), (RETIRED, "retired_key", 10)]
)
def test_unknown_and_retired_keys_are_kept_for_quarantine(
    key: str, reason: str, source: int
) -> None:
    caller = Caller()
    assert outcome(caller.post("/v1/batch", BATCH, key)) == OK
    assert [(row.source, row.meta.refused) for row in caller.spool.rows] == [(source, reason)]


def test_strangers_who_call_too_often_are_asked_to_come_back() -> None:
    caller = Caller(strangers=Buckets(per_second=1, burst=2, clock=lambda: 0.0))
    replies = [caller.post("/v1/batch", BATCH, "wk_x") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].headers["retry-after"] == "1"
    assert caller.post("/v1/batch", BATCH, SERVER).status == 200


def test_a_browser_key_is_bounded_by_address_and_a_server_key_is_not() -> None:
    caller = Caller(browsers=Buckets(per_second=1, burst=1, clock=lambda: 0.0), proxies=1)
    statuses = [
        caller.post("/v1/t", ITEM, BROWSER, **{"x-forwarded-for": f"9.9.9.9, {address}"}).status
        for address in ("1.1.1.1", "1.1.1.1", "2.2.2.2")
    ]
    assert statuses == [200, 429, 200]
    assert [caller.post("/v1/t", ITEM).status for _ in range(3)] == [200, 200, 200]


# Bodies.


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json;charset=UTF-8",
        "multipart/form-data",
        "",
    ],
)
def test_content_type_is_ignored(content_type: str) -> None:
    caller = Caller()
    assert caller.post("/v1/batch", BATCH, **{"content-type": content_type}).status == 200


def test_compressed_bodies_are_kept_unpacked() -> None:
    caller = Caller()
    plain = msgspec.json.encode(BATCH)
    two_members = gzip.compress(plain[:10]) + gzip.compress(plain[10:])
    for packed, encoding in (
        (gzip.compress(plain), "gzip"),
        (two_members, "gzip"),
        (gzip.compress(plain), ""),
        (zlib.compress(plain), "deflate"),
        (plain, "identity"),
    ):
        headers = basic(SERVER) | {"content-encoding": encoding}
        assert caller.call("POST", "/v1/batch", packed, headers=headers).status == 200
    assert [row.body for row in caller.spool.rows] == [plain] * 5


def test_a_bomb_is_413_and_a_torn_or_unknown_packing_is_400_or_415() -> None:
    caller = Caller()
    packed = gzip.compress(msgspec.json.encode(BATCH))
    bomb = gzip.compress(b" " * (LARGEST + 1))
    for body, encoding, expected in (
        (bomb, "gzip", (413, "too_large")),
        (packed[:-9], "gzip", (400, "bad_encoding")),
        (b"\x1f\x8bnonsense", "gzip", (400, "bad_encoding")),
        (b"{}", "br", (415, "unknown_encoding")),
    ):
        headers = basic(SERVER) | {"content-encoding": encoding}
        reply = caller.call("POST", "/v1/batch", body, headers=headers)
        assert (reply.status, reply.code) == expected
    assert caller.spool.rows == []


def test_four_megabytes_are_taken_and_one_byte_more_is_413() -> None:
    caller = Caller()
    room = LARGEST - len(b'{"batch":[""]}')
    fits = b'{"batch":["' + b"x" * room + b'"]}'
    headers = basic(SERVER)
    assert len(fits) == LARGEST
    assert caller.call("POST", "/v1/batch", fits, headers=headers).status == 200
    chunks = [fits[: LARGEST // 2], fits[LARGEST // 2 :] + b" "]
    for body in (fits + b" ", chunks):
        reply = caller.call("POST", "/v1/batch", body, headers=headers)
        assert (reply.status, reply.code) == (413, "too_large")
    announced = headers | {"content-length": str(LARGEST + 1)}
    assert caller.call("POST", "/v1/batch", b"{}", headers=announced).status == 413
    assert [len(row.body) for row in caller.spool.rows] == [LARGEST]


def test_a_body_in_pieces_is_put_together() -> None:
    caller = Caller()
    body = msgspec.json.encode(BATCH)
    pieces = [body[:5], body[5:9], b"", body[9:]]
    assert caller.call("POST", "/v1/batch", pieces, headers=basic(SERVER)).status == 200
    assert caller.spool.rows[0].body == body


def test_a_client_that_leaves_in_the_middle_gets_and_leaves_nothing() -> None:
    caller = Caller()
    reply = caller.call("POST", "/v1/batch", [b'{"batch'], headers=basic(SERVER), leaves=True)
    assert reply.status == 0
    assert caller.spool.rows == []


def test_too_much_in_memory_is_429() -> None:
    caller = Caller()
    caller.door._holding = Holding(most=10)
    reply = caller.call("POST", "/v1/batch", [b" " * 20, b"{}"], headers=basic(SERVER))
    assert (reply.status, reply.code) == (429, "overloaded")
    small = [b"{", b'"batch"', b":[]}"]
    assert caller.call("POST", "/v1/batch", small, headers=basic(SERVER)).status == 200


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/batch", b"", "bad_json"),
        ("/v1/batch", b"{", "bad_json"),
        ("/v1/batch", b"batch=1", "bad_json"),
        ("/v1/batch", b"[]", "bad_json"),
        ("/v1/batch", b"5", "bad_json"),
        ("/v1/batch", b"[" * 100_000, "bad_json"),
        ("/v1/batch", b'{"batch":' + b"[" * 100_000, "bad_json"),
        ("/v1/batch", b"{}", "no_batch"),
        ("/v1/batch", b'{"batch":null}', "no_batch"),
        ("/v1/batch", b'{"batch":{}}', "no_batch"),
        ("/v1/t", b'{"batch":7}', "no_batch"),
        ("/v1/t", b'"text"', "bad_json"),
    ],
)
def test_what_is_no_json_of_the_right_shape_is_400(path: str, body: bytes, code: str) -> None:
    caller = Caller()
    reply = caller.call("POST", path, body, headers=basic(SERVER))
    assert (reply.status, reply.code) == (400, code)
    assert set(msgspec.json.decode(reply.body)) == {"code", "message"}
    assert caller.spool.rows == []


@pytest.mark.parametrize(
    "item",
    [b'{"event":"\\ud800"}', b'{"event":NaN}', b'{"event":"\xff"}', b"7", b'"x"', b"null", b"[[]]"],
)
def test_a_bad_item_does_not_fail_its_batch(item: bytes) -> None:
    caller = Caller()
    body = b'{"batch":[' + item + b"," + msgspec.json.encode(ITEM) + b"]}"
    assert caller.call("POST", "/v1/batch", body, headers=basic(SERVER)).status == 200
    assert caller.spool.rows[0].body == body


def test_the_key_in_a_body_that_only_a_lenient_reader_takes_is_found() -> None:
    caller = Caller()
    body = b'{"writeKey":"wk_browser","batch":[NaN]}'
    assert caller.call("POST", "/v1/batch", body).status == 200
    assert caller.spool.rows[0].source == 11


def test_the_header_sent_at_is_kept_beside_the_body() -> None:
    caller = Caller()
    caller.post("/v1/track", ITEM, BROWSER, sentat="2026-03-02T07:00:00.000Z")
    assert caller.spool.rows[0].meta.sent == "2026-03-02T07:00:00.000Z"
    assert caller.spool.rows[0].meta.own_time


# Trouble.


def test_overload_is_429_with_retry_after_that_browsers_may_read() -> None:
    caller = Caller()
    caller.spool.error = Overloaded(retry_after=2.0)
    reply = caller.post("/v1/batch", BATCH, origin="https://shop.example")
    assert (reply.status, reply.code, reply.headers["retry-after"]) == (429, "overloaded", "2")
    assert reply.headers["access-control-expose-headers"] == "Retry-After"
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"


def test_a_spool_that_cannot_write_is_503_with_retry_after() -> None:
    caller = Caller()
    caller.spool.error = Trouble("The disk is full.", retry_after=5.0)
    reply = caller.post("/v1/batch", BATCH)
    assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "not_stored", "5")


# Other origins.


@pytest.mark.parametrize(
    "path", ["/v1/t", "/v1/batch", "/v1/projects/wk/settings", "/beacon/v1/batch"]
)
def test_preflight_is_answered_before_authentication(path: str) -> None:
    caller = Caller()
    asked = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,anonymousid,x-new",
    }
    reply = caller.call("OPTIONS", path, headers=asked)
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert reply.headers["access-control-allow-headers"] == asked["access-control-request-headers"]
    assert reply.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert reply.headers["access-control-max-age"] == "86400"


def test_every_answer_may_be_read_from_another_origin() -> None:
    caller = Caller()
    for reply in (
        caller.post("/v1/batch", BATCH, origin="https://a.example"),
        caller.post("/v1/batch", 5, origin="https://a.example"),
        caller.call("GET", "/v1/x", headers={"origin": "https://a.example"}),
    ):
        assert reply.headers["access-control-allow-origin"] == "https://a.example"
        assert reply.headers["vary"] == "Origin"
    assert caller.post("/v1/batch", BATCH).headers["access-control-allow-origin"] == "*"


# What clients ask for at their start.


def test_settings_tell_analytics_js_where_to_send() -> None:
    caller = Caller()
    path = f"/v1/projects/{BROWSER}/settings"
    reply = caller.call("GET", path, headers={"host": "cdp.example:8000"})
    told = msgspec.json.decode(reply.body)
    destination = told["integrations"]["Segment.io"]
    assert reply.status == 200
    assert (destination["apiKey"], destination["apiHost"], destination["protocol"]) == (
        BROWSER,
        "cdp.example:8000/v1",
        "http",
    )
    assert told["metrics"] == {"sampleRate": 0}
    assert caller.call("GET", f"/v1/projects/{RETIRED}/settings").status == 200
    assert caller.call("GET", "/v1/projects/wk_x/settings").code == "unknown_write_key"
    assert caller.call("GET", f"/v1/projects/{BROWSER}/other").status == 404


def test_settings_do_not_repeat_a_host_that_is_none() -> None:
    caller = Caller()
    headers = {"host": 'x"><script>'}
    told = caller.call("GET", f"/v1/projects/{BROWSER}/settings", headers=headers)
    assert "apiHost" not in msgspec.json.decode(told.body)["integrations"]["Segment.io"]


@pytest.mark.parametrize("path", ["/sourceConfig/", "/sourceConfig"])
def test_source_config_tells_rudder_of_a_source_without_destinations(path: str) -> None:
    caller = Caller()
    reply = caller.call("GET", f"{path}?p=web&v=3.34.1&writeKey={BROWSER}")
    source = msgspec.json.decode(reply.body)["source"]
    assert (source["id"], source["name"], source["writeKey"], source["enabled"]) == (
        "11",
        "Site",
        BROWSER,
        True,
    )
    assert (source["connections"], source["destinations"]) == ([], [])
    assert caller.call("GET", path, headers=basic(BROWSER)).status == 200
    assert caller.call("GET", path).code == "no_write_key"


def test_analytics_js_says_where_to_get_it_when_it_is_not_built() -> None:
    caller = Caller()
    reply = caller.call("GET", f"/analytics.js/v1/{BROWSER}/analytics.min.js")
    assert (reply.status, reply.code) == (404, "not_built")
