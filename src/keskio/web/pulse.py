"""The log's pulse: how many events came in today and hour by hour, by their names.

What is past never changes: the places of past hours in the log and the counts between them are found
once and kept, so that looking again costs only what has come since.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from keskio.events.api import last_position, names_between, place_at
from keskio.kernel.clock import Micros, now, to_micros
from keskio.web.panels import Figure

HOUR = timedelta(hours=1)
SHOWN_HOURS = 24


@lru_cache(maxsize=1024)
def _kept_place_at(at: Micros, database: str) -> int:
    """Return the place in the log at a past instant; `database` keeps test databases apart."""
    assert database
    return place_at(at)


def _place(at: datetime) -> int:
    """Return the place at `at`; kept when everything received before it surely is in the log."""
    if at > now() - HOUR:
        return place_at(to_micros(at))
    return _kept_place_at(to_micros(at), str(settings.DATABASES["default"]["NAME"]))


def events_today() -> int:
    """Return how many events have come in since midnight, where this installation is."""
    return sum(counts_today().values())


def _midnight() -> datetime:
    return timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)


class _Day:
    """The counts of one day by name, kept up by reading only what has come since the last time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day = ("", 0)
        self._read_to = 0
        self._counts: Counter[str] = Counter()

    def counts(self, start: int, to: int) -> dict[str, int]:
        """Return the counts between two places in the log; `start` tells the day."""
        day = (str(settings.DATABASES["default"]["NAME"]), start)
        with self._lock:
            if day != self._day or to < self._read_to:
                self._day, self._read_to, self._counts = day, start, Counter()
            if to > self._read_to:
                self._counts.update(names_between(self._read_to, to))
                self._read_to = to
            return dict(self._counts)


_day = _Day()


def counts_today() -> dict[str, int]:
    """Return how many events of each name have come in since midnight, where this installation is."""
    return _day.counts(_place(_midnight()), last_position())


def events_by_hour(*, hours: int = SHOWN_HOURS) -> list[int]:
    """Return how many events came in each of the last `hours` hours of the clock, the present one last."""
    return [sum(names.values()) for names in names_by_hour(hours=hours)]


@lru_cache(maxsize=1024)
def _kept_names(after: int, to: int, database: str) -> dict[str, int]:
    """Return the counts by name between two past places; they never change."""
    assert database
    return names_between(after, to)


def names_by_hour(*, hours: int = SHOWN_HOURS) -> list[dict[str, int]]:
    """Return the counts by name of each of the last `hours` hours of the clock, the present one last."""
    start = now().replace(minute=0, second=0, microsecond=0) - (hours - 1) * HOUR
    places = [_place(start + step * HOUR) for step in range(hours)]
    database = str(settings.DATABASES["default"]["NAME"])
    spans = list(pairwise(places))
    kept = [_kept_names(after, to, database) if to > after else {} for after, to in spans[:-1]]
    fresh = [names_between(*span) for span in [*spans[-1:], (places[-1], last_position())]]
    return [*kept, *fresh]


def read_figures(_request: HttpRequest) -> Sequence[Figure]:
    """Return the figure of the day's events."""
    hour = events_by_hour(hours=1)[0]
    note = _("%(count)s this hour") % {"count": number_format(hour, force_grouping=True)}
    return [Figure(title=_("Events today"), value=events_today(), note=note)]


def draw(request: HttpRequest, _subject: int | None) -> str:
    """Draw the events of the last day as bars."""
    hours = events_by_hour()
    context = {
        "hours": hours,
        "total": sum(hours),
        "most": max(hours),
        "start": now() - SHOWN_HOURS * HOUR,
    }
    return render_to_string("web/_log_pulse.html", context, request)
