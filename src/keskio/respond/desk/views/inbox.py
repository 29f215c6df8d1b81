"""The inbox: the list of cases, and one case with its thread; for htmx the parts that change."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from keskio.respond.desk.actions import leave, note_presence, see_nudges
from keskio.respond.desk.queries import colleagues, entries_of
from keskio.respond.desk.views.frame import (
    case_context,
    case_or_404,
    list_context,
    shown,
    sight_context,
    wanted_of,
)
from keskio.respond.inbox.actions import mark_read
from keskio.respond.inbox.contracts import IN


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the list; for htmx the queues and the list alone."""
    context = list_context(request, wanted_of(request))
    if request.headers.get("HX-Request") == "true":
        current = request.GET.get("current", "")
        context["current"] = int(current) if current.isdigit() else 0
        return render(request, "desk/_list.html", {**context, "live": True})
    return render(request, "desk/inbox.html", context)


@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case between the list and what is known of the customer."""
    found = case_or_404(pk)
    if found.merged_into:
        return redirect("desk:case", pk=found.merged_into)
    username = request.user.get_username()
    note_presence(pk, username, is_writing=False)
    see_nudges(pk, username)
    if found.unread_count:
        mark_read(pk)
    return render(request, "desk/inbox.html", page_context(request, found))


def page_context(request: HttpRequest, found: Any, **kept: Any) -> dict[str, Any]:
    """Return what the page of a case shows, list and all; see `case_context`."""
    lists = list_context(request, wanted_of(request), found)
    return {**lists, **case_context(request, found, lists["people"], **kept)}


@require_POST
def pulse(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that somebody is at a case; answer with what is new there: entries, and who else is."""
    found = case_or_404(pk)
    username = request.user.get_username()
    if request.POST.get("leaves"):
        leave(pk, username)
        return HttpResponse(status=204)
    note_presence(pk, username, is_writing=request.POST.get("writing") == "1")
    seen = request.POST.get("seen", "")
    after = int(seen) if seen.isdigit() else 0
    entries = entries_of(found, after=after)
    context = {
        "case": found,
        "sight": sight_context(pk, username),
        "entries": shown(entries, colleagues() if entries else {}),
        "newest": max((entry.pk for entry in entries), default=after),
        "heard": [one for one in entries if one.kind == IN],
    }
    return render(request, "desk/_pulse.html", context)
