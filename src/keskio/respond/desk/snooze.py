"""Until when a case sleeps: tomorrow at nine, next Monday at nine, so many days, or a day that was chosen."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from keskio.kernel.errors import Mistake

PRESETS = ("tomorrow", "monday")
NINE = time(9)
_MONDAY = 0


class NoSuchTime(Mistake):
    """A case can be snoozed until a time that is still to come."""

    code = "no_such_time"


def until_of(wanted: str, present: datetime) -> datetime:
    """Return the instant that `wanted` names: a preset, a number of days, a date, or a date with a time.

    In the zone of the pages, so that nine is nine also over a change of the clocks. Raises NoSuchTime.
    """
    today = timezone.localtime(present).date()
    if wanted == "tomorrow":
        return _nine(today + timedelta(days=1))
    if wanted == "monday":
        return _nine(today + timedelta(days=(_MONDAY - today.weekday() - 1) % 7 + 1))
    if wanted.isdigit() and len(wanted) < 4:
        return _nine(today + timedelta(days=int(wanted)))
    found = _written(wanted)
    if found is None or found <= present:
        raise NoSuchTime
    return found


def _written(wanted: str) -> datetime | None:
    try:
        moment = parse_datetime(wanted) if len(wanted) > 10 else None
        day = parse_date(wanted) if moment is None else None
    except ValueError:
        return None
    if moment is not None:
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return None if day is None else _nine(day)


def _nine(day: datetime | object) -> datetime:
    return timezone.make_aware(datetime.combine(day, NINE))  # type: ignore[arg-type]
