"""From windows to bounds: which instants, and which dates, a window means at a moment.

Bounds are half-open: the first is inside, the second is not; None is open. They never move back as
time goes on, so that one can also ask when a bound will have passed a given instant.

Lengths with months or years begin and end with the day: "the last month" is from the beginning of
the same day a month ago. An event that is told for the future counts as happening now, so that
`last` and `this` have no end for events; dates do lie ahead, and there they end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeAlias, TypeVar

from keskio.engine.conditions.forms import Length, Window
from keskio.engine.times import add_months, at_clock, end_of, parse_moment, to_local

Bounds: TypeAlias = tuple[int | None, int | None]
DateBounds: TypeAlias = tuple[str, str]
T = TypeVar("T")
ONE_DAY = timedelta(days=1)
NEVER = ""  # before every date
ALWAYS = "A"  # behind every date


@lru_cache(maxsize=4096)
def midnight(day: date, zone: str) -> int:
    """Return the instant at which `day` begins in `zone`."""
    return at_clock(day, 0, zone)


def back(now: int, length: Length, zone: str) -> int:
    """Return the instant `length` before `now`."""
    at = now - length.fixed
    if not length.months:
        return at
    return midnight(add_months(to_local(at, zone).date(), -length.months), zone)


def ahead(now: int, length: Length, zone: str) -> int:
    """Return the instant `length` after `now`."""
    at = now + length.fixed
    if not length.months:
        return at
    return midnight(add_months(to_local(at, zone).date(), length.months) + ONE_DAY, zone)


def back_reaches(at: int, length: Length, zone: str) -> int:
    """Return the first moment for which `back` gives `at` or later."""
    if not length.months:
        return at + length.fixed
    day = _begun_by(at, zone)
    candidate = add_months(day, length.months) - 4 * ONE_DAY
    while add_months(candidate, -length.months) < day:
        candidate += ONE_DAY
    return midnight(candidate, zone) + length.fixed


def ahead_reaches(at: int, length: Length, zone: str) -> int:
    """Return the first moment for which `ahead` gives `at` or later."""
    if not length.months:
        return at - length.fixed
    day = _begun_by(at, zone) - ONE_DAY
    candidate = add_months(day, -length.months) - 4 * ONE_DAY
    while add_months(candidate, length.months) < day:
        candidate += ONE_DAY
    return midnight(candidate, zone) - length.fixed


def _begun_by(at: int, zone: str) -> date:
    """Return the first day that begins at `at` or later."""
    day = to_local(at, zone).date()
    return day if midnight(day, zone) >= at else day + ONE_DAY


def period_of(now: int, period: str, zone: str) -> tuple[date, date]:
    """Return the first day of the day, week, month or year of `now`, and of the next one."""
    day = to_local(now, zone).date()
    if period == "day":
        return day, day + ONE_DAY
    if period == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + 7 * ONE_DAY
    if period == "month":
        first = day.replace(day=1)
        return first, add_months(first, 1)
    first = day.replace(month=1, day=1)
    return first, add_months(first, 12)


def start_instant(text: str, zone: str) -> int:
    """Return the instant at which a window from `text` begins."""
    if len(text) == 10:
        return midnight(date.fromisoformat(text), zone)
    return parse_moment(text, zone)


def end_instant(text: str, zone: str) -> int:
    """Return the first instant behind a window to `text`; a date includes its day."""
    return end_of(date.fromisoformat(text), zone) if len(text) == 10 else parse_moment(text, zone)


def event_bounds(window: Window | None, now: int, zone: str) -> Bounds:
    """Return the instants between which an event lies that is in `window`."""
    if window is None:
        return None, None
    if window.kind == "between":
        return (
            start_instant(window.start, zone) if window.start else None,
            end_instant(window.end, zone) if window.end else None,
        )
    if window.kind == "this":
        assert window.period is not None
        return midnight(period_of(now, window.period, zone)[0], zone), None
    assert window.length is not None
    edge = back(now, window.length, zone)
    return (edge, None) if window.kind == "last" else (None, edge)


def date_bounds(window: Window, now: int, zone: str) -> DateBounds:
    """Return the dates, as texts, between which a date lies that is in `window`.

    A date is a whole day: it is in the window when any moment of it is, and `before` it when all are.
    """
    if window.kind == "between":
        end = NEVER
        if window.end:
            end = _day_text(end_instant(window.end, zone) - 1, zone, later=1)
        start = _day_text(start_instant(window.start, zone), zone) if window.start else NEVER
        return start, end or ALWAYS
    if window.kind == "this":
        assert window.period is not None
        first, following = period_of(now, window.period, zone)
        return first.isoformat(), following.isoformat()
    assert window.length is not None
    if window.kind == "next":
        return _day_text(now, zone), _day_text(ahead(now, window.length, zone) - 1, zone, later=1)
    edge = _day_text(back(now, window.length, zone), zone)
    return (NEVER, edge) if window.kind == "before" else (edge, _day_text(now, zone, later=1))


def _day_text(at: int, zone: str, *, later: int = 0) -> str:
    return (to_local(at, zone).date() + later * ONE_DAY).isoformat()


def edges_passing(window: Window | None, at: int, now: int, zone: str) -> list[int]:
    """Return the moments after `now` at which an event of the instant `at` enters or leaves `window`."""
    if window is None or window.kind == "between":
        return []
    if window.kind == "this":
        assert window.period is not None
        return _later(now, [midnight(period_of(at, window.period, zone)[1], zone)])
    assert window.length is not None
    return _later(now, [back_reaches(at + 1, window.length, zone)])


def days_passing(window: Window, day: str, now: int, zone: str) -> list[int]:
    """Return the moments after `now` at which the date `day` enters or leaves `window`."""
    if window.kind == "between":
        return []
    real = _real_day(day)
    if real is None:
        return []
    begins, ends = midnight(real, zone), midnight(real + ONE_DAY, zone)
    if window.kind == "this":
        assert window.period is not None
        first, following = period_of(begins, window.period, zone)
        return _later(now, [midnight(first, zone), midnight(following, zone)])
    assert window.length is not None
    if window.kind == "next":
        return _later(now, [ahead_reaches(begins + 1, window.length, zone), ends])
    leaves = back_reaches(ends, window.length, zone)
    return _later(now, [leaves] if window.kind == "before" else [begins, leaves])


def _later(now: int, moments: list[int]) -> list[int]:
    return [moment for moment in moments if moment > now]


def _real_day(day: str) -> date | None:
    """Return the last day of the calendar that is not behind `day`, such as 28 February for the 30th."""
    year, month, number = int(day[:4]), int(day[5:7]), int(day[8:10])
    if not 1900 <= year <= 9990:
        return None
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def anniversaries(first: int, last: int, today: date) -> frozenset[str]:
    """Return the days, as MM-DD, that come between `first` and `last` days from `today`.

    29 February is kept on the 28th in years that do not have it.
    """
    found = set()
    for offset in range(first, last + 1):
        day = today + timedelta(days=offset)
        found.add(day.isoformat()[5:])
        if (day.month, day.day) == (2, 28) and (day + ONE_DAY).day == 1:
            found.add("02-29")
    return frozenset(found)


def at_each(now: int | None, build: Callable[[int], T]) -> Callable[[int], T]:
    """Return `build` with its last answer kept: a batch asks it for one moment many times.

    With `now`, it is asked once, and for that moment only.
    """
    if now is not None:
        fixed = build(now)
        return lambda _moment: fixed
    kept: list[tuple[int, T]] = []

    def built(moment: int) -> T:
        if kept:
            last = kept[0]
            if last[0] == moment:
                return last[1]
        answer = build(moment)
        kept[:] = [(moment, answer)]
        return answer

    return built
