"""What the clients are told to send, and what the log must then hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAMES = {
    "identify": "customer.identified",
    "page": "page.viewed",
    "screen": "screen.viewed",
    "group": "group.joined",
    "alias": "identity.aliased",
}
TEXT = "Åke söi 7 €:n piirakan 🥧 “quoted” \\ \u2028"


def one_of_each() -> list[dict[str, Any]]:
    """Return a call of each kind, with texts and numbers that are easy to spoil."""
    properties = {"total": 129.9, "count": 3, "big": 2**53, "text": TEXT, "none": None}
    return [
        {
            "type": "identify",
            "userId": "u-1",
            "traits": {"name": "Aino", "email": "aino@example.com", "nested": {"a": [1, 2]}},
        },
        {"type": "track", "userId": "u-1", "event": "Order Completed", "properties": properties},
        {"type": "track", "anonymousId": "anon-1", "event": "Product Viewed", "properties": {}},
        {
            "type": "page",
            "userId": "u-1",
            "category": "Shop",
            "name": "Home",
            "properties": {"path": "/"},
        },
        {"type": "screen", "userId": "u-1", "name": "Cart", "properties": {"lines": 2}},
        {"type": "group", "userId": "u-1", "groupId": "g-7", "traits": {"name": "Oy"}},
        {"type": "alias", "userId": "u-1", "previousId": "anon-1"},
    ]


def many(count: int, *, of: str = "u") -> list[dict[str, Any]]:
    """Return `count` numbered tracks of a few customers, whose names begin with `of`."""
    return [
        {
            "type": "track",
            "userId": f"{of}-{number % 7}",
            "event": "Counted",
            "properties": {"number": number},
        }
        for number in range(count)
    ]


def write(calls: list[dict[str, Any]], folder: Path) -> Path:
    """Write the calls where a sender reads them."""
    folder.mkdir(exist_ok=True)
    file = folder / "calls.json"
    file.write_text(json.dumps(calls))
    return file


def expected(calls: list[dict[str, Any]]) -> list[str]:
    """Return what the log must hold of `calls`, in any order."""
    return sorted(map(_expected, calls))


def found(events: list[dict[str, Any]]) -> list[str]:
    """Return what the log holds, in the shape of `expected`."""
    told = []
    for event in events:
        sent = event["sent"]
        ids = {k: sent[k] for k in ("userId", "anonymousId") if sent.get(k) is not None}
        told.append(_line(event["name"], ids, event["properties"], event["traits"]))
    return sorted(told)


def _expected(call: dict[str, Any]) -> str:
    kind = call["type"]
    properties = dict(call.get("properties", {}))
    if kind in {"page", "screen"}:
        properties |= {k: call[k] for k in ("name", "category") if k in call}
    elif kind == "group":
        properties["groupId"] = call["groupId"]
    elif kind == "alias":
        properties |= {"userId": call["userId"], "previousId": call["previousId"]}
    ids = {k: call[k] for k in ("userId", "anonymousId") if k in call}
    return _line(NAMES.get(kind, call.get("event", "")), ids, properties, call.get("traits", {}))


def _line(name: str, ids: Any, properties: Any, traits: Any) -> str:
    return json.dumps([name, ids, properties, traits], sort_keys=True)
