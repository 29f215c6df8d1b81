"""Reading moments: "for 3 days", "at nine on a Monday", "ten months after the car was delivered"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue import reading as read
from keskio.engine.times import Span, parse_clock, parse_moment, parse_span

DEADLINE_FIELDS = frozenset(
    {"for", "until", "at", "weekday", "working_days", "working_hours", "of", "before", "workday"}
)
COUNTED = "say for, until, at, weekday, working_days, working_hours, or of a date"


class Knows(Protocol):
    """What reading a moment asks of who reads the definition."""

    zone: str
    variables: Mapping[str, Any]

    def looks_at(self, place: str) -> None:
        """Note that "customer.TRAIT", "object.FIELD" or "$variable" stands somewhere."""


def deadline_in(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a step that say a moment."""
    return {field: document[field] for field in DEADLINE_FIELDS if field in document}


def read_moment(value: Any, known: Knows) -> p.Moment:
    """Return the moment that `value` says; raises ValueError."""
    if isinstance(value, (str, int, datetime, date)):
        value = {"until": value}
    if not isinstance(value, Mapping) or not value or set(value) - DEADLINE_FIELDS:
        raise ValueError(COUNTED)
    if "until" in value:
        if len(value) > 1:
            raise ValueError("until stands alone, without for, at, weekday or working_days")
        return p.Moment(until=_fixed(value["until"], known))
    if "of" in value:
        return anchored(str(value["of"]), {k: v for k, v in value.items() if k != "of"}, known)
    if "before" in value:
        raise ValueError("before needs of: the date that it is before")
    if "working_hours" in value:
        return p.Moment(working_hours=_hours(value))
    days = value.get("working_days")
    if days is not None and set(value) - {"working_days", "at"}:
        raise ValueError("working_days goes with at alone")
    return p.Moment(
        after=_span(value, "for"),
        at=_clock(value, known),
        weekday=read.weekday(value["weekday"]) if "weekday" in value else None,
        working_days=None if days is None else read.whole(days, "working_days"),
        workday=_workday(value),
    )


def anchored(of: str, value: Mapping[str, Any], known: Knows) -> p.Moment:
    """Return a moment that is `of` a date, whose offset and hour `value` says; raises ValueError."""
    strange = set(value) - {"for", "before", "at", "workday"}
    if strange or {"for", "before"} <= set(value):
        raise ValueError("a moment of a date has for or before, at, and workday")
    known.looks_at(of)
    return p.Moment(
        of=of,
        after=_span(value, "for"),
        before=_span(value, "before"),
        at=_clock(value, known),
        workday=_workday(value),
    )


def _span(value: Mapping[str, Any], field: str) -> Span:
    return parse_span(str(value[field])) if field in value else Span()


def _workday(value: Mapping[str, Any]) -> Any:
    return (
        read.one_of(value["workday"], ("next", "previous"), "workday") if "workday" in value else ""
    )


def _hours(value: Mapping[str, Any]) -> float:
    hours = value["working_hours"]
    if len(value) > 1:
        raise ValueError("working_hours stands alone")
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or hours <= 0:
        raise ValueError("working_hours must be a number of hours")
    return float(hours)


def _clock(value: Mapping[str, Any], known: Knows) -> int | str | None:
    if "at" not in value:
        return None
    said = str(value["at"])
    if said.startswith(("$", "customer.", "object.")):
        name = said.removeprefix("$")
        if said.startswith("$") and name in known.variables:
            return parse_clock(str(known.variables[name]))
        known.looks_at(said)
        return said
    return parse_clock(said)


def _fixed(value: Any, known: Knows) -> object:
    if isinstance(value, str) and value.startswith("$"):
        name = value[1:]
        if name in known.variables:
            return parse_moment(known.variables[name], known.zone)
        return value
    return parse_moment(value, known.zone)
