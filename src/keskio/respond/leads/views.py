"""Pages of leads: all of them, one with what was done about it, and how they went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import now
from keskio.know.api import people_of
from keskio.respond.contracts import OPEN
from keskio.respond.forms import result_in_words
from keskio.respond.leads import queries
from keskio.respond.leads.actions import LeadClosed, add_reason, close_lead
from keskio.respond.leads.forms import OutcomeForm, ReasonForm
from keskio.respond.leads.models import Lead
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor

PERIODS = (30, 90, 365)
STATES = (OPEN, "closed")
FIELDS = ("owner", "area", "kind")


@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    """List leads, newest first."""
    state = request.GET.get("state", OPEN)
    state = state if state in STATES else OPEN
    kind = request.GET.get("kind", "")
    mine = request.user.get_username() if request.GET.get("mine") else ""
    page = page_of_rows(request, queries.leads_in(state=state, owner=mine, kind=kind))
    context = {
        "page": page,
        "rows": rows_of(page.items),
        "state": state,
        "kind": kind,
        "kinds": [(one, result_in_words(one)) for one in queries.kinds()],
        "is_mine": bool(mine),
        "open": queries.open_lead_count(),
    }
    return render(request, "leads/leads.html", context)


@require_safe
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one lead: what was asked for, what has been done, and what came of it."""
    found = get_object_or_404(Lead, pk=pk)
    return _show(request, found, OutcomeForm())


@require_POST
@editor
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what came of a lead."""
    found = get_object_or_404(Lead, pk=pk)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        close_lead(found, form.outcome(), by=request.user.get_username())
    except LeadClosed:
        messages.warning(request, _("Somebody has recorded what came of this lead already."))
    else:
        messages.success(request, _("What came of the lead is recorded."))
    return redirect("leads:lead", pk=pk)


@require_POST
@editor
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Complete a lead that its dialogue closed: why it was lost, what it was worth."""
    found = get_object_or_404(Lead, pk=pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        value = form.cleaned_data["value"]
        add_reason(found, form.cleaned_data["reason"], None if value is None else float(value))
        messages.success(request, _("The lead is completed."))
    else:
        messages.error(request, _("The worth must be a number of euros, for example 1250.50."))
    return redirect("leads:lead", pk=pk)


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Show how leads went: by owner, area or kind, and why they were lost."""
    days = next((d for d in PERIODS if str(d) == request.GET.get("days")), PERIODS[1])
    field = request.GET.get("by", FIELDS[0])
    field = field if field in FIELDS else FIELDS[0]
    until = now()
    since = until - timedelta(days=days)
    words = dict(Lead.Reason.choices)
    lost = queries.lost_because(since=since, until=until)
    context = {
        "scores": queries.scores_by(field, since=since, until=until),
        "by": field,
        "days": days,
        "periods": PERIODS,
        "lost": [(words.get(key, _("Without a reason")), count) for key, count in lost],
        "lost_in_all": sum(count for _key, count in lost),
    }
    return render(request, "leads/report.html", context)


def rows_of(items: Sequence[Lead]) -> list[tuple[Lead, Any, str]]:
    """Return leads with their customers, read in one query, and what was asked for in words."""
    people = people_of({item.customer_id for item in items})
    return [(item, people.get(item.customer_id), result_in_words(item.kind)) for item in items]


def _show(request: HttpRequest, found: Lead, form: OutcomeForm) -> HttpResponse:
    activities = queries.activities_of(found)
    context = {
        "lead": found,
        "person": people_of([found.customer_id]).get(found.customer_id),
        "kind": result_in_words(found.kind),
        "details": [(result_in_words(k).capitalize(), v) for k, v in found.details.items()],
        "activities": [(one, result_in_words(one.result)) for one in activities],
        "form": form,
        "completing": ReasonForm(initial={"reason": found.reason, "value": found.value}),
        "lacks": not found.is_open and (found.state, found.reason) == ("lost", ""),
    }
    return render(request, "leads/lead.html", context, status=422 if form.errors else 200)
