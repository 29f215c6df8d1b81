"""Values and how they compare: the one place that says what "is" and "at least" mean.

A value is a text, a number (whole or not, compared as doubles), a flag, or something else (a list,
an object, nothing). Values of different kinds are never equal, less or more: no error, no match.
What is unknown, or null, meets only `is_not` and `exists: false`. Texts are in the order of their
code points.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["text", "number", "flag", "other"]
Test: TypeAlias = Callable[[Any], bool]
INFINITY = float("inf")
# Texts that begin with a date. That there is such a day in the calendar is not looked at: dates are
# compared as texts, in Python and in SQL alike.
DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_DATE = re.compile(DATE)


def number_of(value: object) -> float | None:
    """Return `value` as a double if it is a number; one too large for that is infinite."""
    if type(value) is float:
        return None if value != value else value  # noqa: PLR0124 - only NaN is not itself
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return INFINITY if value > 0 else -INFINITY
    return None


def is_finite(value: object) -> bool:
    """Tell whether `value` is a number that documents and queries can hold."""
    number = number_of(value)
    return number is not None and -INFINITY < number < INFINITY


def kind_of(value: object) -> Kind | None:
    """Return the kind of `value`, or None for null."""
    if value is None:
        return None
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "flag"
    return "other" if number_of(value) is None else "number"


def typed_rows(value: object) -> list[tuple[str, str | None, float | None]]:
    """Return the rows (kind, text, number) that stand for `value` in tables of typed values.

    A text has its text, a number its number, a flag 0 or 1 as number. Anything else is one row
    `other` without either; a list has besides a row `item_…` for each different text, number and
    flag in it. Null has no row.

    >>> typed_rows(["a", 2])
    [('other', None, None), ('item_text', 'a', None), ('item_number', None, 2.0)]
    """
    kind = kind_of(value)
    if kind is None:
        return []
    rows: list[tuple[str, str | None, float | None]] = [(kind, *_sides(value))]
    if isinstance(value, (list, tuple)):
        for item in value:
            inner = kind_of(item)
            row = (f"item_{inner}", *_sides(item))
            if inner not in (None, "other") and row not in rows:
                rows.append(row)
    return rows


def _sides(value: object) -> tuple[str | None, float | None]:
    if isinstance(value, str):
        return value, None
    return None, float(value) if isinstance(value, bool) else number_of(value)


def date_text(value: object) -> str | None:
    """Return the date with which a text begins, as YYYY-MM-DD, or None."""
    return value[:10] if isinstance(value, str) and _DATE.match(value) else None


def test_of(operator: str, wanted: Any) -> Test:
    """Return the function that tells whether a value (None: unknown) meets a comparison."""
    return _TESTS[operator](wanted)


def _is(wanted: Any) -> Test:
    if isinstance(wanted, bool):
        return lambda value: value is wanted
    if isinstance(wanted, str):
        return lambda value: type(value) is str and value == wanted
    number = float(wanted)
    return lambda value: number_of(value) == number


def _is_not(wanted: Any) -> Test:
    same = _is(wanted)
    return lambda value: not same(value)


def _in(wanted: Any) -> Test:
    flags = frozenset(item for item in wanted if isinstance(item, bool))
    texts = frozenset(item for item in wanted if isinstance(item, str))
    numbers = frozenset(float(item) for item in wanted if number_of(item) is not None)

    def holds(value: Any) -> bool:
        if type(value) is str:
            return value in texts
        if type(value) is bool:
            return value in flags
        return number_of(value) in numbers

    return holds


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    def build(wanted: Any) -> Test:
        if isinstance(wanted, str):
            return lambda value: type(value) is str and compare(value, wanted)
        number = float(wanted)

        def holds(value: Any) -> bool:
            found = number_of(value)
            return found is not None and compare(found, number)

        return holds

    return build


def _contains(wanted: Any) -> Test:
    same = _is(wanted)

    def holds(value: Any) -> bool:
        if type(value) is str:
            return type(wanted) is str and wanted in value
        return isinstance(value, (list, tuple)) and any(map(same, value))

    return holds


def _begins_with(wanted: Any) -> Test:
    return lambda value: type(value) is str and value.startswith(wanted)


def _exists(wanted: Any) -> Test:
    return lambda value: (value is not None) is wanted


_TESTS: dict[str, Callable[[Any], Test]] = {
    "is": _is,
    "is_not": _is_not,
    "in": _in,
    "at_least": _ordered(ge),
    "at_most": _ordered(le),
    "more_than": _ordered(gt),
    "less_than": _ordered(lt),
    "contains": _contains,
    "begins_with": _begins_with,
    "exists": _exists,
}
OPERATORS: tuple[str, ...] = tuple(_TESTS)


def rounded(figure: float) -> float:
    """Return a sum or an average to six decimals, so that 0.1 + 0.2 is 0.3 wherever it is computed."""
    scaled = figure * 1e6
    if not -INFINITY < scaled < INFINITY:
        return figure
    whole = abs(scaled)
    whole = float(int(whole + 0.5)) if whole < 2**52 else whole
    return (whole if scaled >= 0 else -whole) / 1e6
