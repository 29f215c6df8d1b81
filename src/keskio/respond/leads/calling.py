"""Pages of call lists, one call after another; of queues and who sits in them; and calendar feeds."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.clock import now
from keskio.know.api import people_of
from keskio.respond.assigning import seat, unseat
from keskio.respond.forms import result_in_words
from keskio.respond.leads import queries
from keskio.respond.leads.actions import (
    CALL_RESULTS,
    NobodyToCall,
    close_feed,
    digest_of,
    make_call_list,
    open_feed,
    record_call,
)
from keskio.respond.leads.calendars import calendar_of
from keskio.respond.leads.forms import CallForm, CallListForm, SeatForm
from keskio.respond.leads.models import CallList, Feed
from keskio.respond.models import Seat, Task
from keskio.web.roles import admin, editor

WEEKEND = 5  # Saturday, as Python counts


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """List the call lists."""
    return render(request, "leads/lists.html", {"lists": queries.lists()})


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def new_list(request: HttpRequest) -> HttpResponse:
    """Make a call list of a segment."""
    form = CallListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            made = make_call_list(
                {"fi": chosen["title"], "en": chosen["title"]},
                segment=chosen["segment"],
                queue=chosen["queue"],
                due_at=chosen["due_at"],
                script=chosen["script"],
                by=request.user.get_username(),
            )
        except NobodyToCall:
            form.add_error("segment", _("Nobody is in the segment now: choose another."))
        else:
            messages.success(request, _("The list is made."))
            return redirect("leads:calls", pk=made.pk)
    status = 422 if form.errors else 200
    return render(request, "leads/new_list.html", {"form": form}, status=status)


@require_safe
def calls(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whom to call next, and how the list has gone."""
    found = get_object_or_404(CallList, pk=pk)
    return _show_call(request, found, CallForm())


@require_POST
@editor
def called(request: HttpRequest, pk: int, task: int) -> HttpResponse:
    """Record how a call went, and go on to the next."""
    found = get_object_or_404(CallList, pk=pk)
    one = get_object_or_404(Task, pk=task, enrolment=-found.pk)
    form = CallForm(request.POST)
    if not form.is_valid():
        return _show_call(request, found, form)
    chosen, by = form.cleaned_data, request.user.get_username()
    if record_call(
        one, chosen["result"], note=chosen["note"], by=by, again_at=next_working_day(now())
    ):
        messages.success(request, _("Recorded. Here is the next one."))
    else:
        messages.warning(request, _("Somebody has answered this task already: nothing changed."))
    return redirect("leads:calls", pk=pk)


def next_working_day(at: datetime) -> datetime:
    """Return the same time on the next day from Monday to Friday, by the reader's clock."""
    local = timezone.localtime(at) + timedelta(days=1)
    while local.weekday() >= WEEKEND:
        local += timedelta(days=1)
    return local


def _show_call(request: HttpRequest, found: CallList, form: CallForm) -> HttpResponse:
    task = queries.next_call(found, request.user.get_username())
    person = people_of([task.customer_id]).get(task.customer_id) if task else None
    results = queries.results_of(found)
    context = {
        "list": found,
        "task": task,
        "person": person,
        "form": form,
        "answers": [(one, result_in_words(one)) for one in CALL_RESULTS],
        "results": [(result_in_words(one), count) for one, count in results.items()],
        "left": next((left for one, left, _ in queries.lists() if one.pk == found.pk), 0),
        "is_another_try": bool(task and task.visit % 10),
    }
    return render(request, "leads/calls.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@admin
def seats(request: HttpRequest) -> HttpResponse:
    """Say who sits in which queue, for which areas and with which skills."""
    form = SeatForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        areas, skills = form.words("areas"), form.words("skills")
        seat(chosen["queue"], chosen["username"], areas=areas, skills=skills)
        messages.success(request, _("The seat is kept."))
        return redirect("leads:seats")
    context = {"form": form, "seats": list(Seat.objects.order_by("queue", "username"))}
    return render(request, "leads/seats.html", context, status=422 if form.errors else 200)


@require_POST
@admin
def leave_seat(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody out of a queue; their tasks stay theirs."""
    found = get_object_or_404(Seat, pk=pk)
    unseat(found.queue, found.username)
    messages.success(request, _("The seat is empty. Tasks already given stay where they are."))
    return redirect("leads:seats")


@require_http_methods(["GET", "HEAD", "POST"])
def feed_settings(request: HttpRequest) -> HttpResponse:
    """Open or close one's own calendar feed; its address is shown once."""
    name = request.user.get_username()
    address = ""
    if request.method == "POST" and request.POST.get("close"):
        close_feed(name)
        messages.success(request, _("The feed is closed: its address no longer works."))
        return redirect("leads:feed_settings")
    if request.method == "POST":
        path = reverse("leads:feed", args=[open_feed(name)])
        address = f"{settings.PUBLIC_URL.rstrip('/')}{path}"
    feed = Feed.objects.filter(username=name).first()
    return render(request, "leads/feed.html", {"feed": feed, "address": address})


@require_safe
@login_not_required
def feed(request: HttpRequest, secret: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Give the tasks of whoever this address belongs to, as a calendar; 404 for any other address."""
    found = Feed.objects.filter(digest=digest_of(secret)).first()
    if found is None or not User.objects.filter(username=found.username, is_active=True).exists():
        raise Http404
    tasks = queries.tasks_for_calendar(found.username)
    people = people_of({task.customer_id for task in tasks})
    names = {t.pk: p.name for t in tasks if (p := people.get(t.customer_id)) is not None}
    host = urlsplit(settings.PUBLIC_URL).hostname or "keskio"
    body = calendar_of(tasks, names, title=_("Keskiö: tasks"), host=host, now=now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = 'inline; filename="keskio-tasks.ics"'
    return response
