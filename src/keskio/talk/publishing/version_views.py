"""Pages of versions: how each has done, two side by side, a change under way and its undoing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from msgspec import json

from keskio.engine.dialogue.migrating import Plan
from keskio.kernel.errors import KeskioError
from keskio.kernel.i18n import in_language
from keskio.talk.actions import set_dialogue_state
from keskio.talk.models import Change, Dialogue, Version
from keskio.talk.publishing.changing import progress_of, undo_change, undo_plan_of
from keskio.talk.publishing.comparing import raw_difference
from keskio.talk.publishing.drafts import OPEN, draft_of_version
from keskio.talk.publishing.models import Draft
from keskio.talk.publishing.reporting import Report, differences_between, pairs_of, reports_of
from keskio.talk.publishing.words import deadlines_in_words, plan_in_words, reasons_in_words, said
from keskio.talk.shelf import program_of
from keskio.web.roles import editor

TOLD = {
    "live": gettext_lazy("New people come in, and those inside go on."),
    "paused": gettext_lazy("Nobody comes in and nothing is sent until you resume."),
    "closed": gettext_lazy("Nobody new comes in; those inside go on to their end."),
}


@require_POST
@editor
def change_it(request: HttpRequest, key: str) -> HttpResponse:
    """Open the draft of a change to this dialogue, or begin one from the live version."""
    dialogue = get_object_or_404(Dialogue.objects.select_related("live_version"), key=key)
    waiting = Draft.objects.filter(key=key, state__in=OPEN).first()
    if waiting is not None:
        messages.warning(request, _("There was already a draft of this dialogue; here it is."))
        return redirect("publishing:draft", waiting.pk)
    if dialogue.live_version is None:
        raise Http404
    draft = draft_of_version(dialogue.live_version, by=request.user.get_username())
    return redirect("publishing:draft", draft.pk)


@require_POST
@editor
def state(request: HttpRequest, key: str) -> HttpResponse:
    """Pause, resume or close a dialogue."""
    wanted = request.POST.get("state", "")
    get_object_or_404(Dialogue, key=key)
    if wanted not in Dialogue.State.values:
        messages.error(request, _("A dialogue is live, paused or closed."))
    else:
        set_dialogue_state(key, wanted)
        messages.success(request, str(TOLD[wanted]))
    return redirect("talk:dialogue", key)


@require_safe
def versions(request: HttpRequest, key: str) -> HttpResponse:
    """List the versions of a dialogue with what has come of each."""
    dialogue = get_object_or_404(Dialogue, key=key)
    found = list(dialogue.versions.select_related("dialogue").order_by("-number"))
    context = {**_about(dialogue), "reports": reports_of(found)}
    return render(request, "publishing/versions.html", context)


@require_safe
def compared(request: HttpRequest, key: str) -> HttpResponse:
    """Show two versions side by side: what differs, and what has come of each."""
    dialogue = get_object_or_404(Dialogue, key=key)
    found = list(dialogue.versions.select_related("dialogue").order_by("number"))
    if not found:
        raise Http404
    right = _chosen(found, request.GET.get("b", ""), found[-1])
    before = [one for one in found if one.number < right.number] or [right]
    left = _chosen(found, request.GET.get("a", ""), before[-1])
    one, other = reports_of([left, right]) if left != right else reports_of([left]) * 2
    context = {
        **_about(dialogue),
        "versions": found,
        "left": one,
        "right": other,
        "figures": _figures(one, other),
        "pairs": pairs_of(one, other),
        "lines": differences_between(left, right),
        "raw": raw_difference(left.document, right.document),
    }
    return render(request, "publishing/compared.html", context)


@require_safe
def file(_request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Return the definition of a version as a file, to the letter."""
    version = get_object_or_404(Version, dialogue__key=key, number=number)
    name = f"{key}-{number}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(version.document, content_type="application/yaml", headers=headers)


@require_safe
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a change is and what it has done; asked for by htmx, only that."""
    row = get_object_or_404(Change.objects.select_related("version__dialogue"), pk=pk)
    progress, language = progress_of(row), get_language() or "fi"
    plan = json.decode(row.plan, type=Plan)
    context = {
        **_about(row.version.dialogue),
        "change": row,
        "progress": progress,
        "deadlines": deadlines_in_words(progress.deadlines),
        "stayed": reasons_in_words(progress.stayed, language),
        "left": reasons_in_words(progress.left, language),
        "plan": plan_in_words(plan, program_of(row.version_id), language),
        "due_now": any(one.due_now for one in (plan.otherwise, *plan.steps.values())),
        "undoing": undo_plan_of(pk) if row.state == "done" else None,
        "could_return": progress.followed + progress.moved + progress.exited,
    }
    live = request.headers.get("HX-Request") == "true"
    return render(
        request, "publishing/_progress.html" if live else "publishing/change.html", context
    )


@require_POST
@editor
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring back those to whom nothing has happened since the change."""
    get_object_or_404(Change, pk=pk)
    try:
        undo_change(pk, by=request.user.get_username())
    except KeskioError as fault:
        messages.error(request, said(fault))
    else:
        messages.success(request, _("They are being brought back."))
    return redirect("publishing:change", pk)


def _about(dialogue: Dialogue) -> dict[str, Any]:
    language = get_language() or "fi"
    return {"dialogue": dialogue, "title": in_language(dialogue.title, language) or dialogue.key}


def _figures(left: Report, right: Report) -> list[tuple[str, int, int]]:
    """Return (name, left, right) for each figure of the books and the messages."""
    a, b = left.books, right.books
    return [
        (_("Entered"), a.entered, b.entered),
        (_("Moved in"), a.moved_in, b.moved_in),
        (_("Waiting"), a.waiting, b.waiting),
        (_("Ended"), a.all_ended, b.all_ended),
        (_("Went out"), a.all_exited, b.all_exited),
        (_("In error"), a.errors, b.errors),
        (_("Moved out"), a.moved_out, b.moved_out),
        (_("Messages sent"), left.sent, right.sent),
        (_("Held"), left.held, right.held),
        (_("Not sent"), left.dropped, right.dropped),
    ]


def _chosen(found: list[Version], number: str, otherwise: Version) -> Version:
    return next((one for one in found if str(one.number) == number), otherwise)
