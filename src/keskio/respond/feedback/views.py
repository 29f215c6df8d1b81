"""Pages for staff: root causes with owner and mending date, and how the page for feedback stands."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.listen.api import themes_in_words
from keskio.respond.feedback import queries
from keskio.respond.feedback.actions import (
    NotMendable,
    is_late,
    link_case,
    save_cause,
    save_page,
    unlink_case,
)
from keskio.respond.feedback.forms import CauseForm, PageForm
from keskio.respond.feedback.models import Cause
from keskio.respond.inbox.models import Case
from keskio.web.roles import admin, editor


@require_safe
def causes(request: HttpRequest) -> HttpResponse:
    """List root causes: those to be mended by their date, then what has been mended."""
    today = timezone.localdate()
    found = queries.causes(is_open=True)
    themes = themes_in_words(cause.theme for cause in found)
    waiting = [(cause, is_late(cause, today), themes.get(cause.theme, "")) for cause in found]
    context = {
        "waiting": waiting,
        "done": queries.causes(is_open=False)[:50],
        "address": f"{settings.PUBLIC_URL.rstrip('/')}{reverse('feedback:feedback')}",
        "page": queries.page_now(),
    }
    return render(request, "feedback/causes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def new_cause(request: HttpRequest) -> HttpResponse:
    """Write down a root cause."""
    return _edit(request, Cause())


@require_http_methods(["GET", "HEAD", "POST"])
def cause(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a root cause and its cases; editors change it."""
    found = get_object_or_404(Cause, pk=pk)
    return _edit(request, found)


@require_POST
@editor
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a case came of a cause, or that it did not after all."""
    found = get_object_or_404(Cause, pk=pk)
    written = request.POST.get("case", "").strip().removeprefix("#")
    case = Case.objects.filter(pk=int(written)).first() if written.isdigit() else None
    if case is None:
        messages.error(request, _("There is no such case: write its number, for example 128."))
    elif request.POST.get("unlink"):
        unlink_case(found, case.pk)
        messages.success(request, _("The case is no longer linked."))
    else:
        link_case(found, case.pk, by=request.user.get_username())
        messages.success(request, _("The case is linked."))
    return redirect("feedback:cause", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@admin
def page(request: HttpRequest) -> HttpResponse:
    """Say how the page for feedback stands."""
    found = queries.page_now()
    form = PageForm(request.POST or None, initial=PageForm.initial_of(found))
    if request.method == "POST" and form.is_valid():
        save_page(form.changes(), by=request.user.get_username())
        messages.success(request, _("The page for feedback is saved."))
        return redirect("feedback:causes")
    return render(request, "feedback/page.html", {"form": form}, status=422 if form.errors else 200)


def _edit(request: HttpRequest, found: Cause) -> HttpResponse:
    form = CauseForm(request.POST or None, initial=CauseForm.initial_of(found))
    if request.method == "POST":
        return _save(request, found, form)
    return _show(request, found, form)


@editor
def _save(request: HttpRequest, found: Cause, form: CauseForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, found, form)
    try:
        saved = save_cause(found, by=request.user.get_username(), **form.changes())
    except NotMendable:
        form.add_error(
            "told_fi", _("Write what the public list says of it, or keep it from the list.")
        )
        return _show(request, found, form)
    messages.success(request, _("The cause is saved."))
    return redirect("feedback:cause", pk=saved.pk)


def _show(request: HttpRequest, found: Cause, form: CauseForm) -> HttpResponse:
    is_new = found.pk is None
    context = {
        "cause": found,
        "is_new": is_new,
        "form": form,
        "cases": [] if is_new else queries.cases_of(found),
    }
    return render(request, "feedback/cause.html", context, status=422 if form.errors else 200)
