"""Reads the single particulars of a condition: names, values, lengths, windows, times.

Each returns what fits, or raises Wrong with a code of `problems`, the place inside the condition,
and what the sentence needs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.problems import nearest
from keskio.engine.conditions.values import OPERATORS, is_finite
from keskio.engine.conditions.windows import end_instant, start_instant
from keskio.engine.times import DAY, DURATION

LONGEST = 36_525 * DAY
COUNTING = ("is", "is_not", "at_least", "at_most", "more_than", "less_than")
UNITS: tuple[f.Unit, ...] = ("year", "month", "week", "day", "hour", "minute", "second")


class Wrong(Exception):
    """(code, place, values) of a problem."""


def shown(value: object) -> str:
    """Return a value as it is quoted in a sentence, not too long."""
    text = repr(dict(value) if isinstance(value, Mapping) else value)
    return text if len(text) <= 60 else text[:57] + "..."


def only(document: Mapping[Any, Any], words: Sequence[str], place: str = "") -> None:
    """Raise Wrong unless all words of `document` are among `words`."""
    for word in document:
        if word not in words:
            values = {"what": repr(words[0]), "found": repr(word), "known": ", ".join(words)}
            raise Wrong("unknown_word", place, {**values, "near": nearest(word, words)})


def mapping(value: object, place: str, form: str) -> Mapping[Any, Any]:
    """Return `value` if it is a mapping."""
    if not isinstance(value, Mapping):
        raise Wrong("missing", place, {"what": place, "missing": form, "form": f"{place}: {form}"})
    return value


def name(document: Mapping[Any, Any], word: str, place: str = "") -> str:
    """Return the name that stands under `word`."""
    found = document.get(word)
    if not isinstance(found, str) or not found.strip() or "\0" in found:
        where = f"{place}.{word}" if place else word
        raise Wrong("not_a_name", where, {"what": repr(word), "found": shown(found)})
    return found


def names(value: object, place: str) -> tuple[str, ...]:
    """Return a list of names that is not empty, each once."""
    if not isinstance(value, (list, tuple)) or not value:
        raise Wrong(
            "bad_value", place, {"operator": place, "wanted": "a list", "found": shown(value)}
        )
    return tuple(dict.fromkeys(name({place: item}, place) for item in value))


def one_of(value: object, words: Sequence[str], place: str) -> Any:
    """Return `value` if it is one of `words`."""
    if not isinstance(value, str) or value not in words:
        values = {"what": repr(place), "found": shown(value), "known": ", ".join(words)}
        raise Wrong("unknown_word", place, {**values, "near": nearest(value, words)})
    return value


def comparison(
    document: Mapping[Any, Any], taken: Collection[str], what: str, extra: Collection[str]
) -> tuple[Any, Any]:
    """Return the operator and the value of the only comparison in `document`."""
    chosen = [word for word in document if word not in taken]
    known = tuple(word for word in (*OPERATORS, *extra) if word not in taken)
    strange = [word for word in chosen if word not in known]
    if len(chosen) != 1 or strange:
        near = nearest(strange[0], known) if strange else ""
        raise Wrong("one_operator", "", {"what": what, "known": ", ".join(known), "near": near})
    operator = chosen[0]
    return operator, wanted(operator, document[operator])


def wanted(operator: str, value: object) -> Any:
    """Return the value that a comparison is made with, of the kind that `operator` takes."""
    if operator == "in":
        if not isinstance(value, (list, tuple)):
            raise _bad(operator, "a list of values", value)
        return tuple(single(operator, item) for item in value)
    if operator == "exists":
        if not isinstance(value, bool):
            raise _bad(operator, "true or false", value)
        return value
    found = single(operator, value)
    if operator == "begins_with" and not isinstance(found, str):
        raise _bad(operator, "a text", value)
    if operator not in ("is", "is_not") and isinstance(found, bool):
        raise _bad(operator, "a text or a number", value)
    return found


def single(operator: str, value: object) -> f.Value:
    """Return one text, number or flag; dates of YAML are texts."""
    if value is None:
        raise Wrong("no_null", operator, {})
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, str):
        if "\0" in value:
            raise _bad(operator, "a text that can be written", value)
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and is_finite(value):
        return value
    raise _bad(operator, "a text, a number, true or false", value)


def must_be_number(operator: str, value: object, *, counted: bool) -> None:
    """Raise Wrong unless a figure is compared with numbers; what is `counted` is always known."""
    if operator == "exists" and not counted:
        return
    many = value if isinstance(value, tuple) else (value,)
    if operator in ("contains", "begins_with") or not all(map(is_finite, many)):
        raise _bad(operator, "a number here", value)


def _bad(operator: str, kind: str, value: object) -> Wrong:
    return Wrong(
        "bad_value", operator, {"operator": operator, "wanted": kind, "found": shown(value)}
    )


def times(document: Mapping[Any, Any]) -> f.Times:
    """Return how many times, at least once when nothing is said."""
    if "times" not in document:
        return f.ONCE
    given = document["times"]
    if isinstance(given, int) and not isinstance(given, bool):
        given = {"is": given}
    said = mapping(given, "times", "{at_least: 3}")
    if len(said) != 1 or next(iter(said)) not in COUNTING:
        near = nearest(next(iter(said), ""), COUNTING)
        values = {"what": "times", "known": ", ".join(COUNTING), "near": near}
        raise Wrong("one_operator", "times", values)
    operator, number = next(iter(said.items()))
    whole = isinstance(number, int) and not isinstance(number, bool)
    if not whole or not 0 <= number < 2**31:
        values = {"operator": operator, "wanted": "a whole number", "found": shown(number)}
        raise Wrong("bad_value", f"times.{operator}", values)
    return f.Times(operator, number)


def days(value: object) -> tuple[int, int]:
    """Return the first and the last day of an anniversary."""
    given = mapping(value, "anniversary", "{from: 0, to: 7}")
    only(given, ("from", "to"), "anniversary")
    found = [given.get("from", 0), given.get("to", 0)]
    for word, number in zip(("from", "to"), found, strict=True):
        whole = isinstance(number, int) and not isinstance(number, bool)
        if not whole or not -366 <= number <= 366:
            values = {"operator": word, "wanted": "a number of days (-366 to 366)"}
            raise Wrong("bad_value", f"anniversary.{word}", {**values, "found": shown(number)})
    if found[0] > found[1]:
        raise Wrong("backwards", "anniversary", {"first": found[0], "last": found[1]})
    return found[0], found[1]


def held(document: Mapping[Any, Any]) -> f.Held | None:
    """Return for how long somebody must have been there, if the document says."""
    said = [word for word in ("for_at_least", "for_less_than") if word in document]
    if not said:
        return None
    if len(said) > 1:
        raise Wrong("stands_alone", "", {"word": repr(said[0]), "others": repr(said[1])})
    operator = said[0].removeprefix("for_")
    return f.Held(operator, length(document[said[0]], said[0]))  # type: ignore[arg-type]


def length(value: object, place: str, *, months: bool = True) -> f.Length:
    """Return a length of time with its units in order, each once."""
    text = value if isinstance(value, str) else ""
    found = DURATION.findall(text)
    rest = DURATION.sub("", text).replace(",", " ").replace("and", " ").strip()
    amounts: dict[Any, int] = {}
    for number, unit in found:
        amounts[unit] = amounts.get(unit, 0) + (int(number) if len(number) < 12 else 10**12)
    read = f.Length(tuple((amounts[unit], unit) for unit in UNITS if amounts.get(unit)))
    if rest or not read.parts or read.most > LONGEST:
        raise Wrong("not_a_length", place, {"found": shown(value)})
    if read.months and not months:
        raise Wrong("no_months", place, {"what": repr(place)})
    return read


def window(value: object, place: str, *, events: bool = False) -> f.Window:
    """Return a window; one for `events` does not look ahead."""
    if not isinstance(value, Mapping) or not value:
        raise Wrong("not_a_window", place, {"found": shown(value)})
    if "from" in value or "to" in value:
        return _between(value, place)
    kind = next(iter(value))
    if len(value) > 1 or kind not in ("last", "before", "next", "this"):
        raise Wrong("not_a_window", place, {"found": shown(value)})
    if kind == "next" and events:
        raise Wrong("events_are_past", place, {})
    if kind == "this":
        period = one_of(value[kind], ("day", "week", "month", "year"), f"{place}.this")
        return f.Window(kind="this", period=period)
    return f.Window(kind=kind, length=length(value[kind], f"{place}.{kind}"))


def _between(value: Mapping[Any, Any], place: str) -> f.Window:
    only(value, ("from", "to"), place)
    start = _moment(value["from"], f"{place}.from") if "from" in value else ""
    end = _moment(value["to"], f"{place}.to") if "to" in value else ""
    if start and end and start_instant(start, "UTC") >= end_instant(end, "UTC"):
        raise Wrong("backwards", place, {"first": start, "last": end})
    return f.Window(kind="between", start=start, end=end)


def _moment(value: object, place: str) -> str:
    """Return a date or a time as canonical text: whether its year can be counted is tried here."""
    try:
        if isinstance(value, str):
            plain = len(value) == 10
            value = date.fromisoformat(value) if plain else datetime.fromisoformat(value)
        if isinstance(value, (date, datetime)) and 1900 <= value.year <= 9990:
            return value.isoformat()
    except ValueError:
        pass
    raise Wrong("not_a_date", place, {"found": shown(value)})
