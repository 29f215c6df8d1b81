"""How fast answers come: met rates, medians and 90 % points by channel, queue and week.

What is not answered yet counts too: late and open is missed now, and durations that go on are censored
(Kaplan and Meier), so that a pile of unanswered cases never looks like a fast company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal, TypeAlias

import msgspec
from django.conf import settings

from keskio.engine.clocks import Clock, Run, met_rate, quantile, verdict_of
from keskio.engine.times import to_local
from keskio.engine.working import working_between
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch
from keskio.respond.inbox.calendars import Book
from keskio.respond.inbox.clockwork import read_kept

By: TypeAlias = Literal["all", "channel", "queue", "week"]
ROWS = """
    SELECT clock, number, started_at, due_at, stopped_at, working, calendar, is_dropped, has_target,
           channel, queue, case_id
    FROM inbox_timing WHERE clock = %s AND started_at >= %s AND started_at < %s
"""
OPEN = """
    SELECT c.id, c.clocks FROM inbox_case c WHERE c.id IN (
        SELECT case_id FROM inbox_timing
        WHERE clock = %s AND started_at >= %s AND started_at < %s AND stopped_at IS NULL
    )
"""


class Figure(msgspec.Struct, frozen=True):
    """One line of the report. Spans are microseconds; None: too few answers to tell.

    `count` is all that began in the period, of which `open` are not over; `rate` is met / (met + missed).
    `median` and `most` (90 %) are in working time, `calendar_median` by the calendar.
    """

    group: str
    count: int
    met: int
    missed: int
    open: int
    rate: float | None
    median: Micros | None
    most: Micros | None
    calendar_median: Micros | None


class _Timed(msgspec.Struct, frozen=True):
    run: Run
    channel: str
    queue: str
    working: Micros
    calendar: Micros


def response_times(
    since: Micros, until: Micros, *, now: Micros, by: By = "all", clock: Clock = "first"
) -> list[Figure]:
    """Return the figures of a clock's runs that began from `since` to before `until`. Five queries.

    Groups are keys of channels or queues, or Mondays as 2026-03-02 by the company's clock; in their order.
    """
    timed = _timed(since, until, now, clock)
    groups: dict[str, list[_Timed]] = {}
    for one in timed:
        groups.setdefault(_group(one, by), []).append(one)
    return [_figure(group, groups[group], now) for group in sorted(groups)]


def _timed(since: Micros, until: Micros, now: Micros, clock: Clock) -> list[_Timed]:
    calendars = {
        case: read_kept(clocks).held.calendar for case, clocks in fetch(OPEN, (clock, since, until))
    }
    return list(_read(fetch(ROWS, (clock, since, until)), calendars, now))


def _read(
    rows: Iterable[tuple[object, ...]], calendars: Mapping[int, str], now: Micros
) -> Iterable[_Timed]:
    book = Book()
    for row in rows:
        name, number, started, due, stopped, working, calendar, dropped, targeted, *rest = row
        channel, queue, case = rest
        run = msgspec.convert(
            {
                "clock": name,
                "number": number,
                "started_at": started,
                "due_at": due,
                "stopped_at": stopped,
                "working": working,
                "calendar": calendar,
                "is_dropped": bool(dropped),
                "has_target": bool(targeted),
            },
            Run,
        )
        took, lasted = run.working, run.calendar
        if took is None or lasted is None:
            lasted = max(0, now - run.started_at)
            hours = book.hours(calendars.get(int(str(case)), ""))
            took = working_between(run.started_at, run.started_at + lasted, hours)
        yield _Timed(run, str(channel), str(queue), took, lasted)


def _group(one: _Timed, by: By) -> str:
    if by == "channel":
        return one.channel
    if by == "queue":
        return one.queue
    return monday_of(one.run.started_at).isoformat() if by == "week" else ""


def monday_of(at: Micros) -> date:
    """Return the Monday of the week of an instant, by the company's clock."""
    day = to_local(at, settings.TIME_ZONE).date()
    return day - timedelta(days=day.weekday())


def _figure(group: str, timed: list[_Timed], now: Micros) -> Figure:
    verdicts = [verdict_of(one.run, now) for one in timed]
    over = [one.run.stopped_at is not None and not one.run.is_dropped for one in timed]
    working = [(one.working, is_over) for one, is_over in zip(timed, over, strict=True)]
    calendar = [(one.calendar, is_over) for one, is_over in zip(timed, over, strict=True)]
    return Figure(
        group,
        len(timed),
        verdicts.count("met"),
        verdicts.count("missed"),
        sum(one.run.stopped_at is None for one in timed),
        met_rate(verdicts),
        quantile(working, 0.5),
        quantile(working, 0.9),
        quantile(calendar, 0.5),
    )
