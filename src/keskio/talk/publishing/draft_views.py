"""Pages of drafts: the list, the editor with its findings, differences, review, publishing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.errors import KeskioError
from keskio.kernel.yamls import read_yaml
from keskio.talk.documents import compile_text
from keskio.talk.models import Dialogue, Version
from keskio.talk.publishing import drafts as acts
from keskio.talk.publishing import review as reviewing
from keskio.talk.publishing.comparing import Side, compare, raw_difference
from keskio.talk.publishing.forms import DraftForm, PlanForm, as_typed, initial_of
from keskio.talk.publishing.lines import placed
from keskio.talk.publishing.models import Draft
from keskio.talk.publishing.plans import faults_of
from keskio.talk.publishing.publishing import Look, foresee, look_at, publish_draft
from keskio.talk.publishing.words import NOTES, forecast_rows, said
from keskio.talk.shelf import program_of
from keskio.talk.worlds import live_check
from keskio.web.roles import admin, editor

SHOWN_CLOSED = 20
BLANK = """keskio: dialogue/1
key: my-dialogue
title: {fi: Uusi dialogi, en: New dialogue}
purpose: marketing
languages: [fi]
trigger: {hand: true}

steps:
  hello:
    kind: send
    channel: sms
    text:
      fi: Hei {{ customer.first_name }}!
"""


@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """List the drafts that are being written, and those closed last."""
    found = Draft.objects.all()
    context = {
        "open": [_row(draft) for draft in found.filter(state__in=acts.OPEN)],
        "closed": [_row(draft) for draft in found.exclude(state__in=acts.OPEN)[:SHOWN_CLOSED]],
        "needs_second": reviewing.needs_second(),
    }
    return render(request, "publishing/drafts.html", context)


@require_POST
@editor
def add(request: HttpRequest) -> HttpResponse:
    """Begin a draft with a few lines that can be published as they are."""
    draft = acts.create_draft(BLANK, by=request.user.get_username())
    return redirect("publishing:draft", draft.pk)


@require_POST
@admin
def second(request: HttpRequest) -> HttpResponse:
    """Turn the second pair of eyes on or off."""
    needed = request.POST.get("needed") == "yes"
    reviewing.set_needs_second(needed, by=request.user.get_username())
    told = (
        _("From now on a second person must agree before anything is published.")
        if needed
        else _("From now on nobody else needs to agree before publishing.")
    )
    messages.success(request, told)
    return redirect("publishing:drafts")


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft, with what is to be mended in it; or save it."""
    row = get_object_or_404(Draft, pk=pk)
    if request.method == "POST":
        return _save(request, row)
    return _editor(request, row, DraftForm(initial=initial_of(row)))


@editor
def _save(request: HttpRequest, row: Draft) -> HttpResponse:
    form = DraftForm(request.POST)
    if not form.is_valid():
        return _editor(request, row, form, status=422)
    given = form.cleaned_data
    text = as_typed(given["text"], row.text)
    try:
        acts.save_draft(
            row.pk,
            text,
            revision=given["revision"],
            by=request.user.get_username(),
            variables=given["variables"],
        )
    except acts.Overtaken as refusal:
        newest = refusal.draft
        again = DraftForm(
            initial={**initial_of(newest), "text": text, "variables": request.POST["variables"]}
        )
        more = {"theirs": newest, "difference": raw_difference(newest.text, text)}
        return _editor(request, newest, again, status=409, yours=text, **more)
    except KeskioError as fault:
        messages.error(request, said(fault))
        return redirect("publishing:draft", row.pk)
    messages.success(request, _("Saved."))
    return redirect("publishing:draft", row.pk)


