"""Working hours: when people work, how long they have worked, and when so much of it will have passed.

Rules:
- A day has any number of periods by the clock of the zone; one may end after midnight and belongs to the
  day on which it begins. Periods that overlap count once.
- On a holiday nothing begins; what began the evening before goes on to its end.
- Work is physical time: a night shift over the change of the clocks is an hour longer in autumn and
  shorter in spring. A boundary that the clocks skip is the moment of the change; one that comes twice is
  the first of the two.
- Time that ends exactly at closing ends there, not at the next opening.

Instants and spans are whole microseconds, instants since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from keskio.engine.times import DAY, WEEKDAYS, parse_clock, to_instant, to_local

MINUTES = 24 * 60
FURTHEST = 3660  # days that are looked through for working time before giving up


class Hours(msgspec.Struct, frozen=True):
    """When people work. `weekly`: for each day, Monday first, its periods in minutes of that day.

    A period ends after it begins and at most at 2880 (the end of the next day). `holidays` are ordinals
    of days (`date.toordinal()`).
    """

    weekly: tuple[tuple[tuple[int, int], ...], ...]
    zone: str = "Europe/Helsinki"
    holidays: frozenset[int] = frozenset()

    @property
    def per_week(self) -> int:
        """Return the working minutes of a week without holidays (overlaps counted once a day)."""
        return sum(_minutes(day) for day in self.weekly)


def _minutes(day: Sequence[tuple[int, int]]) -> int:
    worked, upto = 0, 0
    for opens, closes in sorted(day):
        worked += max(0, closes - max(opens, upto))
        upto = max(upto, closes)
    return worked


ALWAYS = Hours(((((0, MINUTES)),),) * 7, "UTC")


def read_hours(
    weekly: Sequence[Sequence[Sequence[str]]] | Mapping[str, Sequence[Sequence[str]]],
    zone: str,
    holidays: frozenset[int] = frozenset(),
) -> Hours:
    """Return the hours that times of day as "09:00" say: seven lists of periods, or lists by weekday.

    A period that does not end after it begins ends on the next day. Raises ValueError.

    >>> read_hours({"friday": [["08:00", "12:00"], ["22:00", "02:00"]]}, "UTC").weekly[4]
    ((480, 720), (1320, 1560))
    """
    if isinstance(weekly, Mapping):
        unknown = set(weekly) - set(WEEKDAYS)
        if unknown:
            raise ValueError(f"{min(unknown)!r} is not a day; the days are {WEEKDAYS}")
        weekly = [weekly.get(day, ()) for day in WEEKDAYS]
    if len(weekly) != len(WEEKDAYS):
        raise ValueError(f"a week has seven days, not {len(weekly)}")
    return Hours(tuple(tuple(_period(p) for p in day) for day in weekly), zone, holidays)


def _period(told: Sequence[str]) -> tuple[int, int]:
    if len(told) != 2:
        raise ValueError(f"{list(told)!r} is not a period such as ['09:00', '17:00']")
    opens = parse_clock(told[0])
    closes = MINUTES if told[1].strip() in ("24:00", "24.00") else parse_clock(told[1])
    return opens, closes if closes > opens else closes + MINUTES


def add_working(start: int, span: int, hours: Hours) -> int:
    """Return the first instant by which `span` of working time has passed since `start`.

    Nothing to wait for (0) is over at once. Raises ValueError for a negative span, and for hours in which
    that much working time does not come within ten years.

    >>> office = read_hours([[["09:00", "17:00"]]] * 5 + [[], []], "UTC")
    >>> friday = 1_772_814_600_000_000  # 6 March 2026, 16.30
    >>> (add_working(friday, 3_600_000_000, office) - friday) / 3_600_000_000  # Monday 9.30
    65.0
    """
    if span < 0:
        raise ValueError("working time cannot be taken back")
    if span == 0:
        return start
    left = span
    for opens, closes in _periods(start, hours):
        if opens + left <= closes:
            return opens + left
        left -= closes - opens
    raise ValueError("these hours have too little working time: give them periods")


def working_between(start: int, end: int, hours: Hours) -> int:
    """Return the working time from `start` to `end`; negative where `end` comes first."""
    if end < start:
        return -working_between(end, start, hours)
    worked = 0
    if start == end or not any(hours.weekly):
        return worked
    for opens, closes in _periods(start, hours, until=end):
        if opens >= end:
            break
        worked += min(closes, end) - opens
    return worked


def is_working(at: int, hours: Hours) -> bool:
    """Tell whether people work at that instant; at closing they do not any more."""
    return working_between(at, at + 1, hours) == 1


def _periods(start: int, hours: Hours, until: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield what is left of the periods from `start` on, in order and without overlaps."""
    first = to_local(start, hours.zone).toordinal() - 2
    last = first + FURTHEST if until is None else first + (until - start) // DAY + 5
    upto = start
    for ordinal in range(first, last):
        if ordinal in hours.holidays:
            continue
        for opens, closes in _of_day(ordinal, hours.weekly[(ordinal - 1) % 7], hours.zone):
            if closes > upto:
                yield max(opens, upto), closes
                upto = closes


@lru_cache(maxsize=8192)
def _of_day(
    ordinal: int, day: tuple[tuple[int, int], ...], zone: str
) -> tuple[tuple[int, int], ...]:
    return tuple(
        (_boundary(ordinal, opens, zone), _boundary(ordinal, closes, zone))
        for opens, closes in sorted(day)
    )


def _boundary(ordinal: int, minute: int, zone: str) -> int:
    """Return when the clock shows `minute` of a day; the moment of the change where it skips that."""
    on = date.fromordinal(ordinal) + timedelta(days=minute // MINUTES)
    minute %= MINUTES
    shown = datetime.combine(on, time(minute // 60, minute % 60), tzinfo=ZoneInfo(zone))
    back = shown.astimezone(UTC).astimezone(ZoneInfo(zone))
    if back.replace(tzinfo=None) == shown.replace(tzinfo=None):
        return to_instant(shown)
    # Read by the clock of before the change, a skipped time lies after it; by that of after, before it.
    low, high = to_instant(shown.replace(fold=1)), to_instant(shown)
    before = to_local(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if to_local(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
