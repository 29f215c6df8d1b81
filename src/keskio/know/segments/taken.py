"""From a condition's document to the fields of a form; what no field can show raises CannotShow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keskio.know.segments.spoken import FIGURES, HELD, OPERATORS, CannotShow, Fields, written

LENGTH = re.compile(r"(\d+) (minute|hour|day|week|month|year)s?")


def fields_of(document: Mapping[str, Any]) -> tuple[str, Fields]:
    """Return the kind of an atom and its fields."""
    left = dict(document)
    for word, take in _TAKEN.items():
        if word in left:
            fields: Fields = {}
            kind = take(left, fields)
            if left:
                raise CannotShow
            return kind, fields
    raise CannotShow


def _take_trait(left: dict[str, Any], fields: Fields) -> str:
    fields["name"] = str(left.pop("trait"))
    if "date" in left:
        _take_window(left.pop("date"), fields, "in")
        return "trait_date"
    if "anniversary" in left:
        days = left.pop("anniversary")
        fields["from"], fields["to"] = str(days["from"]), str(days["to"])
        return "anniversary"
    _take_comparison(left, fields)
    return "trait"


def _take_consent(left: dict[str, Any], fields: Fields) -> str:
    fields["purpose"], fields["channel"] = str(left.pop("consent")), str(left.pop("channel"))
    fields["state"] = str(left.pop("is", ""))
    return "consent"


def _take_stage(left: dict[str, Any], fields: Fields) -> str:
    model = str(left.pop("stage"))
    stages = left.pop("in") if "in" in left else left.pop("is")
    fields["model"] = model
    fields["stages"] = ", ".join(stages) if isinstance(stages, list) else str(stages)
    fields["many"] = "yes" if isinstance(stages, list) else ""
    _take_held(left, fields)
    return "stage"


def _take_segment(left: dict[str, Any], fields: Fields) -> str:
    fields["key"] = str(left.pop("segment"))
    _take_held(left, fields)
    return "segment"


def _take_object(left: dict[str, Any], fields: Fields) -> str:
    fields["name"] = str(left.pop("object"))
    _take_where(left.pop("where", None), fields, "where")
    dated = left.pop("date", None)
    if dated is not None:
        fields["date.field"] = str(dated["field"])
        _take_window(dated["in"], fields, "date")
    _take_times(left, fields)
    return "object"


def _take_event(left: dict[str, Any], fields: Fields) -> str:
    fields["name"] = str(left.pop("event"))
    _take_where(left.pop("where", None), fields, "where")
    for word in ("then", "not_then"):
        if word in left:
            after = dict(left.pop(word))
            fields["came"] = word
            fields["then"] = str(after.pop("event"))
            _take_where(after.pop("where", None), fields, "then_where")
            if after:
                raise CannotShow
            _take_length(left.pop("within"), fields, "within")
            _take_window(left.pop("in", None), fields, "in")
            return "sequence"
    for word in ("last", "first"):
        if isinstance(left.get(word), Mapping):
            fields["which"] = word
            _take_window(left.pop(word), fields, "in")
            return "recency"
    _take_window(left.pop("in", None), fields, "in")
    for word in FIGURES:
        if word in left:
            fields["how"], fields["property"] = word, str(left.pop(word))
            _take_comparison(left, fields)
            return "figure"
    _take_times(left, fields)
    return "event"


_TAKEN = {
    "trait": _take_trait,
    "consent": _take_consent,
    "stage": _take_stage,
    "segment": _take_segment,
    "object": _take_object,
    "event": _take_event,
}


def _take_comparison(left: dict[str, Any], fields: Fields, prefix: str = "") -> None:
    word = next(word for word in [*OPERATORS, ""] if word in left or not word)
    if not word:
        raise CannotShow
    fields[f"{prefix}op"], fields[f"{prefix}value"] = word, written(left.pop(word))


def _take_where(where: Any, fields: Fields, prefix: str) -> None:
    if where is None:
        return
    rows = where["all"] if list(where) == ["all"] else [where]
    for at, row in enumerate(rows):
        left = dict(row)
        fields[f"{prefix}.{at}.property"] = str(left.pop("property"))
        _take_comparison(left, fields, f"{prefix}.{at}.")
        if left:
            raise CannotShow


def _take_times(left: dict[str, Any], fields: Fields) -> None:
    times = left.pop("times", None)
    if times is not None:
        ((word, number),) = times.items()
        fields["times.op"], fields["times.n"] = word, str(number)


def _take_held(left: dict[str, Any], fields: Fields) -> None:
    for word in HELD:
        if word in left:
            fields["held"] = word
            _take_length(left.pop(word), fields, "held")
            return


def _take_length(text: str, fields: Fields, prefix: str) -> None:
    found = LENGTH.fullmatch(text)
    if not found:
        raise CannotShow
    fields[f"{prefix}.n"], fields[f"{prefix}.unit"] = found[1], found[2]


def _take_window(window: Any, fields: Fields, prefix: str) -> None:
    if window is None:
        return
    if "from" in window or "to" in window:
        fields[f"{prefix}.window"] = "between"
        fields[f"{prefix}.from"] = str(window.get("from", ""))
        fields[f"{prefix}.to"] = str(window.get("to", ""))
        return
    ((word, length),) = window.items()
    fields[f"{prefix}.window"] = word
    if word == "this":
        fields[f"{prefix}.unit"] = length
    else:
        _take_length(length, fields, prefix)