def _editor(
    request: HttpRequest, row: Draft, form: DraftForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    user = request.user.get_username()
    typed = str(form.data.get("text", row.text)) if form.is_bound else row.text
    text = str(more.get("yours", typed))
    context = {
        **_row(row),
        "form": form,
        "found": _found(text, row.variables),
        "notes": [(note, NOTES[note.what]) for note in row.notes.order_by("-id")],
        "is_open": row.state in acts.OPEN,
        "needs_second": reviewing.needs_second(),
        "may_agree": reviewing.may_agree(row, user),
        "is_agreed": row.agreed == row.revision,
        "language": get_language() or "fi",
        **more,
    }
    return render(request, "publishing/draft.html", context, status=status)


@require_POST
@editor
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Return what is to be mended in the text as it is being typed; nothing is saved."""
    row = get_object_or_404(Draft, pk=pk)
    text = as_typed(request.POST.get("text", ""), row.text)[: acts.MOST_CHARACTERS]
    try:
        given = read_yaml(request.POST.get("variables", ""))
    except ValueError:
        given = None
    values = given if isinstance(given, dict) else row.variables
    return render(request, "publishing/_findings.html", {"found": _found(text, values)})


@require_safe
def differences(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what differs from the live version (or the one in ?with=), in sentences and line by line."""
    row = get_object_or_404(Draft, pk=pk)
    others = Version.objects.filter(dialogue__key=row.key).order_by("-number")
    number = request.GET.get("with", "")
    other = others.filter(number=int(number)).first() if number.isdecimal() else _live(row)
    context = {**_row(row), "other": other, "versions": others}
    if other is not None:
        context["lines"] = _differences(other, row)
        context["raw"] = raw_difference(other.document, row.text)
    return render(request, "publishing/differences.html", context)


@require_POST
@editor
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a second pair of eyes, agree, or send back with a comment."""
    by, comment = request.user.get_username(), request.POST.get("comment", "").strip()[:5000]
    what, revision = request.POST.get("what"), request.POST.get("revision", "")
    seen = int(revision) if revision.isdecimal() else 0
    try:
        if what == "ask":
            reviewing.ask_for_review(pk, by=by, comment=comment)
            told = _("Others can now look at it.")
        elif what == "agree":
            reviewing.agree(pk, revision=seen, by=by, comment=comment)
            told = _("You have agreed to it. It can be published as it is now.")
        else:
            reviewing.send_back(pk, revision=seen, by=by, comment=comment)
            told = _("It went back to its writer with your comment.")
    except Draft.DoesNotExist as fault:
        raise Http404 from fault
    except KeskioError as fault:
        messages.error(request, said(fault))
    else:
        messages.success(request, told)
    return redirect("publishing:draft", pk)


@require_POST
@editor
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    get_object_or_404(Draft, pk=pk)
    try:
        acts.discard_draft(pk, by=request.user.get_username())
    except acts.NotOpen as fault:
        messages.error(request, said(fault))
    else:
        messages.success(request, _("The draft was discarded."))
    return redirect("publishing:drafts")


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what publishing would do with those inside; or publish with the plan that was chosen."""
    row = get_object_or_404(Draft, pk=pk)
    look, language = look_at(row.text, row.variables), get_language() or "fi"
    context: dict[str, Any] = {**_row(row), "look": look, "is_open": row.state in acts.OPEN}
    if look.program is None or look.errors or not context["is_open"]:
        context["found"] = _found(row.text, row.variables)
        return render(request, "publishing/publish.html", context)
    asked = request.POST or None
    olds = look.others(row.text, row.variables)
    form = PlanForm(asked, olds=olds, new=look.program, language=language)
    plan = form.plan()
    faults = faults_of(plan, look.program, olds)
    if request.POST.get("what") == "publish" and form.is_valid() and not faults:
        return _publish(request, row, form)
    context.update(
        form=form,
        faults=[fault.sentence() for fault in faults] if form.is_bound else [],
        lines=_differences_of(look, row),
        is_agreed=reviewing.is_agreed(row),
        mistakes=_mistakes(row.text, row.variables),
        people=sum(sum(old.counts.values()) for old in olds),
    )
    if olds and not faults:
        context["forecast"] = foresee(Look(look.program, [], look.dialogue, olds), plan)
        context["foreseen"] = forecast_rows(context["forecast"], look.program, olds, language)
    return render(
        request, "publishing/publish.html", context, status=422 if faults and asked else 200
    )


def _publish(request: HttpRequest, row: Draft, form: PlanForm) -> HttpResponse:
    revision = request.POST.get("revision", "")
    try:
        done = publish_draft(
            row.pk,
            revision=int(revision) if revision.isdecimal() else 0,
            by=request.user.get_username(),
            plan=form.plan(),
        )
    except KeskioError as fault:
        messages.error(request, said(fault))
        return redirect("publishing:publish", row.pk)
    told = _("Version %(number)s is published; newcomers come into it.")
    messages.success(request, told % {"number": done.version.number})
    if done.change is not None:
        return redirect("publishing:change", done.change.pk)
    return redirect("talk:dialogue", done.version.dialogue.key)


def _row(draft: Draft) -> dict[str, Any]:
    return {"draft": draft, "title": acts.name_of(draft, get_language() or "fi")}


def _found(text: str, variables: dict[str, Any]) -> list[tuple[Any, str, str]]:
    language = get_language() or "fi"
    _program, findings = live_check(text, variables)
    return [
        (one, one.finding.sentence(language), one.finding.mend(language))
        for one in placed(text, findings)
    ]


def _mistakes(text: str, variables: dict[str, Any]) -> list[tuple[Any, str, str]]:
    """Return the mistakes alone: they do not keep a text from being published, but must be seen."""
    return [one for one in _found(text, variables) if one[0].finding.severity == "error"]


def _live(draft: Draft) -> Version | None:
    found = Dialogue.objects.select_related("live_version").filter(key=draft.key).first()
    return found.live_version if found else None


def _differences(other: Version, draft: Draft) -> list[Any] | None:
    program, _findings = compile_text(draft.text, variables=draft.variables)
    if program is None:
        return None
    before = Side(other.document, program_of(other.pk))
    return compare(before, Side(draft.text, program), get_language() or "fi")


def _differences_of(look: Look, draft: Draft) -> list[Any] | None:
    live = look.dialogue.live_version if look.dialogue else None
    return None if live is None else _differences(live, draft)
