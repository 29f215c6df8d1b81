"""Moments computed from moments: durations, calendar months, local hours, working days.

Instants are whole microseconds since 1970 in UTC. Hours and shorter are physical time; days, weeks
and months are calendar time in the customer's zone, so "10 months later at nine" is nine by the
customer's clock on either side of a change of the clocks. 31 January plus one month is the last day
of February.
"""

from __future__ import annotations

import calendar as months
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
QUARTER = 15 * MINUTE
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DURATION = re.compile(r"(\d+)\s*(second|minute|hour|day|week|month|year)s?")
PHYSICAL = {"second": SECOND, "minute": MINUTE, "hour": HOUR}


class Calendar(msgspec.Struct, frozen=True, gc=False):
    """When people work: not on `weekend` (0 is Monday) nor on public holidays (ordinals of days).

    `opens` and `closes` are minutes of a working day.
    """

    weekend: tuple[int, ...] = (5, 6)
    holidays: frozenset[int] = frozenset()
    opens: int = 8 * 60
    closes: int = 16 * 60

    def is_working(self, day: date) -> bool:
        """Tell whether people work on `day`."""
        return day.weekday() not in self.weekend and day.toordinal() not in self.holidays


class Span(msgspec.Struct, frozen=True, gc=False):
    """A length of time: a physical part and a calendar part."""

    micros: int = 0
    days: int = 0
    months: int = 0

    @property
    def is_zero(self) -> bool:
        """Tell whether the span has no length."""
        return not (self.micros or self.days or self.months)


def parse_span(text: str) -> Span:
    """Return the span that `text` says.

    >>> parse_span("2 days 3 hours")
    Span(micros=10800000000, days=2, months=0)
    >>> parse_span("1 month").months
    1

    Raises ValueError for anything else than numbers with the units second to year.
    """
    micros = days = month_count = 0
    rest = DURATION.sub("", text).replace(",", " ").replace("and", " ").strip()
    found = DURATION.findall(text)
    if rest or not found:
        raise ValueError(f"{text!r} is not a length of time such as '2 days' or '90 minutes'")
    for number, unit in found:
        n = int(number)
        if unit in PHYSICAL:
            micros += n * PHYSICAL[unit]
        elif unit in ("day", "week"):
            days += n * (7 if unit == "week" else 1)
        else:
            month_count += n * (12 if unit == "year" else 1)
    return Span(micros, days, month_count)


def to_local(at: int, zone: str) -> datetime:
    """Return the instant `at` as a datetime in `zone`."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone))


@lru_cache(maxsize=256)
def minute_of_day(at: int, zone: str) -> int:
    """Return the minute of the day (0 to 1439) that clocks in `zone` show at `at`.

    A batch asks this of one moment for all its customers.
    """
    local = to_local(at, zone)
    return local.hour * 60 + local.minute


def to_instant(local: datetime) -> int:
    """Return an aware datetime as an instant.

    A time that the clocks skip in spring counts from the moment of the change onward: 03.30 that
    does not exist is 04.30. A time that comes twice in autumn is the first of the two.
    """
    return (local.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=16_384)
def _offset_in(quarter: int, zone: str) -> timedelta | None:
    """Return the zone's offset during one quarter of an hour since 1970, or None if it changes then."""
    begins = to_local(quarter * QUARTER, zone).utcoffset()
    ends = to_local((quarter + 1) * QUARTER - 1, zone).utcoffset()
    return begins if begins == ends else None


