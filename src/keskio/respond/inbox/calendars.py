"""Calendars and targets as the clocks take them, and the ready ones for those who have made none.

A target is copied into the case that it is in force for, so that what has been measured stays as it was
when somebody edits the target; cases that are open follow the edit (`actions.retarget`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import holidays
import msgspec

from keskio.engine.clocks import Targets
from keskio.engine.times import MINUTE
from keskio.engine.working import ALWAYS, Hours, read_hours
from keskio.respond.inbox.contracts import CHAT, COMPLAINT, EMAIL, SMS, SOCIAL
from keskio.respond.inbox.models import Calendar, Queue, Target

YEARS = range(2015, 2061)
READY_CALENDAR = "office"
READY_WEEK = [[["08:00", "16:00"]]] * 5 + [[], []]


class Held(msgspec.Struct, frozen=True, omit_defaults=True):
    """A target as a case holds it: minutes of working time by the calendar called `calendar`."""

    id: int = 0
    first: int | None = None
    next: int | None = None
    resolution: int | None = None
    calendar: str = READY_CALENDAR
    warn: int = 75
    freezes: bool = True


class Chosen(msgspec.Struct, frozen=True):
    """A target with what it is for ("" is for all)."""

    channel: str
    kind: str
    held: Held


READY = (
    Chosen(SOCIAL, "", Held(first=60, next=60, resolution=16 * 60)),
    Chosen(CHAT, "", Held(first=5, next=5, resolution=8 * 60)),
    Chosen(SMS, "", Held(first=2 * 60, next=2 * 60, resolution=16 * 60)),
    Chosen(EMAIL, COMPLAINT, Held(first=4 * 60, next=4 * 60, resolution=24 * 60)),
    Chosen("", COMPLAINT, Held(first=2 * 60, next=4 * 60, resolution=16 * 60)),
    Chosen("", "", Held(first=8 * 60, next=8 * 60, resolution=40 * 60)),
)
"""What is in force until a company has made targets of its own."""


@lru_cache(maxsize=32)
def holidays_of(country: str) -> frozenset[int]:
    """Return the public holidays of a country (ISO 3166) as ordinals of days; none for ""."""
    if not country:
        return frozenset()
    return frozenset(day.toordinal() for day in holidays.country_holidays(country, years=YEARS))


@lru_cache(maxsize=128)
def _hours(weekly: str, zone: str, country: str, days_off: str) -> Hours:
    off = frozenset(date.fromisoformat(day).toordinal() for day in json.loads(days_off))
    return read_hours(json.loads(weekly), zone, holidays_of(country) | off)


def hours_of(calendar: Calendar) -> Hours:
    """Return a calendar as the engine counts by it. Raises ValueError for one that cannot be read."""
    weekly, off = json.dumps(calendar.weekly), json.dumps(calendar.days_off)
    return _hours(weekly, calendar.zone, calendar.country, off)


def ready_hours() -> Hours:
    """Return the hours of the ready calendar: weekdays 8-16 in Finland, but for public holidays."""
    return _hours(json.dumps(READY_WEEK), "Europe/Helsinki", "FI", "[]")


class Book:
    """All calendars, targets and queues, read once: three queries. Made anew for each batch of work."""

    def __init__(self) -> None:
        self._hours = {one.key: hours_of(one) for one in Calendar.objects.all()}
        self._hours.setdefault(READY_CALENDAR, ready_hours())
        rows = Target.objects.select_related("calendar").order_by("position", "id")
        self.chosen: Sequence[Chosen] = [_chosen(row) for row in rows] or READY
        self.queues = list(Queue.objects.all())

    def held_for(self, channel: str, kind: str) -> Held:
        """Return the target of a case: channel and kind tell more than kind, kind more than channel."""
        for wanted in ((channel, kind), ("", kind), (channel, ""), ("", "")):
            for one in self.chosen:
                if (one.channel, one.kind) == wanted:
                    return one.held
        return Held()

    def hours(self, calendar: str) -> Hours:
        """Return a calendar's hours; one that has been taken away runs around the clock."""
        return self._hours.get(calendar, ALWAYS)

    def targets(self, held: Held) -> Targets:
        """Return a target as the clocks take it."""
        return Targets(
            _micros(held.first),
            _micros(held.next),
            _micros(held.resolution),
            self.hours(held.calendar),
            held.warn / 100,
            held.freezes,
        )


def _micros(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * MINUTE


def _chosen(row: Target) -> Chosen:
    held = Held(
        row.pk,
        row.first_minutes,
        row.next_minutes,
        row.resolution_minutes,
        row.calendar.key,
        row.warn_percent,
        row.is_frozen_waiting,
    )
    return Chosen(row.channel, row.kind, held)


def read_calendar(told: Mapping[str, Any]) -> Hours:
    """Return the hours that a calendar's fields say, to check them. Raises ValueError with a sentence."""
    weekly = json.dumps(told.get("weekly", []))
    off = json.dumps(list(told.get("days_off", [])))
    hours = _hours(weekly, str(told.get("zone", "")), str(told.get("country", "")), off)
    if not hours.per_week:
        raise ValueError("a calendar needs at least one period of work in the week")
    return hours
