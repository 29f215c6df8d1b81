"""The builder page: a segment put together by form controls or as text, with a live count."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from keskio.kernel.clock import now_micros
from keskio.know.segments import actions, builder, choices
from keskio.know.segments.catalogue import offered
from keskio.know.segments.contracts import Fault
from keskio.know.segments.documents import faults_of
from keskio.know.segments.models import Segment
from keskio.know.segments.preview import Preview, preview_of
from keskio.know.segments.saying import say
from keskio.web.roles import editor

GET_AND_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_AND_POST)
@editor
def build(request: HttpRequest, key: str | None = None) -> HttpResponse:
    """Show the builder for a new segment or an old one; its buttons come back here."""
    language = get_language() or "fi"
    if request.method != "POST":
        draft = _opened(key)
        draft.check(language)
        if key is None:
            # Nothing is wrong yet with what nobody has filled in.
            draft.root.children[0].faults = []
        return _page(request, draft, key, language)
    draft = builder.draft_from(request.POST)
    if key is not None and draft.text is None:
        draft.key = key
    word = request.POST.get("do", "")
    draft = builder.change(draft, word, request.POST)
    if word == "save":
        saved = _save(request, draft, key)
        if saved is not None:
            return _led_to(request, reverse("segments:segment", args=[saved.key]))
    if not draft.faults:
        draft.check(language)
    _forgive_new(draft, word)
    return _page(request, draft, key, language)


@require_POST
@editor
def preview(request: HttpRequest) -> HttpResponse:
    """Return the sentence, the count, examples and faults of what the form says now."""
    language = get_language() or "fi"
    draft = builder.draft_from(request.POST)
    draft.check(language)
    context = {"draft": draft, "parts": list(draft.root.walk()), "is_preview": True}
    context |= _told(draft, language, is_counted=True)
    return render(request, "segments/_told.html", context)


def _opened(key: str | None) -> builder.Draft:
    if key is None:
        return builder.Draft()
    row = get_object_or_404(Segment, key=key)
    draft, faults = builder.draft_of(row.document)
    if draft is None:
        return builder.Draft(row.key, dict(row.title), text=row.document, faults=faults)
    return draft


def _save(request: HttpRequest, draft: builder.Draft, key: str | None) -> Segment | None:
    """Save the draft; what is wrong is noted in it."""
    language = get_language() or "fi"
    draft.check(language)
    if draft.is_faulty:
        return None
    try:
        saved = actions.save_segment(draft.written(), by=request.user.get_username())
    except actions.CannotSave as error:
        draft.faults = error.faults
        return None
    if key is None or saved.key == key:
        messages.success(request, _("The segment has been saved."))
    else:
        messages.success(request, _("Saved as a segment of its own, because the key is another."))
    return saved


def _led_to(request: HttpRequest, address: str) -> HttpResponse:
    """Lead to a page; htmx is told so, for it would put that page inside this one."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _forgive_new(draft: builder.Draft, word: str) -> None:
    """A part that was just added is empty: that is no mistake yet."""
    if word.startswith("add:"):
        group = draft.root.at(word.partition(":")[2])
        for part in group.children[-1].walk() if group and group.children else ():
            part.faults = []


def _page(
    request: HttpRequest, draft: builder.Draft, key: str | None, language: str
) -> HttpResponse:
    is_htmx = request.headers.get("HX-Request") == "true"
    context: dict[str, Any] = {
        "draft": draft,
        "key": key,
        "title": _("New segment") if key is None else _("Change the segment"),
        "offered": offered(language),
        "words": choices.all_words(),
    }
    # With scripts the count comes by itself behind the page; without, a button asks for it.
    context |= _told(draft, language, is_counted=request.POST.get("do") == "count")
    template = "segments/_builder.html" if is_htmx else "segments/builder.html"
    return render(request, template, context)


def _told(draft: builder.Draft, language: str, *, is_counted: bool) -> dict[str, Any]:
    """Return what can be said of the draft: its sentence, and the count if asked for."""
    when: Any = draft.when
    if draft.text is not None:
        read, faults = builder.draft_of(draft.text)
        if read is None:
            return {"told_faults": faults}
        when = read.when
    if draft.is_faulty:
        faults = [Fault(p.path, text) for p in draft.root.walk() for text in p.faults]
        return {"told_faults": faults or draft.faults}
    if faults_of(when, ""):
        return {"is_unfinished": True}
    counted: Preview | None = None
    if is_counted:
        counted = preview_of(when, now=now_micros(), language=language)
    return {"sentence": say(when, language), "preview": counted}