def _days_later(at: int, days: int, zone: str) -> int | None:
    """Return the same clock time `days` later, or None where a change of the clocks may be near.

    What `add` computes through datetimes, at a tenth of the cost, for almost every moment: when the
    offset is the same now and then, and has been for a day before then, no clock time is skipped
    or comes twice.
    """
    moved = at + days * DAY
    offset = _offset_in(at // QUARTER, zone)
    if offset is None or offset != _offset_in(moved // QUARTER, zone):
        return None
    return moved if offset == _offset_in((moved - DAY) // QUARTER, zone) else None


def add(at: int, span: Span, zone: str) -> int:
    """Return the instant `span` after `at`; calendar parts by the clock in `zone`."""
    if not (span.days or span.months):
        return at + span.micros
    if not span.months:
        plain = _days_later(at, span.days, zone)
        if plain is not None:
            return plain + span.micros
    local = to_local(at, zone)
    day = add_months(local.date(), span.months) + timedelta(days=span.days)
    moved = datetime.combine(day, local.timetz().replace(fold=0), tzinfo=ZoneInfo(zone))
    return to_instant(moved) + span.micros


def add_months(day: date, count: int) -> date:
    """Return the same day `count` months later, or the last day of a month that is too short."""
    if not count:
        return day
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    last = months.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def at_clock(day: date, minute: int, zone: str) -> int:
    """Return the instant at which the clock in `zone` shows `minute` (of the day) on `day`."""
    clock = time(minute // 60, minute % 60)
    return to_instant(datetime.combine(day, clock, tzinfo=ZoneInfo(zone)))


def next_clock(at: int, minute: int, zone: str, *, weekday: int | None = None) -> int:
    """Return the first instant not before `at` when the clock in `zone` shows `minute`.

    `weekday`: only on that day of the week (0 is Monday).
    """
    day = to_local(at, zone).date()
    for ahead in range(9):
        candidate = day + timedelta(days=ahead)
        if weekday is not None and candidate.weekday() != weekday:
            continue
        instant = at_clock(candidate, minute, zone)
        if instant >= at:
            return instant
    raise AssertionError("a week has each day once")


def working_day_after(at: int, count: int, minute: int, zone: str, calendar: Calendar) -> int:
    """Return `minute` o'clock on the `count`-th working day after the local day of `at`."""
    day = to_local(at, zone).date()
    left = count
    while left > 0:
        day += timedelta(days=1)
        left -= calendar.is_working(day)
    return at_clock(day, minute, zone)


def work_done_by(at: int, work: int, zone: str, calendar: Calendar) -> int:
    """Return the instant by which `work` microseconds of working time have passed since `at`.

    Working time runs from `opens` to `closes` on working days, by the clock in `zone`.
    """
    day, left = to_local(at, zone).date(), work
    while True:
        if calendar.is_working(day):
            opens = max(at, at_clock(day, calendar.opens, zone))
            closes = at_clock(day, calendar.closes, zone)
            if opens + left <= closes:
                return opens + left
            left -= max(0, closes - opens)
        day += timedelta(days=1)


def nearest_working(day: date, calendar: Calendar, *, ahead: bool) -> date:
    """Return `day` if it is worked, else the next working day (`ahead`) or the one before."""
    while not calendar.is_working(day):
        day += timedelta(days=1 if ahead else -1)
    return day


def end_of(day: date, zone: str) -> int:
    """Return the instant at which `day` ends in `zone`: a deadline "to 29 September" includes it."""
    return at_clock(day + timedelta(days=1), 0, zone)


def parse_clock(text: str) -> int:
    """Return "09:30" (or 9.30) as minutes of the day; raises ValueError."""
    match = re.fullmatch(r"(\d{1,2})[:.](\d{2})", text.strip())
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return int(match[1]) * 60 + int(match[2])
    raise ValueError(f"{text!r} is not a time of day such as '09:30'")


def parse_moment(value: object, zone: str) -> int:
    """Return the instant that `value` names.

    A date alone means the end of that day in `zone`; a datetime without a zone is local there.
    Raises ValueError.

    >>> parse_moment("2012-09-29", "Europe/Helsinki") == parse_moment("2012-09-30T00:00", "Europe/Helsinki")
    True
    """
    try:
        if isinstance(value, datetime):
            return to_instant(value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone)))
        if isinstance(value, date):
            return end_of(value, zone)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str):
            if len(value) == 10:
                return end_of(date.fromisoformat(value), zone)
            return parse_moment(datetime.fromisoformat(value), zone)
    except (ValueError, OverflowError):  # no such day, or one after the last that can be counted
        pass
    raise ValueError(f"{value!r} is not a date or a time such as 2012-09-29 or 2012-09-29T18:00")
