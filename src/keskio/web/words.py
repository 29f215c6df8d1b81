"""What pages of every room call languages, months, weeks and channels, which are stored as codes."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext as _

CHANNELS = {
    "email": pgettext_lazy("channel", "E-mail"),
    "sms": pgettext_lazy("channel", "Text message"),
    "social": pgettext_lazy("channel", "Public message"),
    "chat": pgettext_lazy("channel", "Web chat"),
    "call": pgettext_lazy("channel", "Phone call"),
    "survey": pgettext_lazy("channel", "Survey"),
    "form": pgettext_lazy("channel", "Form"),
    "letter": pgettext_lazy("channel", "Letter"),
}


def language_called(code: str) -> str:
    """Return the name of a language in the reader's language: fi is Finnish. An unknown code is its name."""
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:
        return code


def month_called(month: str) -> str:
    """Return a month stored as 2026-09 with its name and year; what is no month as it is."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return month
    return date_format(first, "YEAR_MONTH_FORMAT")


def week_called(week: str) -> str:
    """Return an ISO week stored as 2026-W09 with its number and year; what is no week as it is."""
    year, _dash, number = week.partition("-W")
    if not (year.isdecimal() and number.isdecimal()):
        return week
    return _("Week %(week)s/%(year)s") % {"week": int(number), "year": year}


def channel_called(channel: str) -> str:
    """Return what people call a channel; one that is not known by its code."""
    return str(CHANNELS.get(channel, channel))
