"""Comparisons as SQL: of rows of typed values (traits, fields of objects), and of events' properties.

Each answers TRUE when the comparison is met, and FALSE or NULL when not. Only `refused` turns it
around, and takes NULL for FALSE.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.sql import literals as sql
from keskio.engine.conditions.values import DATE

Leaf: TypeAlias = Callable[[f.Compared], str]
SIGNS = {
    "is": "=",
    "is_not": "<>",
    "at_least": ">=",
    "at_most": "<=",
    "more_than": ">",
    "less_than": "<",
}
# Properties that the events have as columns of their own, by kind (docs/lake.md).
HOT_NUMBERS = frozenset({"value", "revenue", "total", "quantity", "price"})
HOT_TEXTS = frozenset(
    {"currency", "product_id", "category", "order_id", "path", "channel", "dialogue"}
)


def refused(sql_text: str) -> str:
    """Return the opposite of a comparison."""
    return f"NOT coalesce({sql_text}, FALSE)"


def is_negative(form: f.Compared) -> bool:
    """Tell whether the comparison is met by what is not known."""
    return form.operator == "is_not" or (form.operator == "exists" and form.value is False)


def positive(form: f.Compared) -> f.Compared:
    """Return the comparison whose opposite a negative one is."""
    if form.operator == "is_not":
        return f.Compared(field=form.field, name=form.name, operator="is", value=form.value)
    return f.Compared(field=form.field, name=form.name, operator="exists", value=True)


def joined(form: f.Condition, leaf: Leaf) -> str:
    """Return a condition on one thing as one SQL expression; `leaf` writes its comparisons."""
    if isinstance(form, f.Not):
        return refused(joined(form.part, leaf))
    if isinstance(form, (f.AllOf, f.AnyOf)):
        word = " AND " if isinstance(form, f.AllOf) else " OR "
        return "(" + word.join(joined(part, leaf) for part in form.parts) + ")"
    assert isinstance(form, f.Compared)
    if is_negative(form):
        return refused(leaf(positive(form)))
    return leaf(form)


class _Sides:
    """Where the text, the number and the flag of one value are found; each NULL for another kind."""

    def __init__(self, text: str, number: str, flag: str) -> None:
        self.text, self.number, self.flag = text, number, flag

    def compared(self, operator: str, value: object) -> str:
        """Return the comparison with the side of the value's kind."""
        if operator == "in":
            assert isinstance(value, tuple)
            return self._among(value)
        assert isinstance(value, (str, int, float, bool))
        if operator == "begins_with":
            return f"starts_with({self.text}, {sql.text(str(value))})"
        if isinstance(value, bool):
            return f"{self.flag} = {sql.flag(value)}"
        if isinstance(value, str):
            return f"{self.text} {SIGNS[operator]} {sql.text(value)}"
        return f"{self.number} {SIGNS[operator]} {sql.number(value)}"

    def _among(self, values: tuple[f.Value, ...]) -> str:
        texts = [sql.text(value) for value in values if isinstance(value, str)]
        flags = [sql.flag(value) for value in values if isinstance(value, bool)]
        numbers = [
            sql.number(value)
            for value in values
            if isinstance(value, (int, float)) and not isinstance(value, bool)
        ]
        sides = ((self.text, texts), (self.number, numbers), (self.flag, flags))
        found = [f"{side} IN {sql.listed(many)}" for side, many in sides if many]
        return f"({' OR '.join(found)})" if found else "FALSE"


def property_leaf(form: f.Compared) -> str:
    """Return a comparison of a property of `events`."""
    name = sql.text(form.name)
    if form.operator == "exists":
        return f"event_kind(body, {name}) IS NOT NULL"
    sides = property_sides(form.name)
    if form.operator == "contains":
        if isinstance(form.value, str):
            wanted = sql.text(form.value)
            return f"(contains({sides.text}, {wanted}) OR event_has_text(body, {name}, {wanted}))"
        assert isinstance(form.value, (int, float))
        return f"event_has_number(body, {name}, {sql.number(form.value)})"
    return sides.compared(form.operator, form.value)


def property_sides(name: str) -> _Sides:
    """Return where a property's text, number and flag are: in a column if there is one for it."""
    told = sql.text(name)
    return _Sides(
        name if name in HOT_TEXTS else f"event_text(body, {told})",
        name if name in HOT_NUMBERS else f"event_number(body, {told})",
        f"event_flag(body, {told})",
    )


def row_test(form: f.Compared, prefix: str = "") -> str:
    """Return a comparison of one row of typed values, whose name is looked at elsewhere."""
    kind, text, number = f"{prefix}kind", f"{prefix}text", f"{prefix}number"
    if form.operator == "exists":
        return "TRUE"
    if form.operator == "contains":
        if isinstance(form.value, str):
            wanted = sql.text(form.value)
            return (
                f"(({kind} = 'text' AND contains({text}, {wanted}))"
                f" OR ({kind} = 'item_text' AND {text} = {wanted}))"
            )
        assert isinstance(form.value, (int, float))
        return f"({kind} = 'item_number' AND {number} = {sql.number(form.value)})"
    if form.operator == "in":
        assert isinstance(form.value, tuple)
        return _row_among(form.value, kind, text, number)
    assert not isinstance(form.value, tuple)
    if isinstance(form.value, bool):
        return f"({kind} = 'flag' AND {number} = {sql.number(form.value)})"
    test = _Sides(text, number, "").compared(form.operator, form.value)
    return f"({kind} = '{'text' if isinstance(form.value, str) else 'number'}' AND {test})"


def _row_among(values: tuple[f.Value, ...], kind: str, text: str, number: str) -> str:
    found = []
    texts = [sql.text(value) for value in values if isinstance(value, str)]
    if texts:
        found.append(f"({kind} = 'text' AND {text} IN {sql.listed(texts)})")
    for name, flags in (("number", False), ("flag", True)):
        numbers = [
            sql.number(value)
            for value in values
            if not isinstance(value, str) and isinstance(value, bool) is flags
        ]
        if numbers:
            found.append(f"({kind} = '{name}' AND {number} IN {sql.listed(numbers)})")
    return f"({' OR '.join(found)})" if found else "FALSE"


def date_test(bounds: tuple[str, str], prefix: str = "") -> str:
    """Return whether a row of typed values holds a date between `bounds`, which are texts."""
    day = f"substr({prefix}text, 1, 10)"
    return (
        f"({prefix}kind = 'text' AND {day} >= {sql.text(bounds[0])} AND {day} < {sql.text(bounds[1])}"
        f" AND regexp_matches({prefix}text, {sql.text(DATE)}))"
    )


def anniversary_test(days: frozenset[str], prefix: str = "") -> str:
    """Return whether a row of typed values holds a date on one of `days` (MM-DD)."""
    wanted = sql.listed(sql.text(day) for day in sorted(days))
    return (
        f"({prefix}kind = 'text' AND substr({prefix}text, 6, 5) IN {wanted}"
        f" AND regexp_matches({prefix}text, {sql.text(DATE)}))"
    )
