"""What becomes of an item, field by field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from keskio.events.contracts import Envelope, Fault, SpoolRow
from keskio.kernel.clock import to_micros
from keskio.tracking.segment import parse

RECEIVED = to_micros(datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
SECOND = 1_000_000
TRACK = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"}


def row(told: Any, **meta: Any) -> SpoolRow:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return SpoolRow(7, "segment", 10, RECEIVED, json.dumps({"trusted": True, **meta}), body)


def one(item: dict[str, Any], **beside: Any) -> Envelope:
    envelopes, faults = parse(row({"batch": [item], **beside}))
    assert faults == []
    [envelope] = envelopes
    return envelope


def flaw(item: Any, **meta: Any) -> Fault:
    """Return the fault of `item`, whose neighbours on both sides must go through."""
    before, after = {**TRACK, "messageId": "before"}, {**TRACK, "messageId": "after"}
    envelopes, [fault] = parse(row({"batch": [before, item, after]}, **meta))
    assert [envelope.message_id for envelope in envelopes] == ["before", "after"]
    return fault


def body_of(envelope: Envelope) -> Any:
    return json.loads(envelope.body)


def test_track_keeps_what_was_sent() -> None:
    envelope = one(
        {
            **TRACK,
            "anonymousId": None,
            "properties": {"total": 12.5, "lines": [{"sku": "a"}]},
            "context": {"page": {"url": "https://shop.example/"}},
            "integrations": {"All": True},
            "channel": "server",
            "version": 2,
            "timestamp": "2026-03-02T06:59:00Z",
        },
        sentAt="2026-03-02T07:00:00Z",
    )
    assert (envelope.name, envelope.message_id, envelope.source, envelope.trusted) == (
        "Order Completed",
        "m1",
        10,
        True,
    )
    assert (envelope.at, envelope.received_at) == (RECEIVED - 60 * SECOND, RECEIVED)
    assert (envelope.identifiers, envelope.traits) == ((("user_id", "u1"),), None)
    assert body_of(envelope) == {
        "properties": {"total": 12.5, "lines": [{"sku": "a"}]},
        "context": {"page": {"url": "https://shop.example/"}},
        "traits": {},
        "sent": {
            "userId": "u1",
            "originalTimestamp": "2026-03-02T06:59:00Z",
            "sentAt": "2026-03-02T07:00:00Z",
            "integrations": {"All": True},
            "channel": "server",
            "version": 2,
        },
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("identify", "customer.identified"),
        ("page", "page.viewed"),
        ("screen", "screen.viewed"),
        ("group", "group.joined"),
        ("alias", "identity.aliased"),
    ],
)
def test_other_calls_have_names_of_ours(kind: str, name: str) -> None:
    item = {"type": kind, "userId": "u1", "groupId": "g1", "previousId": "u0"}
    assert one(item).name == name
    letter, _ = parse(row({k: v for k, v in item.items() if k != "type"}, path=kind[0]))
    assert [envelope.name for envelope in letter] == [name]


def test_the_type_of_the_item_goes_before_that_of_the_path() -> None:
    [envelope], _ = parse(row(TRACK, path="i"))
    assert envelope.name == "Order Completed"


def test_traits_of_an_identify_are_merged_and_its_own_win() -> None:
    item = {"type": "identify", "userId": "u1", "traits": {"a": 1, "b": 2}}
    envelope = one({**item, "context": {"traits": {"b": 3, "c": 4}}})
    assert envelope.traits == {"a": 1, "b": 2, "c": 4}
    assert body_of(envelope)["traits"] == {"a": 1, "b": 2, "c": 4}
    only_below = one({"type": "identify", "userId": "u1", "context": {"traits": {"c": 4}}})
    assert only_below.traits == {"c": 4}


def test_what_the_batch_says_lies_under_each_item() -> None:
    envelope = one(
        {**TRACK, "context": {"app": {"name": "shop"}}, "integrations": {"All": False}},
        context={"app": {"name": "x", "version": "1"}, "ip": "1.2.3.4"},
        integrations={"All": True, "Mail": True},
    )
    told = body_of(envelope)
    assert told["context"] == {"app": {"name": "shop", "version": "1"}, "ip": "1.2.3.4"}
    assert told["sent"]["integrations"] == {"All": False, "Mail": True}


def test_page_and_screen_keep_name_and_category_among_the_properties() -> None:
    item = {"type": "page", "userId": "u1", "name": "Home", "category": "c"}
    envelope = one({**item, "properties": {"name": "Own", "path": "/"}})
    assert body_of(envelope)["properties"] == {"name": "Own", "path": "/", "category": "c"}


def test_group_and_alias_keep_their_ids() -> None:
    group = one({"type": "group", "userId": "u1", "groupId": 5, "traits": {"name": "Oy"}})
    assert (body_of(group)["properties"], body_of(group)["traits"], group.traits) == (
        {"groupId": 5},
        {"name": "Oy"},
        None,
    )
    alias = one({"type": "alias", "userId": "new", "previousId": "old", "anonymousId": "a1"})
    assert alias.identifiers == (
        ("user_id", "new"),
        ("anonymous_id", "a1"),
        ("previous_id", "old"),
    )


def test_an_alias_with_equal_ids_joins_nothing() -> None:
    alias = one({"type": "alias", "userId": "u1", "previousId": "u1"})
    assert alias.identifiers == (("user_id", "u1"),)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ({"userId": 17, "anonymousId": None}, (("user_id", "17"),)),
        ({"userId": 17.0}, (("user_id", "17"),)),
        ({"userId": "", "anonymousId": 5}, (("anonymous_id", "5"),)),
        ({"userId": " u1 ", "anonymousId": "a"}, (("user_id", "u1"), ("anonymous_id", "a"))),
        ({"userId": 2**70}, (("user_id", str(2**70)),)),
        ({"userId": "a\x00b"}, (("user_id", "a\ufffdb"),)),
    ],
)
def test_ids_may_be_numbers_and_null(ids: Any, expected: Any) -> None:
    assert one({"type": "track", "event": "e", **ids}).identifiers == expected


def test_external_ids_are_identifiers() -> None:
    told = [
        {"id": "c-1", "type": "crm", "collection": "users", "encoding": "none"},
        {"id": 7, "type": "Loyalty Card"},
        {"id": "u9", "type": "user_id"},
        {"id": "x", "type": "ä"},
        {"id": True, "type": "crm"},
        {"type": "crm"},
        "odd",
    ]
    item = {"type": "track", "event": "e", "context": {"externalIds": told}}
    assert one(item).identifiers == (("crm", "c-1"), ("loyalty_card", "7"))
    assert one({**item, "userId": "u1"}).identifiers[0] == ("user_id", "u1")


# Times (§1.5).


@pytest.mark.parametrize(
    ("item", "beside", "meta", "at"),
    [
        ({}, {}, {}, 0),
        ({"timestamp": "2026-03-02T06:00:00Z"}, {}, {}, -3600),
        ({"timestamp": "2026-03-02T06:00:00Z"}, {"sentAt": "2026-03-02T06:30:00Z"}, {}, -1800),
        (
            {"originalTimestamp": "2026-03-02T06:00:00Z", "timestamp": "2020-01-01T00:00:00Z"},
            {"sentAt": "2026-03-02T06:30:00Z"},
            {},
            -1800,
        ),
        (
            {"timestamp": "2026-03-02T06:00:00Z", "sentAt": "2026-03-02T06:10:00Z"},
            {"sentAt": "2026-03-02T06:30:00Z"},
            {"sent": "2026-03-02T06:40:00Z"},
            -600,
        ),
        ({"timestamp": "2026-03-02T06:00:00Z"}, {}, {"sent": "2026-03-02T06:40:00Z"}, -2400),
        (
            {"timestamp": "2026-03-02T06:00:00Z"},
            {"sentAt": "2026-03-02T06:30:00Z"},
            {"own_time": True},
            -3600,
        ),
        ({"timestamp": "2026-03-02T08:00:00+02:00"}, {}, {}, -3600),
        ({"timestamp": "2026-03-02T06:00:00"}, {}, {}, -3600),
        ({"timestamp": 1772431200}, {}, {}, -3600),
        ({"timestamp": 1772431200000}, {}, {}, -3600),
        ({"timestamp": "1772431200000"}, {}, {}, -3600),
        ({"timestamp": "2026-03-02T06:00:00Z"}, {"sentAt": "nonsense"}, {}, -3600),
        ({"timestamp": "2026-03-02T06:00:00Z"}, {"sentAt": {"a": 1}}, {}, -3600),
        ({"timestamp": "2026-03-02T06:59:59.123456789Z"}, {}, {}, -0.876544),
    ],
)
def test_when_it_happened(item: Any, beside: Any, meta: Any, at: float) -> None:
    [envelope], _ = parse(row({"batch": [{**TRACK, **item}], **beside}, **meta))
    assert envelope.at == RECEIVED + round(at * SECOND)


def test_single_items_carry_their_own_sent_at() -> None:
    item = {**TRACK, "timestamp": "2026-03-02T06:00:00Z", "sentAt": "2026-03-02T06:30:00Z"}
    [envelope], _ = parse(row(item, path="t"))
    assert envelope.at == RECEIVED - 1800 * SECOND


# Message ids.


def test_missing_message_ids_are_minted_the_same_each_time() -> None:
    item = {"type": "track", "event": "e", "userId": "u1"}
    told = row({"batch": [item, {**item, "messageId": ""}, {**item, "messageId": 5}]})
    ids = [envelope.message_id for envelope in parse(told)[0]]
    assert ids == ["spool-7-0", "spool-7-1", "5"]
    assert parse(told) == parse(told)


# Flaws.


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({**TRACK, "type": "order"}, "unknown_type"),
        ({**TRACK, "type": None}, "unknown_type"),
        ({**TRACK, "event": None}, "no_event"),
        ({**TRACK, "event": " "}, "no_event"),
        ({**TRACK, "event": 5}, "bad_field"),
        ({**TRACK, "userId": True}, "bad_field"),
        ({**TRACK, "userId": {"id": 1}}, "bad_field"),
        ({**TRACK, "properties": []}, "bad_field"),
        ({**TRACK, "context": "x"}, "bad_field"),
        ({**TRACK, "userId": None}, "no_identity"),
        ({**TRACK, "userId": "", "anonymousId": " "}, "no_identity"),
        ({"type": "group", "userId": "u1"}, "no_group"),
        ({"type": "group", "userId": "u1", "groupId": "g" * 501}, "long_id"),
        ({"type": "alias", "userId": "u1"}, "no_previous_id"),
        ({"type": "alias", "previousId": "u1", "anonymousId": "a"}, "no_previous_id"),
        ({**TRACK, "event": "e" * 201}, "long_name"),
        ({**TRACK, "userId": "u" * 501}, "long_id"),
        ({**TRACK, "messageId": "m" * 101}, "long_message_id"),
        ({**TRACK, "timestamp": "yesterday"}, "bad_time"),
        ({**TRACK, "timestamp": "9999-12-31T00:00:00Z"}, "bad_time"),
        ({**TRACK, "timestamp": 1e300}, "bad_time"),
        (
            {"type": "identify", "userId": "u1", "traits": {str(n): n for n in range(301)}},
            "too_many_traits",
        ),
        (5, "bad_field"),
        (None, "bad_field"),
        ([TRACK], "bad_field"),
        ({**TRACK, "properties": {"a": float("nan")}}, "bad_json"),
    ],
)
def test_an_item_that_breaks_a_rule_is_set_aside_alone(item: Any, reason: str) -> None:
    fault = flaw(item)
    assert (fault.reason, fault.source, fault.received_at, fault.stored) == (
        reason,
        10,
        RECEIVED,
        False,
    )
    assert fault.sentence.endswith(".")
    assert repr(json.loads(fault.item)) == repr(item)


@pytest.mark.parametrize(
    "name",
    [
        "message.sent",
        "consent.given",
        "task.done",
        "dialogue.entered",
        "customer.identified",
        "identity.aliased",
        "offer.made",
        "delivery.reported",
        "page.viewed",
        "screen.viewed",
        "group.joined",
        "survey.answered",
        "case.opened",
        "mention.heard",
        "promise.broken",
        "recovery.begun",
        "lead.opened",
        "theme.rising",
        "reply.assigned",
        "feedback.given",
    ],
)
def test_our_own_names_are_reserved(name: str) -> None:
    assert flaw({**TRACK, "event": name}).reason == "reserved_name"


def test_calls_are_told_by_servers_only() -> None:
    called = {**TRACK, "event": "call.received"}
    assert flaw(called, trusted=False).reason == "reserved_name"
    [envelope], faults = parse(row(called, trusted=True))
    assert (envelope.name, faults) == ("call.received", [])


@pytest.mark.parametrize(
    "name", ["page.viewed.twice", "messages.sent", "Message Sent", "order.done"]
)
def test_names_like_ours_are_free(name: str) -> None:
    assert one({**TRACK, "event": name}).name == name


def test_broken_text_is_mended_and_its_neighbours_untouched() -> None:
    good = json.dumps({**TRACK, "properties": {"x": "ä"}}).encode()
    half = b'{"type":"track","event":"e \\ud800 f","userId":"u1","messageId":"m2"}'
    bytes_ = b'{"type":"track","event":"e \xff f","userId":"u1","messageId":"m3"}'
    envelopes, faults = parse(row(b'{"batch":[' + b",".join([good, half, bytes_]) + b"]}"))
    assert [envelope.name for envelope in envelopes] == [
        "Order Completed",
        "e \ufffd f",
        "e \ufffd f",
    ]
    assert faults == []


def test_a_large_event_is_stored_and_marked() -> None:
    item = {**TRACK, "properties": {"text": "x" * 40_000}}
    [envelope], [fault] = parse(row({"batch": [item]}))
    assert (envelope.message_id, fault.message_id) == ("m1", "m1")
    assert (fault.reason, fault.stored, len(fault.item)) == ("large_event", True, 2000)


@pytest.mark.parametrize("reason", ["unknown_key", "retired_key"])
def test_items_with_a_refused_key_are_set_aside_one_by_one(reason: str) -> None:
    envelopes, faults = parse(row({"batch": [TRACK, {**TRACK, "messageId": "m2"}]}, refused=reason))
    assert envelopes == []
    assert [(fault.reason, fault.message_id) for fault in faults] == [
        (reason, "m1"),
        (reason, "m2"),
    ]


def test_a_fault_can_stand_without_its_batch() -> None:
    envelopes, [fault] = parse(
        row(
            {
                "batch": [{**TRACK, "event": None, "context": {"a": 1}}],
                "context": {"b": 2},
                "sentAt": "2026-03-02T06:00:00Z",
            }
        )
    )
    assert envelopes == []
    assert json.loads(fault.item)["context"] == {"a": 1, "b": 2}
    assert json.loads(fault.meta)["sent"] == "2026-03-02T06:00:00Z"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"batch":5}', b"[" * 100_000])
def test_a_body_that_is_no_request_is_set_aside_whole(body: bytes) -> None:
    envelopes, faults = parse(row(body))
    assert envelopes == []
    assert [(fault.reason, fault.message_id) for fault in faults] == [("bad_json", "spool-7")]


def test_an_empty_batch_is_nothing() -> None:
    assert parse(row({"batch": []})) == ([], [])
