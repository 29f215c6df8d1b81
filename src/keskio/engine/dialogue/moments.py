"""When a step's moment is, for this customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Moment, Program
from keskio.engine.times import (
    HOUR,
    add,
    add_months,
    at_clock,
    nearest_working,
    next_clock,
    parse_clock,
    parse_moment,
    to_local,
    work_done_by,
    working_day_after,
)

MORNING = 9 * 60
AFTERNOON = 16 * 60
DAY_MINUTES = 24 * 60


class Around(msgspec.Struct, frozen=True, gc=False):
    """What a moment may hang on: the program, the customer's own variables, her facts, her object."""

    program: Program
    variables: Mapping[str, Any]
    facts: Facts
    object: str = ""

    @property
    def zone(self) -> str:
        """The customer's zone, else the dialogue's."""
        return self.facts.zone or self.program.zone

    def value(self, place: str) -> Any:
        """Return what stands at "customer.TRAIT", "object.FIELD" or "$variable"; None if nothing."""
        if place.startswith("$"):
            name = place[1:]
            return self.variables.get(name, self.program.variables.get(name))
        root, _dot, name = place.partition(".")
        if root == "customer":
            return self.facts.traits.get(name)
        return self.facts.fields_of(self.program.object_kind, self.object).get(name)


def moment_at(moment: Moment, at: int, around: Around) -> int:
    """Return the instant that `moment` means, counted from `at`.

    Raises ValueError when it hangs on something that this customer does not have.
    """
    found = anchored_at(moment, around) if moment.of else _counted(moment, at, around)
    if found is None:
        raise ValueError(f"{moment.of!r} says no date here")
    return found


def anchored_at(moment: Moment, around: Around, *, year: int | None = None) -> int | None:
    """Return the instant of a moment that is `of` a date, or None while that date is not known.

    `year`: of the same day in that year (29 February is the 28th where there is none). A text that is
    no date raises ValueError.
    """
    value = around.value(moment.of)
    if value is None or value == "":
        return None
    zone = around.zone
    day, clock = _day_and_clock(value, zone)
    if year is not None:
        day = add_months(day, (year - day.year) * 12)
    day = add_months(day, moment.after.months - moment.before.months)
    day += timedelta(days=moment.after.days - moment.before.days)
    if moment.workday:
        day = nearest_working(day, around.facts.calendar, ahead=moment.workday == "next")
    minute = clock_of(moment.at, around)
    if minute is None:
        minute = MORNING if clock is None else clock
    return at_clock(day, minute, zone) + moment.after.micros - moment.before.micros


def clock_of(at: int | str | None, around: Around) -> int | None:
    """Return the minute of the day that `at` says; the customer's own may be written "8.30".

    Nine in the morning where the customer has no such hour, or one that cannot be read: nobody is
    lost by what is not known of them.
    """
    if at is None or isinstance(at, int):
        return at
    found = _own_minute(at, around)
    return MORNING if found is None else found


def lacks_hour(moment: Moment, around: Around) -> bool:
    """Tell whether `moment` is at an hour of the customer's own that is not known."""
    return isinstance(moment.at, str) and _own_minute(moment.at, around) is None


def _own_minute(at: str, around: Around) -> int | None:
    value = around.value(at)
    if isinstance(value, int):
        return value if 0 <= value < DAY_MINUTES else None
    try:
        return None if value is None else parse_clock(str(value))
    except ValueError:
        return None


def _day_and_clock(value: Any, zone: str) -> tuple[date, int | None]:
    """Return the day that a value names, and the minute when it names one too."""
    if isinstance(value, date) and not hasattr(value, "hour"):
        return value, None
    if isinstance(value, str) and len(value) == len("2012-09-29"):
        return date.fromisoformat(value), None
    local = to_local(parse_moment(value, zone), zone)
    return local.date(), local.hour * 60 + local.minute


def _counted(moment: Moment, at: int, around: Around) -> int:
    zone, calendar = around.zone, around.facts.calendar
    if moment.until is not None:
        return _fixed(moment.until, around)
    if moment.working_hours is not None:
        return work_done_by(at, round(moment.working_hours * HOUR), zone, calendar)
    clock = clock_of(moment.at, around)
    if moment.working_days is not None:
        minute = AFTERNOON if clock is None else clock
        return working_day_after(at, moment.working_days, minute, zone, calendar)
    start = add(at, moment.after, zone)
    if clock is None and moment.weekday is None:
        return start
    # "At nine" said at nine sharp is tomorrow: what was due at nine must not be due again at once.
    later = start + moment.after.is_zero
    found = next_clock(later, clock or 0, zone, weekday=moment.weekday)
    if not moment.workday:
        return found
    day = nearest_working(to_local(found, zone).date(), calendar, ahead=moment.workday == "next")
    return at_clock(day, clock or 0, zone)


def _fixed(until: object, around: Around) -> int:
    if isinstance(until, int):
        return until
    value = around.value(str(until))
    if value is None:
        raise ValueError(f"the variable {str(until).removeprefix('$')!r} has no value here")
    return parse_moment(value, around.program.zone)
