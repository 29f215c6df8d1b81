"""The script that `play` follows: customers and events, one JSON object a line.

A line with `traits`, `consents`, `addresses`, `zone` or `language` says what is known of a customer;
`segments` (`{vip: true}`, or since when), `stages` (`{ladder: loyal}`) and `objects` (`{car: [{make:
VW}]}`, all of a kind) say what conditions may ask for besides, and events become its history;
a line with `event` (and `properties`) says what happened; `reply` is a message from the customer,
`done` and `declined` name a task's step; so may the `properties` of a `message.bounced` or another
report. A line with `offer` says for everybody how much there is of it (`stock`) and how much one may
have (`per_customer`). A line with `call` (a step or a connection) says how other systems answer it,
`ok`, `refused` or `failed`, with a `value`; a call of which nothing is said is never answered. `at` may
be left out where nothing happens. Segment's own shape (`type`, `userId`, `timestamp`, `event`,
`traits`) is read as well. Customers about whom nothing is said may be written to: they have given
consent to the dialogues' purposes in their channels.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from keskio.engine.conditions import Owned
from keskio.engine.dialogue.facts import Facts
from keskio.engine.times import parse_moment
from keskio.kernel.errors import Mistake
from keskio.talk.imagined import ImaginedStock

SEGMENT = frozenset({"type", "userId", "anonymousId", "timestamp", "messageId", "context"})
FIELDS = SEGMENT | {
    *("at", "customer", "event", "properties", "reply", "channel", "done", "declined"),
    *("traits", "consents", "addresses", "zone", "language", "segments", "stages", "objects"),
    *("offer", "stock", "per_customer", "call", "answer", "value"),
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


class OnShelf(msgspec.Struct, frozen=True):
    """How much there is of an offer (None: as much as is asked for), and how much a customer may have."""

    offer: str
    stock: int | None = None
    per_customer: int | None = None


class Answer(msgspec.Struct, frozen=True):
    """How calls of a step, or to a connection, are answered from now on."""

    call: str
    answer: Literal["ok", "refused", "failed"] = "ok"
    value: Any = None


class ScriptLine(msgspec.Struct, frozen=True):
    """One line of a script: when (None for from the beginning), who, what happened, what is known.

    A line about an offer (`stock`) has no customer, and one about calls (`call`) need not have one.
    """

    at: int | None
    customer: str
    event: str = ""
    properties: dict[str, Any] = {}
    known: dict[str, Any] = {}
    stock: OnShelf | None = None
    call: Answer | None = None


class Shelves(ImaginedStock):
    """The offers of a script: codes made from the seed, the offer, the customer and the visit."""

    def __init__(self, seed: int, name_of: Callable[[int], str]) -> None:
        super().__init__()
        self.seed, self.name_of = seed, name_of
        self.shelves: dict[str, OnShelf] = {}
        self.given: Counter[str] = Counter()
        self.had: Counter[tuple[str, int]] = Counter()

    def put(self, shelf: OnShelf) -> None:
        """From now on there is so much of the offer, counted from the beginning."""
        self.shelves[shelf.offer] = shelf

    def give(self, offer: str, customer: int, visit: int) -> tuple[str, str | None]:
        """Give while there is some left, and while this customer may have more."""
        shelf = self.shelves.get(offer)
        if shelf is not None:
            if shelf.per_customer is not None and self.had[offer, customer] >= shelf.per_customer:
                return "refused", None
            if shelf.stock is not None and self.given[offer] >= shelf.stock:
                return "sold_out", None
        self.given[offer] += 1
        self.had[offer, customer] += 1
        seed = f"{self.seed}/{offer}/{self.name_of(customer)}/{visit}"
        return "given", hashlib.sha256(seed.encode()).hexdigest()[:8].upper()


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
    when = entry.get("at", entry.get("timestamp"))
    at = None if when is None else parse_moment(when, zone)
    strange = entry.keys() - FIELDS
    if strange:
        raise ValueError(f"there is no field {', '.join(sorted(strange))}")
    if "offer" in entry:
        return ScriptLine(at, "", stock=_on_shelf(entry))
    customer = entry.get("customer", entry.get("userId", entry.get("anonymousId")))
    if "call" in entry:
        told = {key: entry[key] for key in ("call", "answer", "value") if key in entry}
        return ScriptLine(at, str(customer or ""), call=msgspec.convert(told, Answer))
    if customer is None:
        raise ValueError("customer is missing")
    name, properties = _happening(entry)
    known = {field: _typed(entry, field, kind) for field, kind in KNOWN.items() if field in entry}
    _objects(known.get("objects", {}))
    if known.get("zone"):
        _check_zone(known["zone"])
    if name and at is None:
        raise ValueError("at is missing: when did it happen?")
    return ScriptLine(at, str(customer), name, properties, known)


def _on_shelf(entry: dict[str, Any]) -> OnShelf:
    shelf = {key: entry[key] for key in ("offer", "stock", "per_customer") if key in entry}
    return msgspec.convert(shelf, OnShelf)


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


def news_of(known: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events by which the live house would tell what a line with a time says is known."""
    if known.get("traits"):
        yield "customer.updated", dict(known["traits"])
    for key, state in known.get("consents", {}).items():
        purpose, _, channel = key.partition("/")
        yield f"consent.{state}", {"purpose": purpose, "channel": channel, "cause": "script"}
    for key, is_in in known.get("segments", {}).items():
        yield ("segment.left" if is_in is False else "segment.entered"), {"segment": key}
    for model, stage in known.get("stages", {}).items():
        yield "stage.changed", {"model": model, "to": str(stage)}
    for kind, many in known.get("objects", {}).items():
        for fields in many:
            yield "object.changed", {**fields, "kind": kind, "key": str(fields.get("key", ""))}


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
