"""Reads of the wing: causes, what they caused, and what the public page shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from keskio.respond.feedback.models import Cause, Caused, Page
from keskio.respond.feedback.ready import READY
from keskio.respond.inbox.models import Case

MOST_TOLD = 20


def page_now() -> Page:
    """Return how the page for feedback stands: as saved, else as it ships."""
    return Page.objects.first() or Page(**READY)


def causes(*, is_open: bool) -> QuerySet[Cause]:
    """Return causes with their number of cases: open ones by mending date, others newest first."""
    found = Cause.objects.annotate(cases=Count("caused"))
    open_states = Q(state__in=(Cause.State.FOUND, Cause.State.MENDING))
    if is_open:
        return found.filter(open_states).order_by(F("mend_by").asc(nulls_last=True), "-cases", "id")
    return found.exclude(open_states).order_by("-mended_at", "-id")


def late_count(today: date) -> int:
    """Return how many causes should have been mended by `today` and have not."""
    waiting = Cause.objects.filter(state__in=(Cause.State.FOUND, Cause.State.MENDING))
    return waiting.filter(mend_by__lt=today).count()


def cases_of(cause: Cause, *, limit: int = 100) -> Sequence[Case]:
    """Return the latest cases that came of a cause."""
    numbers = Caused.objects.filter(cause=cause).order_by("-id").values_list("case_id", flat=True)
    found = Case.objects.in_bulk(list(numbers[:limit]))
    return [found[number] for number in numbers[:limit] if number in found]


def causes_of(case: int) -> list[Cause]:
    """Return what a case is said to have come of."""
    return list(Cause.objects.filter(caused__case_id=case).order_by("title"))


def mended() -> list[Cause]:
    """Return what the public list tells: mended causes that may be told of, newest first."""
    found = Cause.objects.filter(state=Cause.State.MENDED, is_public=True)
    return [cause for cause in found.order_by("-mended_at")[:MOST_TOLD] if any(cause.told.values())]
