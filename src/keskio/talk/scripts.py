"""The script that `play` follows: customers and events, one JSON object a line.

A line with `traits`, `consents`, `addresses`, `zone` or `language` says what is known of a customer;
`segments` (`{vip: true}`, or since when), `stages` (`{ladder: loyal}`) and `objects` (`{car: [{make:
VW}]}`, all of a kind) say what conditions may ask for besides, and events become its history;
a line with `event` (and `properties`) says what happened; `reply` is a message from the customer,
`done` and `declined` name a task's step. `at` may be left out of a customer's line. Segment's own
shape (`type`, `userId`, `timestamp`, `event`, `traits`) is read as well. Customers about whom nothing
is said may be written to: they have given consent to the dialogue's purpose in its channels.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from keskio.engine.conditions import Owned
from keskio.engine.dialogue.facts import Facts
from keskio.engine.times import parse_moment
from keskio.kernel.errors import Mistake

SEGMENT = frozenset({"type", "userId", "anonymousId", "timestamp", "messageId", "context"})
FIELDS = SEGMENT | {
    *("at", "customer", "event", "properties", "reply", "channel", "done", "declined"),
    *("traits", "consents", "addresses", "zone", "language", "segments", "stages", "objects"),
}
KNOWN: dict[str, type] = {
    "traits": dict,
    "consents": dict,
    "addresses": dict,
    "zone": str,
    "language": str,
    "segments": dict,
    "stages": dict,
    "objects": dict,
}


class ScriptLine(msgspec.Struct, frozen=True):
    """One line of a script: when (None for from the beginning), who, what happened, what is known."""

    at: int | None
    customer: str
    event: str = ""
    properties: dict[str, Any] = {}
    known: dict[str, Any] = {}


class BadScript(Mistake):
    """A line of the script cannot be read."""

    code = "bad_script"


def read_script(lines: Iterable[str | bytes], zone: str) -> list[ScriptLine]:
    """Return the lines of a script in the order of time; those without a time come first.

    Raises BadScript with the number of the line and what is wrong with it.
    """
    found: list[ScriptLine] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(_read(msgspec.json.decode(line), zone))
            except (msgspec.DecodeError, ValueError, TypeError, KeyError) as fault:
                raise BadScript(f"Line {number} of the script cannot be read: {fault}") from fault
    return sorted(found, key=lambda entry: (entry.at is not None, entry.at or 0))


def _read(entry: Any, zone: str) -> ScriptLine:
    if not isinstance(entry, dict):
        raise ValueError('a line is an object such as {"at": …, "customer": …, "reply": "A"}')
    customer = entry.get("customer", entry.get("userId", entry.get("anonymousId")))
    if customer is None:
        raise ValueError("customer is missing")
    when = entry.get("at", entry.get("timestamp"))
    at = None if when is None else parse_moment(when, zone)
    name, properties = _happening(entry)
    known = {field: _typed(entry, field, kind) for field, kind in KNOWN.items() if field in entry}
    _objects(known.get("objects", {}))
    if known.get("zone"):
        _check_zone(known["zone"])
    strange = entry.keys() - FIELDS
    if strange:
        raise ValueError(f"there is no field {', '.join(sorted(strange))}")
    if name and at is None:
        raise ValueError("at is missing: when did it happen?")
    return ScriptLine(at, str(customer), name, properties, known)


def _happening(entry: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    properties = dict(_typed({"properties": {}, **entry}, "properties", dict))
    if "reply" in entry:
        channel = str(entry.get("channel", ""))
        return "message.received", {"channel": channel, "text": str(entry["reply"]), **properties}
    for word in ("done", "declined"):
        if word in entry:
            return f"task.{word}", {"step": str(entry[word]), **properties}
    return _typed(entry, "event", str) if "event" in entry else "", properties


def _typed(entry: dict[str, Any], field: str, kind: type) -> Any:
    if not isinstance(entry[field], kind):
        raise ValueError(f"{field} must be {'an object' if kind is dict else 'a text'}")
    return entry[field]


def learnt(facts: Facts, known: dict[str, Any], now: int, zone: str) -> Facts:
    """Return `facts` with what a line of the script says at `now`."""
    segments = dict(facts.segments)
    for key, since in known.get("segments", {}).items():
        if since is False:
            segments.pop(key, None)
        else:
            segments[key] = now if since is True else parse_moment(since, zone)
    stages = {model: (str(stage), now) for model, stage in known.get("stages", {}).items()}
    told = known.get("traits", {})
    return msgspec.structs.replace(
        facts,
        traits={**facts.traits, **told},
        consents={**facts.consents, **known.get("consents", {})},
        addresses=known.get("addresses", facts.addresses),
        zone=known.get("zone", facts.zone),
        language=known.get("language", told.get("language", facts.language)),
        segments=segments,
        stages={**facts.stages, **stages},
        objects={**facts.objects, **_objects(known.get("objects", {}))},
    )


def _objects(told: dict[str, Any]) -> dict[str, list[Owned]]:
    for fields in told.values():
        if not isinstance(fields, list) or not all(isinstance(each, dict) for each in fields):
            raise ValueError("objects are lists of fields by kind, such as {car: [{make: VW}]}")
    return {
        kind: [Owned(kind, str(fields.get("key", "")), fields) for fields in many]
        for kind, many in told.items()
    }


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as fault:
        raise ValueError(f"there is no time zone {zone!r}") from fault
