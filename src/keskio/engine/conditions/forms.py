"""A condition as it has been read: frozen, checked, and nothing but what the document says.

Everything else is built from these forms: the functions that decide, the SQL, the sentences, the
document again. Names follow the words of the documents.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from keskio.engine.times import DAY, PHYSICAL

Unit: TypeAlias = Literal["second", "minute", "hour", "day", "week", "month", "year"]
Value: TypeAlias = str | int | float | bool
Operator: TypeAlias = Literal[
    "is",
    "is_not",
    "in",
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    "contains",
    "begins_with",
    "exists",
]
Period: TypeAlias = Literal["day", "week", "month", "year"]


class Form(msgspec.Struct, frozen=True, kw_only=True, tag_field="form", omit_defaults=True):
    """What all forms share: they are equal when they say the same."""


class Length(msgspec.Struct, frozen=True):
    """A length of time as it was written: numbers with units, the longest first.

    In conditions a day is 24 hours and a week seven of those; months and years are those of the
    calendar.
    """

    parts: tuple[tuple[int, Unit], ...]

    @property
    def fixed(self) -> int:
        """The microseconds of all units but months and years."""
        sizes = {**PHYSICAL, "day": DAY, "week": 7 * DAY, "month": 0, "year": 0}
        return sum(number * sizes[unit] for number, unit in self.parts)

    @property
    def months(self) -> int:
        """The calendar months."""
        sizes = {"month": 1, "year": 12}
        return sum(number * sizes.get(unit, 0) for number, unit in self.parts)

    @property
    def most(self) -> int:
        """No fewer microseconds than the length can ever have, with the rest of a day to spare."""
        return self.fixed + (self.months * 31 * DAY + 2 * DAY if self.months else 0)

    def __str__(self) -> str:
        """Return the text that reads as this length."""
        return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in self.parts)


class Window(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stretch of time, said from now (`last`, `before`, `next`, `this`) or by dates (`between`).

    `start` and `end` are texts of dates or times; "" is open. A date as `end` includes its day.
    """

    kind: Literal["last", "before", "next", "this", "between"]
    length: Length | None = None
    period: Period | None = None
    start: str = ""
    end: str = ""


class Times(msgspec.Struct, frozen=True):
    """How many times: a comparison with a whole number."""

    operator: Literal["is", "is_not", "at_least", "at_most", "more_than", "less_than"] = "at_least"
    number: int = 1

    def holds(self, count: int) -> bool:
        """Tell whether `count` is that many."""
        return _COUNTED[self.operator](count, self.number)

    @property
    def holds_for_none(self) -> bool:
        """Tell whether not a single one is enough."""
        return self.holds(0)


_COUNTED = {
    "is": int.__eq__,
    "is_not": int.__ne__,
    "at_least": int.__ge__,
    "at_most": int.__le__,
    "more_than": int.__gt__,
    "less_than": int.__lt__,
}
ONCE = Times()


class Held(msgspec.Struct, frozen=True):
    """For how long somebody has been there: `at_least` or `less_than` a length."""

    operator: Literal["at_least", "less_than"]
    length: Length


class AllOf(Form, frozen=True, kw_only=True, tag="all"):
    """Every part holds."""

    parts: tuple[Condition, ...]


class AnyOf(Form, frozen=True, kw_only=True, tag="any"):
    """At least one part holds."""

    parts: tuple[Condition, ...]


class Not(Form, frozen=True, kw_only=True, tag="not"):
    """The part does not hold."""

    part: Condition


class Compared(Form, frozen=True, kw_only=True, tag="compared"):
    """A trait, a variable of the dialogue, or a property of the event or object at hand, and a value.

    `value` is a tuple for `in`, a flag for `exists`.
    """

    field: Literal["trait", "variable", "property"]
    name: str
    operator: Operator
    value: Value | tuple[Value, ...]


class Dated(Form, frozen=True, kw_only=True, tag="dated"):
    """The trait holds a date that lies in the window."""

    trait: str
    window: Window


class Anniversary(Form, frozen=True, kw_only=True, tag="anniversary"):
    """The day and month of the trait's date come between `first` and `last` days from today."""

    trait: str
    first: int
    last: int


class Consented(Form, frozen=True, kw_only=True, tag="consent"):
    """The state of a consent; "none" when nothing has been said."""

    purpose: str
    channel: str
    state: Literal["given", "denied", "withdrawn", "expired", "none"] = "given"


class Staged(Form, frozen=True, kw_only=True, tag="stage"):
    """The customer is in one of these stages of a model. `many`: they were written as a list."""

    model: str
    stages: tuple[str, ...]
    many: bool = False
    held: Held | None = None


class InSegment(Form, frozen=True, kw_only=True, tag="segment"):
    """The customer is in a segment."""

    key: str
    held: Held | None = None


class DateOf(msgspec.Struct, frozen=True):
    """A field of an object whose date lies in the window."""

    field: str
    window: Window


class Has(Form, frozen=True, kw_only=True, tag="object"):
    """The customer has so many objects of a kind that are like `where` and whose date fits."""

    kind: str
    where: Condition | None = None
    date: DateOf | None = None
    times: Times = ONCE


class Did(Form, frozen=True, kw_only=True, tag="event"):
    """An event has happened so many times in the window, with properties like `where`."""

    event: str
    where: Condition | None = None
    window: Window | None = None
    times: Times = ONCE


class Figure(Form, frozen=True, kw_only=True, tag="figure"):
    """A figure over the values that a property has in the events, compared with a value.

    `sum average min max` look at numbers only; `distinct` counts different values; `first` and
    `last` are the values in the first and the last of the events.
    """

    event: str
    how: Literal["sum", "average", "min", "max", "first", "last", "distinct"]
    property: str
    operator: Operator
    value: Value | tuple[Value, ...]
    where: Condition | None = None
    window: Window | None = None


class Recency(Form, frozen=True, kw_only=True, tag="recency"):
    """The first or the last time that an event happened lies in the window."""

    event: str
    which: Literal["first", "last"]
    window: Window
    where: Condition | None = None


class Followed(Form, frozen=True, kw_only=True, tag="sequence"):
    """After the event came `then` within a length of time; or (`came` false) it did not in time."""

    event: str
    then: str
    within: Length
    came: bool = True
    where: Condition | None = None
    then_where: Condition | None = None
    window: Window | None = None


Condition: TypeAlias = (
    AllOf
    | AnyOf
    | Not
    | Compared
    | Dated
    | Anniversary
    | Consented
    | Staged
    | InSegment
    | Has
    | Did
    | Figure
    | Recency
    | Followed
)
