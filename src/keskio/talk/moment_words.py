"""Moments and lengths of time in words, as the definition says them: "2 days later", "until 29.9.2012"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keskio.engine.dialogue.program import Moment
from keskio.engine.times import DAY, HOUR, MINUTE, SECOND, Span, parse_moment, to_local


def span_in_words(span: Span) -> str:
    """Return a length of time in words, in the reader's language."""
    years, months = divmod(span.months, 12)
    days, rest = divmod(span.micros, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    days += span.days
    seconds = rest // SECOND
    parts = [
        ngettext("%(n)d year", "%(n)d years", years) % {"n": years} if years else "",
        ngettext("%(n)d month", "%(n)d months", months) % {"n": months} if months else "",
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else "",
        ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds} if seconds else "",
    ]
    return " ".join(part for part in parts if part)


def moment_in_words(moment: Moment, variables: Mapping[str, Any], zone: str) -> str:
    """Return what `moment` says, in the reader's language; a variable without a value by its name."""
    if moment.until is not None:
        return _("until %(moment)s") % {"moment": _fixed_in_words(moment.until, variables, zone)}
    clock = "" if moment.at is None else _clock(moment.at)
    if moment.of:
        return f"{_anchored(moment)} {clock}".strip()
    if moment.working_hours is not None:
        return _("%(n)g working hours later") % {"n": moment.working_hours}
    if moment.working_days is not None:
        count = moment.working_days
        text = ngettext("%(n)d working day later", "%(n)d working days later", count) % {"n": count}
        return f"{text} {clock}".strip()
    length = span_in_words(moment.after)
    parts = [_("%(length)s later") % {"length": length} if length else ""]
    if moment.weekday is not None:
        parts.append(_("next %(weekday)s") % {"weekday": str(WEEKDAYS[moment.weekday]).lower()})
    parts.append(clock)
    return " ".join(part for part in parts if part) or _("at once")


def _anchored(moment: Moment) -> str:
    """Say a moment that is counted from a date of the customer or of her object."""
    after, before = span_in_words(moment.after), span_in_words(moment.before)
    if after:
        return _("%(length)s after %(date)s") % {"length": after, "date": moment.of}
    if before:
        return _("%(length)s before %(date)s") % {"length": before, "date": moment.of}
    return _("on %(date)s") % {"date": moment.of}


def _fixed_in_words(until: object, variables: Mapping[str, Any], zone: str) -> str:
    name = str(until).removeprefix("$")
    value = until if isinstance(until, int) else variables.get(name, until)
    try:
        local = to_local(parse_moment(value, zone), zone)
    except ValueError:
        return name
    if (local.hour, local.minute) == (0, 0):
        # The end of a day is said by the day it ends.
        return date_format(
            date.fromordinal((local - timedelta(days=1)).toordinal()), "SHORT_DATE_FORMAT"
        )
    return date_format(local, "SHORT_DATETIME_FORMAT")


def _clock(minute: int | str) -> str:
    if isinstance(minute, str):
        return _("at the time in %(place)s") % {"place": minute}
    return _("at %(hour)d:%(minute)02d") % {"hour": minute // 60, "minute": minute % 60}
