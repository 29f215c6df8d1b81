"""Reads of the wing: leads and what came of them, lists to call, and a person's tasks for a calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from statistics import median

import msgspec
from django.db.models import Count, Q, QuerySet

from keskio.engine.scores.uplift import wilson
from keskio.respond.contracts import OPEN
from keskio.respond.leads.contracts import LOST, OPEN_STATES, WON
from keskio.respond.leads.models import CallList, Lead
from keskio.respond.models import Task


class Score(msgspec.Struct, frozen=True):
    """How the leads of one owner, area or kind went.

    `share` is won among won and lost, with its 95 % interval (Wilson); None where nothing is decided.
    `hours` is the median from request to first contact.
    """

    name: str
    leads: int
    open: int
    won: int
    lost: int
    share: tuple[float, float, float] | None
    hours: float | None
    value: float


def leads_in(*, state: str = OPEN, owner: str = "", kind: str = "") -> QuerySet[Lead]:
    """Return leads, newest first: open, closed or all (""), of one owner, of one kind."""
    found = Lead.objects.order_by("-opened_at", "-id")
    if state:
        is_open = Q(state__in=OPEN_STATES)
        found = found.filter(is_open) if state == OPEN else found.exclude(is_open)
    if owner:
        found = found.filter(owner=owner)
    return found.filter(kind=kind) if kind else found


def open_lead_count() -> int:
    """Return how many leads are open."""
    return Lead.objects.filter(state__in=OPEN_STATES).count()


def kinds() -> list[str]:
    """Return the kinds of leads that there are."""
    return list(
        Lead.objects.exclude(kind="").values_list("kind", flat=True).distinct().order_by("kind")
    )


def leads_of(customers: Collection[int], *, limit: int = 10) -> list[Lead]:
    """Return a customer's latest leads, given every id that she has had."""
    return list(Lead.objects.filter(customer_id__in=customers).order_by("-id")[:limit])


def activities_of(lead: Lead) -> list[Task]:
    """Return what has been done and is to be done about a lead, oldest first."""
    if lead.enrolment is None:
        return []
    return list(Task.objects.filter(enrolment=lead.enrolment).order_by("given_at", "id"))


def scores_by(field: str, *, since: datetime, until: datetime) -> list[Score]:
    """Return how leads opened in a period went, by `field` (owner, area or kind), most leads first."""
    rows: dict[str, list[Lead]] = {}
    for lead in Lead.objects.filter(opened_at__gte=since, opened_at__lt=until):
        rows.setdefault(getattr(lead, field), []).append(lead)
    scores = [_score(name, leads) for name, leads in rows.items()]
    return sorted(scores, key=lambda score: (-score.leads, score.name))


def lost_because(*, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """Return why leads of a period were lost, most frequent first; "" is without a reason."""
    lost = Lead.objects.filter(state=LOST, opened_at__gte=since, opened_at__lt=until)
    return Counter(lost.values_list("reason", flat=True)).most_common()


def _score(name: str, leads: Sequence[Lead]) -> Score:
    won = sum(lead.state == WON for lead in leads)
    lost = sum(lead.state == LOST for lead in leads)
    waits = [
        (lead.contacted_at - lead.opened_at) / timedelta(hours=1)
        for lead in leads
        if lead.contacted_at is not None
    ]
    share = None
    if won + lost:
        low, high = wilson(won, won + lost)
        share = (won / (won + lost), low, high)
    return Score(
        name=name,
        leads=len(leads),
        open=sum(lead.is_open for lead in leads),
        won=won,
        lost=lost,
        share=share,
        hours=median(waits) if waits else None,
        value=float(sum(lead.value or 0 for lead in leads if lead.state == WON)),
    )


def lists() -> list[tuple[CallList, int, int]]:
    """Return the call lists, newest first, with how many calls are left and how many were made."""
    found = list(CallList.objects.order_by("-id")[:200])
    numbers = [-one.pk for one in found]
    rows = Task.objects.filter(enrolment__in=numbers).values("enrolment")
    counted = {
        row["enrolment"]: (row["left"], row["n"] - row["left"])
        for row in rows.annotate(n=Count("pk"), left=Count("pk", filter=Q(state=OPEN)))
    }
    return [(one, *counted.get(-one.pk, (0, 0))) for one in found]


def next_call(made: CallList, username: str) -> Task | None:
    """Return whom `username` calls next: own calls first, then nobody's, those due first first."""
    waiting = Task.objects.filter(enrolment=-made.pk, state=OPEN)
    for owner in (username, ""):
        found = waiting.filter(assignee=owner).order_by("due_at", "visit").first()
        if found is not None:
            return found
    return None


def results_of(made: CallList) -> dict[str, int]:
    """Return how many calls of a list came to what."""
    rows = Task.objects.filter(enrolment=-made.pk).exclude(state=OPEN).values_list("result")
    return dict(rows.annotate(n=Count("pk")).order_by("-n"))


def tasks_for_calendar(username: str, *, limit: int = 500) -> list[Task]:
    """Return somebody's open tasks that have a time, those due first first."""
    found = Task.objects.filter(state=OPEN, assignee=username, due_at__isnull=False)
    return list(found.order_by("due_at", "id")[:limit])
