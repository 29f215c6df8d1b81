"""Definitions of computed traits: documents read into recipes, with a sentence for whatever is wrong.

{"key": "orders_90", "title": "Orders in 90 days", "of": {"event": "Order Completed",
"where": {"property": "total", "at_least": 10}}, "compute": "count", "in": {"last": "90 days"}}
{"key": "best_customer", "title": "…", "sql": "SELECT customer, value …", "every": "1 day"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from keskio.engine.conditions import Condition, compile_condition
from keskio.engine.times import parse_span
from keskio.kernel.clock import Micros
from keskio.kernel.errors import Mistake

COUNT, SUM, AVERAGE, MIN, MAX = "count", "sum", "average", "min", "max"
FIRST, LAST, MOST_FREQUENT, DISTINCT = "first", "last", "most_frequent", "distinct_list"
NEXT = "next_expected"
COMPUTES = (COUNT, SUM, AVERAGE, MIN, MAX, FIRST, LAST, MOST_FREQUENT, DISTINCT, NEXT)
WITHOUT_PROPERTY = frozenset({COUNT, NEXT})
OF_NUMBERS = frozenset({SUM, AVERAGE, MIN, MAX})
ALL_TIME = "all time"

_DAY = 24 * 60 * 60 * 1_000_000
_LONGEST = 5 * 366 * _DAY
_KEY = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELDS = frozenset({"key", "title", "of", "compute", "property", "in"})
_SQL_FIELDS = frozenset({"key", "title", "sql", "every"})
# Traits that say who the customer is and how to reach her are told by sources only.
_TOLD = frozenset({"name", "email", "phone", "language", "locale", "timezone", "zone"})


class WrongDefinition(Mistake):
    """The definition of a computed trait cannot be used."""

    code = "wrong_definition"


class Recipe(msgspec.Struct, frozen=True):
    """A trait computed of events. `window` 0 is all time, else a length in microseconds."""

    key: str
    title: str
    event: str
    where: Condition | None
    compute: str
    property: str
    window: Micros


class Question(msgspec.Struct, frozen=True):
    """A trait that SQL on the lake answers, asked again after `every` microseconds."""

    key: str
    title: str
    sql: str
    every: Micros


Definition: TypeAlias = Recipe | Question


def read_definition(document: object) -> Definition:
    """Return what `document` defines. Raises WrongDefinition with a sentence that says how to mend it."""
    if not isinstance(document, Mapping):
        raise WrongDefinition("A definition is an object with key, title, of and compute.")
    known = _SQL_FIELDS if "sql" in document else _FIELDS
    for field in document:
        if field not in known:
            raise WrongDefinition(
                f"{field!r} is no field of a definition; there are {', '.join(sorted(known))}."
            )
    key, title = _key(document.get("key")), str(document.get("title") or "").strip()
    if not title:
        raise WrongDefinition("The definition needs a title for people.")
    if "sql" in document:
        sql = document["sql"]
        if not isinstance(sql, str) or not sql.strip():
            raise WrongDefinition("sql is a text: SELECT customer, … AS value FROM …")
        every = _length(document.get("every", "1 day"), "every")
        return Question(key, title[:120], sql.strip(), every)
    return _recipe(document, key, title[:120])


def _recipe(document: Mapping[str, Any], key: str, title: str) -> Recipe:
    of = document.get("of")
    if not isinstance(of, Mapping) or not isinstance(of.get("event"), str) or not of["event"]:
        raise WrongDefinition("of says which events count: of: {event: Order Completed}.")
    if of["event"].strip() == "customer.computed":
        raise WrongDefinition(
            "A computed trait cannot be of the events that tell of computed traits."
        )
    if set(of) - {"event", "where"}:
        raise WrongDefinition("of has the fields event and where, and no others.")
    compute = document.get("compute")
    if compute not in COMPUTES:
        raise WrongDefinition(f"compute is one of {', '.join(COMPUTES)}, not {compute!r}.")
    name = document.get("property") or ""
    if not isinstance(name, str):
        raise WrongDefinition("property is the name of a property of the event.")
    if compute not in WITHOUT_PROPERTY and not name:
        raise WrongDefinition(f"{compute} needs property: which property of the event it is of.")
    if compute == COUNT and name:
        raise WrongDefinition("count is of the events themselves: leave property out.")
    where = _where(of.get("where"))
    return Recipe(key, title, of["event"].strip(), where, compute, name, _window(document))


def _key(told: object) -> str:
    if not isinstance(told, str) or not _KEY.fullmatch(told):
        raise WrongDefinition(
            f"The key {told!r} cannot be the name of a trait: small letters, numbers and _."
        )
    if told in _TOLD:
        raise WrongDefinition(f"The trait {told!r} is told by sources and cannot be computed.")
    return told


def _window(document: Mapping[str, Any]) -> Micros:
    told = document.get("in", ALL_TIME)
    if told == ALL_TIME:
        return 0
    if isinstance(told, Mapping) and set(told) == {"last"}:
        return _length(told["last"], "in")
    raise WrongDefinition(f"in is 'all time' or {{last: 30 days}}, not {told!r}.")


def _length(told: object, field: str) -> Micros:
    """Return a fixed length of time; a day is 24 hours. Months and years have no fixed length."""
    try:
        span = parse_span(told) if isinstance(told, str) else None
    except ValueError as fault:
        raise WrongDefinition(f"{field}: {fault}.") from None
    if span is None or span.is_zero:
        raise WrongDefinition(f"{field} needs a length of time, such as 30 days.")
    if span.months:
        raise WrongDefinition(f"{field}: months and years vary; say days, such as 365 days.")
    length = span.micros + span.days * _DAY
    if length > _LONGEST:
        raise WrongDefinition(f"{field} is longer than five years; use all time.")
    return length


def _where(told: object) -> Condition | None:
    if told is None:
        return None
    try:
        return compile_condition(_check_where(told))
    except ValueError as fault:
        raise WrongDefinition(f"where: {fault}.") from None


def _check_where(told: object) -> Mapping[str, Any]:
    """Return a condition that looks at properties of the event only."""
    if not isinstance(told, Mapping) or not told:
        raise WrongDefinition("where is a condition such as {property: total, at_least: 10}.")
    for word, inner in told.items():
        if word in {"all", "any"}:
            for part in inner if isinstance(inner, list) else [None]:
                _check_where(part)
        elif word == "not":
            _check_where(inner)
    if not set(told) & {"all", "any", "not", "property"}:
        raise WrongDefinition("where looks at properties of the event: {property: NAME, is: …}.")
    return told
