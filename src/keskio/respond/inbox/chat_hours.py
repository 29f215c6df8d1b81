"""When the web chat is answered, as a visitor is told: by the calendar of the chat's own target."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby

import msgspec
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from keskio.engine.times import to_local
from keskio.engine.working import ALWAYS, MINUTES, Hours, add_working, is_working
from keskio.kernel.clock import Micros
from keskio.respond.inbox.calendars import Book
from keskio.respond.inbox.contracts import CHAT


class Answered(msgspec.Struct, frozen=True):
    """Whether people are there now, and what a visitor is told of it, in the language in use."""

    is_open: bool
    sentence: str


def answering_hours() -> Hours:
    """Return when the chat is answered."""
    book = Book()
    return book.hours(book.held_for(CHAT, "").calendar)


def answered_at(at: Micros) -> Answered:
    """Return what a visitor is told at `at`."""
    hours = answering_hours()
    if is_working(at, hours):
        return Answered(is_open=True, sentence=hours_in_words(hours))
    away = _("We are away now, and back %(when)s.") % {"when": _next_opening(at, hours)}
    return Answered(is_open=False, sentence=f"{away} {hours_in_words(hours)}")


def hours_in_words(hours: Hours) -> str:
    """Return the hours of a week as a sentence: "We answer Mon–Fri 8–16"."""
    if hours.weekly == ALWAYS.weekly:
        return _("We answer around the clock.")
    said = []
    for periods, days in groupby(enumerate(hours.weekly), key=lambda day: day[1]):
        if not periods:
            continue
        numbers = [number for number, _periods in days]
        names = str(WEEKDAYS_ABBR[numbers[0]])
        if len(numbers) > 1:
            names += f"–{WEEKDAYS_ABBR[numbers[-1]]}"
        times = ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in periods)
        said.append(_("%(days)s %(times)s") % {"days": names, "times": times})
    return _("We answer %(hours)s.") % {"hours": ", ".join(said)}


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes if minutes <= MINUTES else minutes - MINUTES, 60)
    if not minute:
        return str(hour)
    return _("%(hour)d:%(minute)s") % {"hour": hour, "minute": f"{minute:02}"}


def _next_opening(at: Micros, hours: Hours) -> str:
    local = to_local(add_working(at, 1, hours) - 1, hours.zone)
    today = to_local(at, hours.zone).date()
    clock = _clock(local.hour * 60 + local.minute)
    return _("%(day)s at %(clock)s") % {"day": _day(local.date(), today), "clock": clock}


def _day(day: date, today: date) -> str:
    if day == today:
        return _("today")
    if day - today == timedelta(days=1):
        return _("tomorrow")
    if day - today < timedelta(days=7):
        names = (
            *(_("on Monday"), _("on Tuesday"), _("on Wednesday"), _("on Thursday")),
            *(_("on Friday"), _("on Saturday"), _("on Sunday")),
        )
        return names[day.weekday()]
    return date_format(day, "SHORT_DATE_FORMAT")
