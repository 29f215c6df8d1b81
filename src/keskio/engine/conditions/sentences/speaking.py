"""What both languages share: which clause says a form, and how clauses are put together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar, TypeAlias

from keskio.engine.conditions import forms as f

Names: TypeAlias = Mapping[tuple[str, str], str]
NO_MORE = {"is": 0, "at_most": 0, "less_than": 1}
# What a comparison is when it is not met by what is known.
OPPOSITE: Mapping[str, f.Operator] = {"is": "is_not", "is_not": "is"}


class Voice(ABC):
    """One language."""

    quotes: ClassVar[tuple[str, str]]
    and_: ClassVar[str]
    or_: ClassVar[str]
    not_so: ClassVar[str]
    flags: ClassVar[tuple[str, str]]
    point: ClassVar[str]

    def __init__(self, called: Names) -> None:
        self.called = called

    def clause(self, form: f.Condition, *, inside: bool = False) -> str:
        """Return a form as a clause; one made of several is in parentheses inside another."""
        if isinstance(form, f.Not):
            return self._negated(form.part, inside=inside)
        if isinstance(form, (f.AllOf, f.AnyOf)):
            word = self.and_ if isinstance(form, f.AllOf) else self.or_
            told = self.listed([self.clause(part, inside=True) for part in form.parts], word)
            return f"({told})" if inside and len(form.parts) > 1 else told
        return self.atom(form)

    def _negated(self, form: f.Condition, *, inside: bool) -> str:
        turned = _turned(form)
        if turned is not None:
            return self.clause(turned, inside=True)
        told = self.without(form)
        if told:
            return told
        told = f"{self.not_so} {self.clause(form, inside=True)}"
        return f"({told})" if inside else told

    def atom(self, form: f.Condition) -> str:
        """Return an atom as a clause."""
        return str(getattr(self, f"say_{type(form).__name__.lower()}")(form))

    @abstractmethod
    def without(self, form: f.Condition) -> str:
        """Return the opposite of an atom as a clause of its own, or "" if there is no good one."""

    @abstractmethod
    def compared(self, subject: str, operator: str, value: object) -> str:
        """Return a clause that compares `subject` with a value."""

    def value(self, value: object) -> str:
        """Return a value of a document."""
        if isinstance(value, bool):
            return self.flags[value]
        if isinstance(value, str):
            return self.quoted(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return str(value).replace(".", self.point)

    def name(self, kind: str, name: str) -> str:
        """Return what something is called, or its name in quotes."""
        return self.called.get((kind, name)) or self.quoted(name)

    def quoted(self, text: str) -> str:
        """Return a text in quotes."""
        return f"{self.quotes[0]}{text}{self.quotes[1]}"

    def listed(self, parts: Sequence[str], word: str) -> str:
        """Return parts as a list: "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {word} {parts[-1]}"

    def inner(self, form: f.Condition) -> str:
        """Return a condition on properties as a clause."""
        return self.clause(form)

    def moment(self, text: str) -> str:
        """Return a date or a time of a document as it is written in the language."""
        if len(text) == 10:
            return self.day(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
        return self.clock(self.day(moment.date()), moment)

    @abstractmethod
    def day(self, day: date) -> str:
        """Return a day."""

    @abstractmethod
    def clock(self, day: str, moment: datetime) -> str:
        """Return a moment of a day."""


def _turned(form: f.Condition) -> f.Condition | None:
    """Return the form that says the opposite of `form` just as plainly."""
    if isinstance(form, f.Not):
        return form.part
    if isinstance(form, f.Compared) and form.operator in OPPOSITE:
        return f.Compared(
            field=form.field,
            name=form.name,
            operator=OPPOSITE[form.operator],
            value=form.value,
        )
    if isinstance(form, f.Compared) and form.operator == "exists":
        return f.Compared(field=form.field, name=form.name, operator="exists", value=not form.value)
    if isinstance(form, f.Did) and form.times == f.ONCE:
        return f.Did(event=form.event, where=form.where, window=form.window, times=f.Times("is", 0))
    if isinstance(form, f.Has) and form.times == f.ONCE:
        return f.Has(kind=form.kind, where=form.where, date=form.date, times=f.Times("is", 0))
    return None


def is_never(times: f.Times) -> bool:
    """Tell whether `times` means not once."""
    return NO_MORE.get(times.operator) == times.number


def is_once_or_more(times: f.Times) -> bool:
    """Tell whether `times` means at least once."""
    return times.holds(1) and times.holds(2**31) and not times.holds(0)
