"""When a step's moment is, for this customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Moment, Program
from keskio.engine.times import (
    DAY,
    HOUR,
    Span,
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
LONGEST_MONTH = 31 * DAY


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


def known_at(moment: Moment, at: int, around: Around) -> int | None:
    """Return what `moment_at` does, or None where the date that it hangs on is not known."""
    if moment.of:
        return anchored_at(moment, around)
    if isinstance(moment.until, str):
        return _instant_said(moment.until, around)
    return _counted(moment, at, around)


def hangs_on(moment: Moment) -> str:
    """Return where the date stands that `moment` hangs on ("customer.TRAIT", "$variable"), or ""."""
    return moment.of or (moment.until if isinstance(moment.until, str) else "")


def next_run(rhythm: Moment, first: int, at: int, around: Around) -> int:
    """Return the first moment after `at` of a rhythm that began at `first`.

    Where it is at an hour, on a weekday or by the month, its turns are counted from `first`, so that a
    late run never makes those after it drift: from 31 January each month is 28 February and 31 March.
    """
    span = rhythm.after
    if rhythm.at is None and rhythm.weekday is None and not span.months:
        return moment_at(rhythm, at, around)
    if span.is_zero:
        return _next_of_clock(rhythm, at, around)
    # No turn is longer than this, so that none is passed over; mostly the first or second fits.
    longest = span.micros + span.days * (DAY + HOUR) + span.months * (LONGEST_MONTH + HOUR)
    turn = max(1, (at - first) // longest)
    while True:
        many = Span(span.micros * turn, span.days * turn, span.months * turn)
        due = moment_at(msgspec.structs.replace(rhythm, after=many), first, around)
        if due > at:
            return due
        turn += 1


def _next_of_clock(rhythm: Moment, at: int, around: Around) -> int:
    """Return the next hour or weekday whose day, where it is not worked, is moved to one after `at`."""
    plain, ahead = msgspec.structs.replace(rhythm, workday=""), at
    while True:
        due = moment_at(rhythm, ahead, around)
        if due > at:
            return due
        ahead = moment_at(plain, ahead, around)


def anchored_at(moment: Moment, around: Around, *, year: int | None = None) -> int | None:
    """Return the instant of a moment that is `of` a date, or None while that date is not known.

    `year`: of the same day in that year (29 February is the 28th where there is none). What is no date,
    or lies beyond all calendars ("9999-12-31"), is not known either.
    """
    value = around.value(moment.of)
    if value is None or value == "":
        return None
    try:
        return _anchored(value, moment, around, year)
    except (ValueError, OverflowError):
        return None


def _anchored(value: Any, moment: Moment, around: Around, year: int | None) -> int:
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


def _instant_said(place: str, around: Around) -> int | None:
    try:
        return _fixed(place, around)
    except (ValueError, OverflowError):
        return None


def _fixed(until: object, around: Around) -> int:
    if isinstance(until, int):
        return until
    value = around.value(str(until))
    if value is None:
        raise ValueError(f"the variable {str(until).removeprefix('$')!r} has no value here")
    return parse_moment(value, around.program.zone)
