"""Reading what brings customers in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from keskio.engine.conditions import OF_CUSTOMERS
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import reading as read
from keskio.engine.dialogue.catalogue import read_catalogue
from keskio.engine.dialogue.reading import Unreadable, reading
from keskio.engine.times import DAY, parse_span

if TYPE_CHECKING:
    from keskio.engine.dialogue.definition import Reader

ENTERED_SEGMENT = "segment.entered"
LONGEST_MONTH = 31


def read_trigger(reader: Reader) -> p.Trigger:
    """Return the trigger of the reader's document; raises Unreadable."""
    document = reader.mapping("trigger")
    kinds = [kind for kind in _READ if kind in document]
    if len(kinds) != 1:
        raise Unreadable(f"trigger must be one of {', '.join(_READ)}")
    kind = kinds[0]
    keep = read.names(document.get("keep", ()), "keep")
    strange = set(document) - {kind, "keep"} - ({"where", "count"} if kind == "event" else set())
    if strange:
        raise Unreadable(f"trigger: there is no {min(strange)} beside {kind}")
    return _READ[kind](reader, document, keep)


def _event(reader: Reader, document: Mapping[str, Any], keep: tuple[str, ...]) -> p.Trigger:
    where = {"event": document["event"], **{k: document[k] for k in ("where",) if k in document}}
    matcher = reader.event("trigger", where)
    count = None
    if "count" in document:
        count = reading("trigger count", lambda: _count(document["count"]))
        span = count.span
        reach = span.micros + (span.days + 1 + span.months * LONGEST_MONTH) * DAY
        reader.looks_at_events(matcher.event, reach)
    return p.Trigger("event", matcher=matcher, keep=keep, count=count)


def _count(value: Any) -> p.Count:
    if not isinstance(value, Mapping) or not {"at_least", "in"} <= set(value):
        raise ValueError("say at_least and in, and perhaps distinct and same")
    if set(value) - {"at_least", "in", "distinct", "same"}:
        raise ValueError("say at_least, in, distinct and same")
    return p.Count(
        read.whole(value["at_least"], "at_least"),
        parse_span(str(value["in"])),
        str(value.get("distinct", "")),
        str(value.get("same", "")),
    )


def _segment(reader: Reader, document: Mapping[str, Any], keep: tuple[str, ...]) -> p.Trigger:
    key = document["segment"]
    if not isinstance(key, str) or not key:
        raise Unreadable("trigger segment must be a segment's key")
    where = {"event": ENTERED_SEGMENT, "where": {"property": "segment", "is": key}}
    return p.Trigger("event", matcher=reader.event("trigger", where), keep=keep)


def _audience(reader: Reader, document: Mapping[str, Any], keep: tuple[str, ...]) -> p.Trigger:
    value = document["audience"]
    known = {"at", "who", "rrule", "spread"}
    if not isinstance(value, Mapping) or "at" not in value or set(value) - known:
        raise Unreadable("trigger audience needs at, and may have who, rrule and spread")
    who = reading("trigger who", lambda: reader.condition(value.get("who"), OF_CUSTOMERS))
    at = reader.moment("trigger at", {"until": value["at"]})
    spread = reading("trigger spread", lambda: _spread(value.get("spread")))
    rule = str(value.get("rrule", ""))
    return p.Trigger("audience", at=at, who=who, keep=keep, rrule=rule, spread=spread)


def _spread(value: Any) -> p.Spread | None:
    if value is None:
        return None
    if isinstance(value, Mapping) and set(value) == {"over"}:
        return p.Spread(over=parse_span(str(value["over"])))
    if isinstance(value, Mapping) and set(value) == {"per_hour"}:
        return p.Spread(per_hour=max(1, read.whole(value["per_hour"], "per_hour")))
    raise ValueError("say over: a length of time, or per_hour: a number")


def _date(reader: Reader, document: Mapping[str, Any], keep: tuple[str, ...]) -> p.Trigger:
    value = document["date"]
    if not isinstance(value, Mapping) or "of" not in value:
        raise Unreadable("trigger date needs of: customer.TRAIT or object.FIELD")
    offset = {k: v for k, v in value.items() if k in ("for", "before", "at", "workday")}
    if set(value) - set(offset) - {"of", "who", "every"}:
        raise Unreadable("trigger date has of, for or before, at, workday, every and who")
    if value.get("every", "year") != "year":
        raise Unreadable("trigger date: every can only be year")
    at = reading("trigger date", lambda: reader.anchored(str(value["of"]), offset))
    if at.of.startswith("$"):
        raise Unreadable("trigger date: of must be customer.TRAIT or object.FIELD")
    who = reading("trigger who", lambda: reader.condition(value.get("who"), OF_CUSTOMERS))
    return p.Trigger("date", at=at, who=who, keep=keep, yearly="every" in value)


def _keyword(_reader: Reader, document: Mapping[str, Any], keep: tuple[str, ...]) -> p.Trigger:
    value = document["keyword"]
    words = read.words(value.get("words")) if isinstance(value, Mapping) else []
    if not words:
        raise Unreadable("trigger keyword needs words, and may have a channel")
    table = reading("trigger keyword", lambda: read.word_table(words))
    return p.Trigger("keyword", words=table, channel=str(value.get("channel", "")), keep=keep)


def _catalogue(reader: Reader, document: Mapping[str, Any], keep: tuple[str, ...]) -> p.Trigger:
    told = reading(
        "trigger catalogue", lambda: read_catalogue(document["catalogue"], zone=reader.zone)
    )
    return p.Trigger("hand", keep=keep, catalogue=told)


def _hand(_reader: Reader, _document: Mapping[str, Any], keep: tuple[str, ...]) -> p.Trigger:
    return p.Trigger("hand", keep=keep)


_READ: Mapping[str, Callable[[Reader, Mapping[str, Any], tuple[str, ...]], p.Trigger]] = {
    "event": _event,
    "segment": _segment,
    "keyword": _keyword,
    "audience": _audience,
    "date": _date,
    "catalogue": _catalogue,
    "hand": _hand,
}
