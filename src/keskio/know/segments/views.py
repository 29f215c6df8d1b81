"""Pages of segments: the list, one segment with its members and why, and what can be done to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import now_micros
from keskio.kernel.i18n import in_language
from keskio.know.queries import people_of
from keskio.know.segments import actions, standing
from keskio.know.segments.contracts import SegmentDraft
from keskio.know.segments.models import SavedVersion, Segment
from keskio.know.segments.queries import NoSuchDefinition
from keskio.know.segments.saying import Names, called_in, say
from keskio.know.segments.shelf import node_of
from keskio.know.segments.why import examples_of
from keskio.web.paging import PAGE_SIZE, page_number, page_of
from keskio.web.roles import editor

TONES = {"active": ("good", "play"), "paused": ("warn", "pause"), "archived": ("plain", "stop")}
EXAMPLES = 5


@require_safe
def segments(request: HttpRequest) -> HttpResponse:
    """List the segments; asked for by htmx, only the part that changes."""
    live = request.headers.get("HX-Request") == "true"
    template = "segments/_segments.html" if live else "segments/segments.html"
    return render(request, template, {"rows": segment_rows(), "tab": "segments"})


def segment_rows() -> list[dict[str, Any]]:
    """Return the segments that are not put away as the list shows them."""
    language = get_language() or "fi"
    changes = standing.changes_of_all(now_micros())
    called = called_in(language)
    rows = Segment.objects.exclude(state="archived").order_by("key")
    return [
        {
            "one": row,
            "title": in_language(row.title, language),
            "change": changes.get(row.pk, standing.Change()),
            "sentence": sentence_in(row, language, called),
            "tone": TONES[row.state],
        }
        for row in rows
    ]


@require_safe
def segment(request: HttpRequest, key: str) -> HttpResponse:
    """Show one segment: its sentence, how it stands, its members, and why some of them belong."""
    row = get_object_or_404(Segment, key=key)
    language = get_language() or "fi"
    now = now_micros()
    offset = (page_number(request) - 1) * PAGE_SIZE
    members = standing.members_of(row.pk, limit=PAGE_SIZE + 1, offset=offset)
    people = people_of([customer for customer, _since in members])
    rows = [(people[c], since) for c, since in members if c in people]
    grown = standing.growth_of(row.pk, now=now)
    draft = node_of(row).draft
    assert isinstance(draft, SegmentDraft)
    some = [customer for customer, _since in members[:EXAMPLES]]
    context = {
        "one": row,
        "title": in_language(row.title, language),
        "description": in_language(draft.description, language),
        "sentence": sentence_in(row, language),
        "tone": TONES[row.state],
        "change": standing.changes_of_all(now).get(row.pk, standing.Change()),
        "grown": grown if standing.is_growing(grown) else [],
        "page": page_of(request, rows, total=row.members),
        "examples": examples_of(draft.when, some, now=now, language=language),
        "users": actions.used_by("segment", key),
        "versions": SavedVersion.objects.filter(kind="segment", key=key).order_by("-number")[:20],
    }
    live = request.headers.get("HX-Request") == "true"
    return render(request, "segments/_segment.html" if live else "segments/segment.html", context)


def sentence_in(row: Segment, language: str, called: Names | None = None) -> str:
    """Return a segment's condition as a sentence; of a text that cannot be read, why."""
    try:
        draft = node_of(row).draft
    except ValueError as fault:
        return str(fault)
    assert isinstance(draft, SegmentDraft)
    return say(draft.when, language, called)


@require_safe
def export(_request: HttpRequest, key: str, number: int | None = None) -> HttpResponse:
    """Return a segment's definition as the YAML text that was saved, or an earlier version of it."""
    row = get_object_or_404(Segment, key=key)
    text = row.document
    if number is not None:
        text = get_object_or_404(SavedVersion, kind="segment", key=key, number=number).document
    answer = HttpResponse(text, content_type="text/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{key}.yaml"'
    return answer


@require_POST
@editor
def order(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Pause, resume, put away or refresh a segment or a model of stages."""
    page = "segments:segment" if kind == "segment" else "segments:model"
    word = request.POST.get("do", "")
    done = {
        "pause": ("paused", _("It now rests as it is.")),
        "resume": ("active", _("It is kept up to date again.")),
        "archive": ("archived", _("It has been put away.")),
    }
    try:
        if word == "refresh":
            actions.refresh(kind, key)
            messages.success(request, _("Everyone is looked at anew in a moment."))
        elif word in done:
            state, sentence = done[word]
            actions.set_state(kind, key, state, by=request.user.get_username())
            messages.success(request, sentence)
        else:
            raise Http404
    except NoSuchDefinition as error:
        raise Http404 from error
    except actions.CannotSave as error:
        messages.error(request, " ".join(fault.sentence for fault in error.faults))
    if word == "archive":
        return redirect("segments:segments" if kind == "segment" else "segments:models")
    return redirect(page, key)
