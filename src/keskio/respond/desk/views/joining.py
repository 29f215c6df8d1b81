"""Merging cases into one, taking them apart again, and splitting messages off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keskio.kernel.errors import KeskioError
from keskio.respond.desk.queries import colleagues
from keskio.respond.desk.sentences import sentence_of
from keskio.respond.desk.views.frame import case_or_404, query_of, shown, wanted_of
from keskio.respond.desk.views.writing import back_to
from keskio.respond.inbox import joining
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.inbox.queries import cases_of
from keskio.web.roles import editor


@editor
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the case that this one is put into; when posted, do it."""
    case = case_or_404(pk)
    if request.method != "POST":
        others = [one for one in cases_of(case.customer_id) if one.pk != pk]
        context = {"case": case, "others": others, "query": query_of(wanted_of(request))}
        return render(request, "desk/merge.html", context)
    into = request.POST.get("number", "").strip().removeprefix("#") or request.POST.get("into", "")
    if not into.isdigit() or not Case.objects.filter(pk=int(into)).exists():
        messages.error(request, _("Choose the case that this one is put into."))
        return redirect("desk:merge", pk=pk)
    try:
        stays = joining.merge(pk, int(into), by=request.user.get_username())
    except KeskioError as fault:
        messages.error(request, sentence_of(fault))
        return back_to(request, case)
    messages.success(request, _("The cases are one now."))
    return back_to(request, stays)


@require_POST
@editor
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a case that was merged stand on its own again."""
    case = case_or_404(pk)
    try:
        apart = joining.unmerge(pk, by=request.user.get_username())
    except KeskioError as fault:
        messages.error(request, sentence_of(fault))
        return back_to(request, case)
    messages.success(request, _("The merged case stands on its own again."))
    return back_to(request, apart)


@editor
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the messages that become a case of their own; when posted, do it."""
    case = case_or_404(pk)
    said = Entry.objects.filter(case_id=pk).exclude(kind="event").order_by("number")
    if request.method != "POST":
        context = {
            "case": case,
            "entries": shown(list(said), colleagues()),
            "query": query_of(wanted_of(request)),
        }
        return render(request, "desk/split.html", context)
    numbers = [int(number) for number in request.POST.getlist("entry") if number.isdigit()]
    subject = request.POST.get("subject", "")[:300]
    try:
        new = joining.split(pk, numbers, by=request.user.get_username(), subject=subject)
    except KeskioError as fault:
        messages.error(request, sentence_of(fault))
        return back_to(request, case)
    messages.success(request, _("The messages are a case of their own now."))
    return back_to(request, new)
