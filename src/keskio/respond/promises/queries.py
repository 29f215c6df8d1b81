"""Reads of the wing: promises to keep, those late, kept and broken, and the report of promises kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Count, Q, QuerySet

from keskio.engine.scores.uplift import wilson
from keskio.kernel.clock import now
from keskio.respond.promises.contracts import BROKEN, KEPT, OPEN, WITHDRAWN
from keskio.respond.promises.models import Promise

ZONE = ZoneInfo("Europe/Helsinki")
LATE = "late"
LISTS = (OPEN, LATE, KEPT, BROKEN, WITHDRAWN)
ENOUGH = 20
"""So many promises have come due before a share is more than a hint."""


class Counts(msgspec.Struct, frozen=True):
    """How many promises stand where: `late` are broken and not put right yet, `soon` due within a day."""

    open: int
    late: int
    soon: int
    mine: int


class Line(msgspec.Struct, frozen=True):
    """One line of the report: how many came due, how many were kept, the share with its 95 % interval.

    An open promise past its time counts as broken. `hours`: the median time in which those kept were kept.
    """

    name: str
    due: int
    kept: int
    share: float
    low: float
    high: float
    hours: float | None

    @property
    def is_enough(self) -> bool:
        """Tell whether there are so many that the share says something."""
        return self.due >= ENOUGH

    @property
    def percent(self) -> int:
        """The share in whole hundredths."""
        return round(100 * self.share)

    @property
    def low_percent(self) -> int:
        """The lower end of the interval in whole hundredths."""
        return round(100 * self.low)

    @property
    def high_percent(self) -> int:
        """The upper end of the interval in whole hundredths."""
        return round(100 * self.high)


def promises_in(
    state: str, *, owner: str = "", origin: str = "", team: str = ""
) -> QuerySet[Promise]:
    """Return promises of one of LISTS: what is still to be done by its time, what is over newest first."""
    found = Promise.objects.all()
    if owner:
        found = found.filter(owner=owner)
    if origin:
        found = found.filter(origin=origin)
    if team:
        found = found.filter(team=team)
    if state == OPEN:
        return found.filter(state=OPEN).order_by("due_at", "pk")
    if state == LATE:
        late = Q(state=BROKEN, put_right_at__isnull=True) | Q(state=OPEN, due_at__lt=now())
        return found.filter(late).order_by("due_at", "pk")
    return found.filter(state=state).order_by("-ended_at", "-pk")


def promise_counts(username: str) -> Counts:
    """Return how many promises wait, in one query."""
    at = now()
    late = Q(state=BROKEN, put_right_at__isnull=True) | Q(state=OPEN, due_at__lt=at)
    counted = Promise.objects.aggregate(
        open=Count("pk", filter=Q(state=OPEN)),
        late=Count("pk", filter=late),
        soon=Count("pk", filter=Q(state=OPEN, due_at__gte=at, due_at__lt=at + timedelta(hours=24))),
        mine=Count("pk", filter=Q(state=OPEN, owner=username) & ~Q(owner="")),
    )
    return Counts(**counted)


def open_promise_count() -> int:
    """Return how many promises are open or late."""
    return Promise.objects.filter(
        Q(state=OPEN) | Q(state=BROKEN, put_right_at__isnull=True)
    ).count()


def team_names() -> list[str]:
    """Return the teams that have promised something, by name."""
    names = Promise.objects.exclude(team="").values_list("team", flat=True)
    return list(names.distinct().order_by("team"))


def promises_of(customers: Collection[int], *, limit: int = 10) -> list[Promise]:
    """Return a customer's promises, given every number of hers: those open first, then the latest."""
    found = Promise.objects.filter(customer_id__in=customers)
    still = list(found.filter(state=OPEN).order_by("due_at")[:limit])
    over = list(found.exclude(state=OPEN).order_by("-ended_at")[: max(0, limit - len(still))])
    return still + over


def promises_of_case(case: int) -> list[Promise]:
    """Return the promises made in a case, in the order in which they are due."""
    return list(Promise.objects.filter(case_id=case).order_by("due_at", "pk"))


def come_due(since: datetime, until: datetime) -> list[Promise]:
    """Return the promises that came due in a stretch of time; withdrawn ones are none of them."""
    over = Q(due_at__gte=since, due_at__lt=until)
    found = Promise.objects.filter(over).exclude(state=WITHDRAWN)
    return list(found.exclude(Q(state=OPEN, due_at__gte=now())).order_by("due_at", "pk"))


def line_of(name: str, promises: Sequence[Promise]) -> Line:
    """Return the line of some promises that have come due. Raises ValueError for none."""
    kept = [one for one in promises if one.state == KEPT]
    low, high = wilson(len(kept), len(promises))
    taken = [(one.ended_at - one.made_at).total_seconds() / 3600 for one in kept if one.ended_at]
    return Line(
        name,
        len(promises),
        len(kept),
        len(kept) / len(promises),
        low,
        high,
        median(taken) if taken else None,
    )


def lines_by(promises: Iterable[Promise], of: Callable[[Promise], str]) -> list[Line]:
    """Return a line for each value of `of`, the most promises first."""
    groups: dict[str, list[Promise]] = {}
    for one in promises:
        groups.setdefault(of(one), []).append(one)
    lines = [line_of(name, group) for name, group in groups.items()]
    return sorted(lines, key=lambda line: (-line.due, line.name))


def lines_by_week(promises: Iterable[Promise]) -> list[Line]:
    """Return a line for each ISO week in which promises came due, as 2026-W10, the oldest first."""
    lines = lines_by(promises, lambda one: week_of(one.due_at))
    return sorted(lines, key=lambda line: line.name)


def week_of(at: datetime) -> str:
    """Return the ISO week of an instant, by the clock in Helsinki."""
    year, week, _day = at.astimezone(ZONE).isocalendar()
    return f"{year}-W{week:02}"
