"""Mappings of web hooks: documents that say what a body of any shape means, as calls of the tracking API.

Expressions: a text that begins with `/` is a JSON pointer into the part at hand (`*` in it: of every
element of the list); `#/…` is a pointer into the whole body; any other text, number or truth stands for
itself. An object is `{value: X}` (itself, whatever it looks like), `{join: [expressions]}` (their texts one
after another), `{number: expression}` (a text read as a number), or `{of: expression, to: {told: meant},
otherwise: X}`.
Pure: nothing here knows requests, the spool or the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from keskio.engine.conditions import Condition, Subject, compile_condition
from keskio.kernel.errors import Mistake

Expression: TypeAlias = Callable[[Any, Any], Any]
"""Returns the value for (the part at hand, the whole body); None when there is none."""

MOST_EVENTS = 2500
TYPES = ("track", "identify")
_WORDS = frozenset(
    {"each", "when", "type", "event", "message_id", "time", "identifiers", "properties", "traits"}
)


class WrongMapping(Mistake):
    """The mapping cannot be used."""

    code = "wrong_mapping"


class NotMapped(Exception):
    """The body is not what the mapping speaks of; the text says how."""


class Part(msgspec.Struct, frozen=True):
    """What one kind of thing in a body means."""

    each: str
    when: Condition | None
    looks_at: tuple[str, ...]
    type: str
    event: Expression
    message_id: Expression | None
    time: Expression | None
    identifiers: dict[str, Expression]
    properties: dict[str, Expression]
    traits: dict[str, Expression]


class Reading(msgspec.Struct, frozen=True):
    """A mapping, ready to be used. `ignores`: bodies that no part is for are left out in silence."""

    parts: tuple[Part, ...]
    ignores: bool


def read_mapping(document: object) -> Reading:
    """Return the mapping that `document` says. Raises WrongMapping with a sentence."""
    if not isinstance(document, Mapping):
        raise WrongMapping("A mapping is an object with event, identifiers and properties.")
    if "events" not in document:
        return Reading((_part(document, "the mapping"),), ignores=False)
    told = document["events"]
    others = set(document) - {"events", "otherwise"}
    if others or not isinstance(told, list) or not told:
        raise WrongMapping("Beside events, a list of mappings, only otherwise: ignore may stand.")
    if document.get("otherwise", "quarantine") not in {"ignore", "quarantine"}:
        raise WrongMapping("otherwise is ignore or quarantine.")
    parts = tuple(_part(part, f"events[{number}]") for number, part in enumerate(told))
    return Reading(parts, ignores=document.get("otherwise") == "ignore")


def _part(told: object, where: str) -> Part:
    if not isinstance(told, Mapping):
        raise WrongMapping(f"{where} must be an object.")
    unknown = sorted(set(told) - _WORDS)
    if unknown:
        raise WrongMapping(f"{where}: {unknown[0]!r} is none of {', '.join(sorted(_WORDS))}.")
    kind = told.get("type", "track")
    if kind not in TYPES:
        raise WrongMapping(f"{where}: type is track or identify, not {kind!r}.")
    if kind == "track" and not told.get("event"):
        raise WrongMapping(f"{where} needs event: a name, or a pointer to it.")
    identifiers = _expressions(told.get("identifiers"), f"{where}.identifiers")
    if not identifiers:
        raise WrongMapping(f"{where} needs identifiers, such as {{email: /customer/email}}.")
    each = told.get("each", "")
    if not isinstance(each, str) or (each and not each.startswith("/")):
        raise WrongMapping(f"{where}.each is a pointer to a list, such as /orders.")
    when, looks_at = _when(told.get("when"), where)
    return Part(
        each=each,
        when=when,
        looks_at=looks_at,
        type=kind,
        event=_expression(told.get("event", ""), f"{where}.event"),
        message_id=_maybe(told, "message_id", where),
        time=_maybe(told, "time", where),
        identifiers=identifiers,
        properties=_expressions(told.get("properties"), f"{where}.properties"),
        traits=_expressions(told.get("traits"), f"{where}.traits"),
    )


def _when(told: object, where: str) -> tuple[Condition | None, tuple[str, ...]]:
    if told is None:
        return None, ()
    try:
        return compile_condition(told), tuple(_pointers(told))  # type: ignore[arg-type]
    except ValueError as fault:
        raise WrongMapping(f"{where}.when: {fault}.") from None


def _pointers(told: object) -> list[str]:
    """Return the pointers that a condition looks at, written as its properties."""
    if isinstance(told, Mapping):
        own = [str(told["property"])] if "property" in told else []
        return own + [p for inner in told.values() for p in _pointers(inner)]
    return [p for inner in told for p in _pointers(inner)] if isinstance(told, list) else []


def _maybe(told: Mapping[str, Any], name: str, where: str) -> Expression | None:
    return _expression(told[name], f"{where}.{name}") if name in told else None


def _expressions(told: object, where: str) -> dict[str, Expression]:
    if told is None:
        return {}
    if not isinstance(told, Mapping):
        raise WrongMapping(f"{where} must be an object: name: expression.")
    return {str(name): _expression(inner, f"{where}.{name}") for name, inner in told.items()}


def _expression(told: object, where: str) -> Expression:
    if isinstance(told, str) and told.startswith("#/"):
        return lambda _part, body: pointed(body, told[1:])
    if isinstance(told, str) and told.startswith("/"):
        return lambda part, _body: pointed(part, told)
    if isinstance(told, Mapping):
        return _composed(told, where)
    if isinstance(told, list):
        raise WrongMapping(f"{where}: a list is no expression; point to one, or use value or join.")
    return lambda _part, _body: told


def _composed(told: Mapping[str, Any], where: str) -> Expression:
    words = set(told)
    if words == {"value"}:
        return lambda _part, _body: told["value"]
    if words == {"join"} and isinstance(told["join"], list):
        inner = [_expression(item, f"{where}.join") for item in told["join"]]
        return lambda part, body: _joined([one(part, body) for one in inner])
    if words == {"number"}:
        one = _expression(told["number"], f"{where}.number")
        return lambda part, body: _number(one(part, body))
    if {"of", "to"} <= words <= {"of", "to", "otherwise"} and isinstance(told["to"], Mapping):
        of, to = _expression(told["of"], f"{where}.of"), dict(told["to"])
        return lambda part, body: to.get(str(of(part, body)), told.get("otherwise"))
    raise WrongMapping(
        f"{where}: an object is {{value: …}}, {{join: […]}}, {{number: …}} or {{of, to}}."
    )


def _joined(values: Sequence[Any]) -> str | None:
    return None if any(value is None for value in values) else "".join(map(str, values))


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = float(value.strip().replace("\u00a0", "").replace(" ", "").replace(",", "."))
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def pointed(body: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) points at, None for nothing; `*` takes every element.

    >>> pointed({"a": [{"b": 1}, {"b": 2}]}, "/a/*/b"), pointed({"a": [7]}, "/a/0"), pointed({}, "/x")
    ([1, 2], 7, None)
    """
    return _walk(body, pointer.split("/")[1:]) if pointer else body


