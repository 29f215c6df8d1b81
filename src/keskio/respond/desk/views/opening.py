"""Pages of what opens cases by itself, what other rules would have opened, and of the queues."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.clock import now_micros
from keskio.kernel.i18n import in_language
from keskio.respond.assigning import seats_of
from keskio.respond.desk.opening_forms import (
    OpeningForm,
    QueueForm,
    initial_of_queue,
    initial_of_rules,
)
from keskio.respond.desk.opening_words import place_in_words, rules_in_words
from keskio.respond.desk.sentences import sentence_of
from keskio.respond.desk.words import CHANNEL_NAMES
from keskio.respond.inbox import ruling
from keskio.respond.inbox.models import Case, Queue
from keskio.respond.inbox.previewing import LOOKED_BACK, preview
from keskio.respond.inbox.queries import opening_rules
from keskio.web.roles import admin


@require_safe
def opening(request: HttpRequest) -> HttpResponse:
    """Show the rules in force, the queues, and the rules before."""
    dated = [(one, rules_in_words(one.rules)) for one in ruling.rules_of_time()]
    context = {"now": dated[0], "earlier": dated[1:], "queues": _queues()}
    return render(request, "desk/opening.html", context)


def _queues() -> list[dict[str, Any]]:
    queues = list(Queue.objects.all())
    seats = seats_of({queue.key for queue in queues})
    titles = {queue.key: _title(queue) for queue in queues}
    return [
        {
            "queue": queue,
            "title": titles[queue.key],
            "fits": [
                *(str(CHANNEL_NAMES.get(one, one)) for one in queue.channels),
                *(str(Case.Kind(one).label) for one in queue.kinds if one in Case.Kind.values),
                *queue.themes,
            ],
            "next": titles.get(queue.next_queue, queue.next_queue),
            "seats": [
                (name, ", ".join(held.skills))
                for name, held in sorted(seats.get(queue.key, {}).items())
            ],
        }
        for queue in queues
    ]


def _title(queue: Queue) -> str:
    return in_language(queue.title, get_language() or "fi") or queue.key


@require_http_methods(["GET", "HEAD", "POST"])
@admin
def edit_opening(request: HttpRequest) -> HttpResponse:
    """Change the rules, after looking at what they would have opened in the last 30 days."""
    before = opening_rules()
    form = OpeningForm(request.POST or None, initial=initial_of_rules(before))
    context: dict[str, Any] = {"form": form, "days": LOOKED_BACK}
    if request.method == "POST" and form.is_valid():
        rules = form.rules(before)
        if "save" in request.POST:
            changed = ruling.change_rules(rules, by=request.user.get_username())
            told = _("The rules are in force.") if changed else _("Nothing was changed.")
            messages.success(request, told)
            return redirect("desk:opening")
        context["preview"] = found = preview(before, rules, now_micros())
        context["lines"] = [(line, place_in_words(line)) for line in found.lines]
    return render(request, "desk/opening_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@admin
def queue(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Make a queue, or change one."""
    found = get_object_or_404(Queue, key=key) if key else None
    initial = initial_of_queue(found) if found else {}
    form = QueueForm(request.POST or None, initial=initial, queue=found)
    if request.method == "POST" and form.is_valid():
        ruling.save_queue(found, by=request.user.get_username(), **form.values())
        messages.success(request, _("The queue was saved. Cases that are in queues stay there."))
        return redirect("desk:opening")
    context = {"form": form, "queue": found, "name": _title(found) if found else ""}
    return render(request, "desk/queue.html", context, status=422 if form.errors else 200)


@require_POST
@admin
def drop_queue(request: HttpRequest, key: str) -> HttpResponse:
    """Delete a queue in which nothing waits."""
    try:
        ruling.drop_queue(get_object_or_404(Queue, key=key))
    except ruling.QueueInUse as fault:
        messages.error(request, sentence_of(fault))
    else:
        messages.success(request, _("The queue is gone."))
    return redirect("desk:opening")
