"""Pages of the dialogues: the list, one dialogue drawn with its counts, a step, unknown messages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from msgspec import json, structs

from keskio.engine.dialogue.program import Program
from keskio.kernel.i18n import in_language
from keskio.know.api import may_see_special, people_of
from keskio.talk import actions, drawing, standing
from keskio.talk.confiding import is_kept_from
from keskio.talk.forms import SENT, DecideUnknownForm
from keskio.talk.models import Message, Version
from keskio.talk.rows import (
    ends_in_words,
    reason_rows,
    reasons_in_words,
    step_rows,
    unknown_rows,
)
from keskio.talk.shelf import program_of
from keskio.web.paging import PAGE_SIZE, page_number, page_of
from keskio.web.roles import editor

STATE_TONES = {"live": ("good", "play"), "paused": ("warn", "pause"), "closed": ("plain", "stop")}


@require_safe
def dialogues(request: HttpRequest) -> HttpResponse:
    """List the dialogues with their books; asked for by htmx, only the part that changes."""
    live = request.headers.get("HX-Request") == "true"
    template = "talk/_dialogues.html" if live else "talk/dialogues.html"
    return render(request, template, {"rows": dialogue_rows()})


def dialogue_rows() -> list[dict[str, Any]]:
    """Return the dialogues as the list and the home page show them."""
    language = get_language() or "fi"
    return [
        {
            "one": one,
            "title": in_language(one.title, language) or one.key,
            "tone": STATE_TONES[one.state],
        }
        for one in standing.dialogue_overview()
    ]


@require_safe
def dialogue(request: HttpRequest, key: str, number: int | None = None) -> HttpResponse:
    """Draw one version of a dialogue (the live one unless named) with its counts and books."""
    version = _version(key, number)
    program = program_of(version.pk)
    language = get_language() or "fi"
    found = standing.standing_of(version, program)
    context = {
        **_standing(version, program, found, language),
        "flow": _flow(version, program, found.counts, language),
        "versions": version.dialogue.versions.order_by("-number"),
        "tone": STATE_TONES[version.dialogue.state],
    }
    return render(request, "talk/dialogue.html", context)


@require_safe
def standing_part(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Return the part of a dialogue's page that changes: books, steps, reasons."""
    version = _version(key, number)
    program = program_of(version.pk)
    found = standing.standing_of(version, program)
    context = _standing(version, program, found, get_language() or "fi")
    return render(request, "talk/_standing.html", context)


@require_safe
def counts(_request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Return how it stands at each step now, for the drawing."""
    version = _version(key, number)
    found = standing.standing_of(version, program_of(version.pk))
    return HttpResponse(json.encode(found.counts), content_type="application/json")


@require_safe
def step(request: HttpRequest, key: str, number: int, step_key: str) -> HttpResponse:
    """Show one step: what it says in each language, how it stands, who waits there."""
    version = _version(key, number)
    program = program_of(version.pk)
    if step_key not in program.steps:
        raise Http404
    language = get_language() or "fi"
    drawn = drawing.draw(program, language)
    node = next(node for node in drawn.nodes if node.id == step_key)
    rows = step_rows(program, standing.standing_of(version, program).counts, language)
    offset = (page_number(request) - 1) * PAGE_SIZE
    is_kept = is_kept_from(request.user, program)
    limit = 0 if is_kept else PAGE_SIZE + 1
    waiting = standing.people_at(version, step_key, limit=limit, offset=offset)
    people = people_of([one.customer for one in waiting])
    reasons = reason_rows(program, standing.held_reasons(version), language)
    context = {
        "version": version,
        "title": in_language(program.title, language),
        "node": node,
        "is_kept": is_kept,
        "row": next(row for row in rows if row.key == step_key),
        "page": page_of(request, [(one, people.get(one.customer)) for one in waiting]),
        "reasons": [row for row in reasons if row.step == step_key],
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "talk/_step.html" if live else "talk/step.html", context)


@require_safe
def unknown_messages(request: HttpRequest) -> HttpResponse:
    """List the messages of which nobody knows whether they went out."""
    start = (page_number(request) - 1) * PAGE_SIZE
    found = Message.objects.filter(state=Message.State.UNKNOWN).order_by("-id")
    rows = list(found[start : start + PAGE_SIZE + 1])
    may = may_see_special(request.user)
    page = page_of(request, unknown_rows(rows, may_see_health=may))
    return render(request, "talk/unknown.html", {"page": page})


@require_POST
@editor
def decide_unknown(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what a person has found out about an unknown message."""
    form = DecideUnknownForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say whether the message was sent or not."))
        return redirect("talk:unknown")
    was_sent = form.cleaned_data["verdict"] == SENT
    try:
        actions.decide_unknown(pk, was_sent=was_sent, by=request.user.get_username())
    except actions.NotUnknown:
        messages.warning(request, _("Somebody had already decided about that message."))
    else:
        messages.success(request, _("Your decision has been recorded."))
    return redirect("talk:unknown")


def _version(key: str, number: int | None) -> Version:
    """Return the version asked for, else the live one, else the newest."""
    versions = Version.objects.select_related("dialogue").filter(dialogue__key=key)
    if number is not None:
        return get_object_or_404(versions, number=number)
    newest = versions.order_by("-number").first()
    if newest is None:
        raise Http404
    live = newest.dialogue.live_version_id
    return newest if live in (None, newest.pk) else versions.get(pk=live)


def _standing(
    version: Version, program: Program, found: standing.Standing, language: str
) -> dict[str, Any]:
    books = found.books
    return {
        "version": version,
        "title": in_language(program.title, language) or program.key,
        "books": books,
        "ends": ends_in_words(program, books, language),
        "exits": reasons_in_words(books.exited, language),
        "refusals": reasons_in_words(books.refused, language),
        "rows": step_rows(program, found.counts, language),
        "reasons": reason_rows(program, standing.held_reasons(version), language),
    }


def _flow(
    version: Version, program: Program, counts: drawing.FlowCounts, language: str
) -> dict[str, Any]:
    """Return what the drawing is given: nodes with addresses of their panels, first counts, words."""
    drawn = drawing.draw(program, language)
    place = [version.dialogue.key, version.number]
    nodes = [
        structs.replace(node, url=reverse("talk:step", args=[*place, node.id]))
        if node.id in program.steps
        else node
        for node in drawn.nodes
    ]
    words = {
        "waiting": _("waiting"),
        "passed": _("passed"),
        "held": _("held"),
        "dropped": pgettext("flow", "not sent"),
        "start": _("Start"),
        "controls.ariaLabel": _("Zoom"),
        "controls.zoomIn.ariaLabel": _("Zoom in"),
        "controls.zoomOut.ariaLabel": _("Zoom out"),
        "controls.fitView.ariaLabel": _("Show all"),
    }
    given = {
        "drawing": structs.replace(drawn, nodes=nodes),
        "counts": counts,
        "words": words,
    }
    return json.decode(json.encode(given), type=dict[str, Any])