def _walk(body: Any, steps: Sequence[str]) -> Any:
    for number, step in enumerate(steps):
        if step == "*" and isinstance(body, list):
            rest = [_walk(item, steps[number + 1 :]) for item in body]
            return [item for item in rest if item is not None]
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(body, Mapping):
            body = body.get(name)
        elif isinstance(body, list) and name.isdecimal() and int(name) < len(body):
            body = body[int(name)]
        else:
            return None
    return body


def calls_in(reading: Reading, body: Any, base: str) -> list[dict[str, Any]]:
    """Return the calls of the tracking API that `body` means. `base`: what missing message ids are made of.

    Raises NotMapped when the mapping does not fit.
    """
    calls: list[dict[str, Any]] = []
    found = False
    for number, part in enumerate(reading.parts):
        for index, item in enumerate(_items(part, body)):
            looked = {name: pointed(item, name) for name in part.looks_at}
            known = {name: value for name, value in looked.items() if value is not None}
            if part.when is not None and not part.when(Subject(properties=known)):
                continue
            found = True
            calls += _calls(part, item, body, f"{base}-{number}-{index}")
            if len(calls) > MOST_EVENTS:
                raise NotMapped(f"The body means more than {MOST_EVENTS} events.")
    if not found and not reading.ignores:
        raise NotMapped("No part of the mapping is for this body: see each and when.")
    return calls


def _items(part: Part, body: Any) -> Sequence[Any]:
    if not part.each:
        return [body]
    items = pointed(body, part.each)
    return items if isinstance(items, list) else []


def _calls(part: Part, item: Any, body: Any, base: str) -> list[dict[str, Any]]:
    told = part.message_id(item, body) if part.message_id else None
    message_id = base if told is None or told == "" else str(told)
    identity = _identity(part, item, body)
    call: dict[str, Any] = {"messageId": message_id, **identity}
    time = part.time(item, body) if part.time else None
    if time is not None:
        call["timestamp"] = time
    traits = _told(part.traits, item, body)
    if part.type == "identify":
        return [{**call, "type": "identify", "traits": traits}]
    event = part.event(item, body)
    if event is not None and not isinstance(event, str):
        raise NotMapped(f"The event's name is {event!r}, not a text.")
    track = {
        **call,
        "type": "track",
        "event": event,
        "properties": _told(part.properties, item, body),
    }
    if not traits:
        return [track]
    named = f"{message_id[:90]}-traits"
    return [{**call, "messageId": named, "type": "identify", "traits": traits}, track]


def _identity(part: Part, item: Any, body: Any) -> dict[str, Any]:
    told = {name: one(item, body) for name, one in part.identifiers.items()}
    found: dict[str, Any] = {}
    for kind, field in (("user_id", "userId"), ("anonymous_id", "anonymousId")):
        if told.get(kind) is not None:
            found[field] = told[kind]
    others = [
        {"type": kind, "id": value}
        for kind, value in told.items()
        if kind not in {"user_id", "anonymous_id"} and value is not None
    ]
    if others:
        found["context"] = {"externalIds": others}
    return found


def _told(expressions: Mapping[str, Expression], item: Any, body: Any) -> dict[str, Any]:
    told = {name: one(item, body) for name, one in expressions.items()}
    return {name: value for name, value in told.items() if value is not None}
