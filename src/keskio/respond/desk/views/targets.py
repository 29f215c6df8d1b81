"""Pages of response-time targets and of the calendars that they are counted by."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.i18n import in_language
from keskio.respond.desk.target_forms import (
    CalendarForm,
    TargetForm,
    initial_of,
    initial_of_calendar,
)
from keskio.respond.desk.targeting import (
    drop_calendar_or_target,
    ready_calendar,
    save_calendar,
    save_target,
)
from keskio.respond.desk.words import CHANNEL_NAMES, minutes_in_words
from keskio.respond.inbox.calendars import READY, hours_of
from keskio.respond.inbox.models import Calendar, Case, Target
from keskio.web.roles import admin


@require_safe
def targets(request: HttpRequest) -> HttpResponse:
    """List the targets in force, and the calendars."""
    own = [_row(one, str(one), one.channel, one.kind) for one in Target.objects.all()]
    ready = [] if own else [_ready_row(one) for one in READY]
    calendars = [
        (one, str(one), hours_of(one).per_week / 60) for one in Calendar.objects.order_by("key")
    ]
    context = {"rows": own or ready, "is_ready": not own, "calendars": calendars}
    return render(request, "desk/targets.html", context)


def _row(target: Target, title: str, channel: str, kind: str) -> dict[str, Any]:
    return {
        "target": target,
        "title": title,
        **_fits(channel, kind),
        "times": [
            minutes_in_words(minutes)
            for minutes in (target.first_minutes, target.next_minutes, target.resolution_minutes)
        ],
    }


def _ready_row(ready: Any) -> dict[str, Any]:
    held = ready.held
    return {
        "target": None,
        "title": "",
        **_fits(ready.channel, ready.kind),
        "times": [minutes_in_words(one) for one in (held.first, held.next, held.resolution)],
    }


def _fits(channel: str, kind: str) -> dict[str, str]:
    return {
        "channel": str(CHANNEL_NAMES[channel]) if channel else _("all channels"),
        "kind": str(Case.Kind(kind).label) if kind else _("all kinds"),
    }


@admin
def target(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Make a target, or change one; open cases follow at once."""
    found = get_object_or_404(Target, pk=pk) if pk else None
    if not Calendar.objects.exists():
        ready_calendar()
    initial = initial_of(found) if found else {}
    form = TargetForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        save_target(found, **form.values())
        messages.success(request, _("The target was saved. Open cases follow it."))
        return redirect("desk:targets")
    drop = ("desk:drop_target", found.pk) if found else None
    return _page(request, form, pgettext("desk", "Target"), str(found) if found else "", drop)


@admin
def calendar(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Make a calendar, or change one; open cases follow at once."""
    found = get_object_or_404(Calendar, key=key) if key else None
    initial = initial_of_calendar(found) if found else {}
    form = CalendarForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.values()
        if Calendar.objects.filter(key=values["key"]).exclude(pk=found.pk if found else 0).exists():
            form.add_error("key", _("There is a calendar with this key already."))
        else:
            save_calendar(found, **values)
            messages.success(request, _("The calendar was saved. Open cases follow it."))
            return redirect("desk:targets")
    name = in_language(found.title, get_language() or "fi") if found else ""
    return _page(request, form, _("Working hours"), name, None)


@require_POST
@admin
def drop_target(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a target; cases keep what was measured by it."""
    try:
        drop_calendar_or_target(get_object_or_404(Target, pk=pk))
    except ProtectedError:
        messages.error(request, _("It is in use."))
    else:
        messages.success(request, _("The target is gone."))
    return redirect("desk:targets")


def _page(
    request: HttpRequest, form: Any, title: str, name: str, drop: tuple[str, int] | None
) -> HttpResponse:
    context = {"form": form, "title": title, "name": name, "drop": drop}
    return render(request, "desk/target.html", context, status=422 if form.errors else 200)
