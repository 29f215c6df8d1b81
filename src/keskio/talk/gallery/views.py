"""Pages of the gallery: all playbooks as cards, one of them opened, and the draft made from it."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from msgspec import json, structs

from keskio.kernel.i18n import in_language
from keskio.talk import drawing
from keskio.talk.gallery.forms import StartForm, coming_dates
from keskio.talk.gallery.needing import Have, Need, have_now, needs_of
from keskio.talk.gallery.playbooks import Playbook, playbook_of, shown_keys
from keskio.talk.gallery.playing import stories_of
from keskio.talk.gallery.previewing import previews_of
from keskio.talk.models import Dialogue
from keskio.talk.publishing.drafts import create_draft
from keskio.web.roles import editor

_KEY = re.compile(r"^key: *\S+", re.MULTILINE)


@require_safe
def playbooks(request: HttpRequest) -> HttpResponse:
    """Show every playbook as a card: what it does, in which channels, and what is missing for it."""
    have = have_now()
    used = set(Dialogue.objects.values_list("key", flat=True))
    cards = [_card(_playbook(key), have, used) for key in shown_keys()]
    return render(request, "gallery/playbooks.html", {"cards": cards})


@require_safe
def playbook(request: HttpRequest, key: str) -> HttpResponse:
    """Show one playbook: its flow, its texts in each language, its sample played, and its questions."""
    book = _playbook(key)
    return _page(request, book, StartForm(book, initial=coming_dates(book, localdate())))


@require_safe
def step(request: HttpRequest, key: str, step_key: str) -> HttpResponse:
    """Show one step of a playbook: beside the drawing when asked for by htmx, else as a page."""
    book = _playbook(key)
    drawn = drawing.draw(book.program, get_language() or "fi")
    node = next((one for one in drawn.nodes if one.id == step_key), None)
    if node is None or step_key not in book.program.steps:
        raise Http404
    context = {"book": book, "node": node, "title": _title(book)}
    live = request.headers.get("HX-Request") == "true"
    return render(request, "gallery/_step.html" if live else "gallery/step.html", context)


@require_POST
@editor
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Make a draft of the playbook with the answers to its questions, and go to the draft's page."""
    book = _playbook(key)
    form = StartForm(book, request.POST)
    if not form.is_valid():
        return _page(request, book, form, status=422)
    text = _KEY.sub(f"key: {form.cleaned_data['key']}", book.text, count=1)
    draft = create_draft(text, by=request.user.get_username(), variables=form.variables())
    messages.success(
        request, _("A draft has been made. Nobody gets anything before it is published.")
    )
    return redirect("publishing:draft", draft.pk)


def _playbook(key: str) -> Playbook:
    book = playbook_of(key)
    if book is None:
        raise Http404
    return book


def _title(book: Playbook) -> str:
    return in_language(book.about.title, get_language() or "fi")


def _card(book: Playbook, have: Have, used: set[str]) -> dict[str, Any]:
    needs = needs_of(book.about.needs, have)
    missing = [need for need in needs if not need.is_here]
    return {
        "key": book.key,
        "title": _title(book),
        "summary": in_language(book.about.summary, get_language() or "fi"),
        "channels": [drawing.channel_name(channel) for channel in sorted(book.program.channels)],
        "steps": len(book.program.steps),
        "missing": missing,
        "missing_words": _missing_words(missing),
        "is_used": book.program.key in used,
    }


def _missing_words(missing: list[Need]) -> str:
    count = len(missing)
    told = ngettext(
        "%(count)s thing is missing: %(names)s", "%(count)s things are missing: %(names)s", count
    )
    return told % {"count": count, "names": ", ".join(need.name for need in missing)}


def _page(request: HttpRequest, book: Playbook, form: StartForm, status: int = 200) -> HttpResponse:
    language = get_language() or "fi"
    context = {
        **_card(book, have_now(), set()),
        "book": book,
        "form": form,
        "needs": needs_of(book.about.needs, have_now()),
        "flow": _flow(book, language),
        "previews": previews_of(book.program, language),
        "stories": stories_of(book.key, language),
    }
    return render(request, "gallery/playbook.html", context, status=status)


def _flow(book: Playbook, language: str) -> dict[str, Any]:
    """Return what the drawing is given: nodes with the addresses of their panels, no counts, words."""
    drawn = drawing.draw(book.program, language)
    nodes = [
        structs.replace(node, url=reverse("gallery:step", args=[book.key, node.id]))
        if node.id in book.program.steps
        else node
        for node in drawn.nodes
    ]
    words = {
        "start": _("Start"),
        "controls.ariaLabel": _("Zoom"),
        "controls.zoomIn.ariaLabel": _("Zoom in"),
        "controls.zoomOut.ariaLabel": _("Zoom out"),
        "controls.fitView.ariaLabel": _("Show all"),
    }
    given = {
        "drawing": structs.replace(drawn, nodes=nodes),
        "counts": drawing.FlowCounts({}),
        "words": words,
    }
    return json.decode(json.encode(given), type=dict[str, Any])
