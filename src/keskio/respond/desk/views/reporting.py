"""The page of response times: how many in time, how fast most were, by channel, queue and week."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from keskio.engine.clocks import Clock
from keskio.engine.times import DAY
from keskio.kernel.clock import MICROSECOND, Micros, now_micros
from keskio.respond.desk.words import CHANNEL_NAMES, span
from keskio.respond.inbox.figures import Figure, response_times
from keskio.respond.inbox.models import Queue

PERIODS = (7, 28, 91)
GROUPS = ("channel", "queue", "week")


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Show the figures of a clock over a period, as a whole and by groups."""
    days = request.GET.get("days", "")
    chosen = int(days) if days.isdigit() and int(days) in PERIODS else 28
    clock = request.GET.get("clock", "")
    clock = clock if clock in get_args(Clock) else "first"
    at = now_micros()
    until = at + 1  # what begins at this very moment too
    since = at - chosen * DAY
    whole = response_times(since, until, now=at, clock=clock)  # type: ignore[arg-type]  # one of its names
    groups = [
        (
            _title(by),
            [
                _row(one, _group(one.group, by))
                for one in response_times(since, until, now=at, by=by, clock=clock)  # type: ignore[arg-type]
            ],
        )
        for by in GROUPS
    ]
    context = {
        "whole": _row(whole[0], "") if whole else None,
        "groups": groups,
        "days": chosen,
        "clock": clock,
        "periods": [(n, _("%(n)d days") % {"n": n}) for n in PERIODS],
        "clocks": [
            ("first", _("First reply")),
            ("next", _("Next reply")),
            ("resolution", _("Put right")),
        ],
    }
    return render(request, "desk/report.html", context)


def _title(by: str) -> str:
    return {
        "channel": _("By channel"),
        "queue": _("By queue"),
        "week": _("By week"),
    }[by]


def _group(key: str, by: str) -> str:
    if by == "channel":
        return str(CHANNEL_NAMES.get(key, key))
    if by == "week":
        return date_format(date.fromisoformat(key), "SHORT_DATE_FORMAT")
    found = Queue.objects.filter(key=key).first() if key else None
    return str(found) if found else key or pgettext("queue", "none")


def _row(figure: Figure, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "figure": figure,
        "rate": None if figure.rate is None else round(100 * figure.rate),
        "median": _span(figure.median),
        "most": _span(figure.most),
        "calendar": _span(figure.calendar_median),
    }


def _span(length: Micros | None) -> str:
    return "–" if length is None else span(length * MICROSECOND)
