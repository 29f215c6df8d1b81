"""Writing to a case: replies and notes, drafts, ready texts, past answers, what a language model drafts."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keskio.kernel.clock import now_micros
from keskio.kernel.errors import KeskioError
from keskio.respond.desk import contracts
from keskio.respond.desk.actions import drop_draft, hide, note_used, save_draft, take
from keskio.respond.desk.asking_model import asked_of, drafted
from keskio.respond.desk.masking import named
from keskio.respond.desk.models import PastAnswer, Snippet
from keskio.respond.desk.queries import draft_of, entries_of, language_model
from keskio.respond.desk.sending import Writing, keep, question_before, send
from keskio.respond.desk.sentences import sentence_of
from keskio.respond.desk.snippets import first_name, language_of, written
from keskio.respond.desk.views.frame import case_or_404, promises_in, query_of, wanted_of
from keskio.respond.desk.views.inbox import page_context
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.promises.actions import make
from keskio.respond.promises.contracts import REPLY, NewPromise
from keskio.respond.promises.recognising import keeping_of
from keskio.web.roles import editor

LONGEST = 20_000


def writing_of(request: HttpRequest) -> Writing:
    """Return what was posted from the composer."""
    given = request.POST
    way = given.get("way", contracts.HERE)
    version = given.get("version", "")
    return Writing(
        kind=contracts.NOTE if way == contracts.NOTE else contracts.REPLY,
        text=given.get("text", "").replace("\r\n", "\n")[:LONGEST],
        way=contracts.HERE if way == contracts.NOTE else way,
        version=int(version) if version.isdigit() else 0,
        then=given.get("then", ""),
        is_seen=bool(given.get("is_seen")),
        is_confirmed=bool(given.get("is_confirmed")),
    )


def back_to(request: HttpRequest, case: Case, *, place: str = "") -> HttpResponse:
    """Return to a case, with the list as it was."""
    address = reverse("desk:case", kwargs={"pk": case.pk}) + query_of(wanted_of(request))
    return redirect(f"{address}#{place}" if place else address)


@require_POST
@editor
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Send what was written, or ask first; whatever happens, the text is kept until it has left."""
    case = case_or_404(pk)
    user = request.user
    writing = writing_of(request)
    if request.POST.get("then") == "draft":
        keep(case, writing, user.get_username())
        messages.success(request, _("Your draft was saved."))
        return back_to(request, case, place="composer")
    asked = question_before(case, writing, user.get_username())
    if asked is not None:
        keep(case, writing, user.get_username())
        context = page_context(request, case, writing=writing, asked=asked)
        return render(request, "desk/inbox.html", context, status=409)
    try:
        with transaction.atomic():
            entry = send(case, writing, user)  # type: ignore[arg-type]  # signed in
            promised = _promise(request, case, entry, writing)
    except KeskioError as fault:
        keep(case, writing, user.get_username())
        messages.error(request, sentence_of(fault))
        return back_to(request, case, place="composer")
    messages.success(request, _told(writing, promised))
    return back_to(request, case)


def _told(writing: Writing, promised: int) -> str:
    said = _("The note was written.") if writing.kind == contracts.NOTE else _("The reply leaves.")
    return f"{said} {_('Its promise is tracked.')}" if promised else said


def _promise(request: HttpRequest, case: Case, entry: Entry, writing: Writing) -> int:
    """Track the promises that the writer has confirmed; return how many."""
    if writing.kind == contracts.NOTE or not case.customer_id:
        return 0
    confirmed = set(request.POST.getlist("promise"))
    found = [p for p in promises_in(writing.text, language_of(case)) if p.text in confirmed]
    by = request.user.get_username()
    for place, promise in enumerate(found, start=1):
        if promise.due_at <= now_micros():
            continue
        make(
            NewPromise(
                customer=case.customer_id,
                text=promise.text,
                due_at=promise.due_at,
                origin=REPLY,
                key=f"{case.pk}/{entry.number}/{place}",
                by=by,
                owner=by,
                channel=entry.channel,
                case=case.pk,
                keeping=keeping_of(promise.text, case.pk),
            )
        )
    return len(found)


@require_POST
@editor
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what has been written so far; answer with the promises in it."""
    case = case_or_404(pk)
    username = request.user.get_username()
    if request.POST.get("then") == "drop":
        drop_draft(pk, username)
        return back_to(request, case, place="composer")
    writing = writing_of(request)
    saved = save_draft(
        case, username, kind=writing.kind, text=writing.text, version=writing.version
    )
    promises = (
        [] if writing.kind == contracts.NOTE else promises_in(writing.text, language_of(case))
    )
    context = {
        "case": case,
        "composer": {
            "promises": promises,
            "saved_at": saved.saved_at if saved else None,
        },
        "confirmed": request.POST.getlist("promise"),
    }
    return render(request, "desk/_promises.html", context)


@require_POST
@editor
def insert(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a ready text or a past answer into the reply: as plain text for scripts, else into the draft."""
    case = case_or_404(pk)
    kind, _colon, key = request.POST.get("insert", "").partition(":")
    try:
        text = _ready(kind, key, case, request)
    except KeskioError as fault:
        if request.headers.get("accept") == "text/plain":
            return HttpResponse(sentence_of(fault), content_type="text/plain", status=422)
        messages.error(request, sentence_of(fault))
        return back_to(request, case, place="composer")
    if request.headers.get("accept") == "text/plain":
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    writing = writing_of(request)
    joined = f"{writing.text.rstrip()}\n\n{text}" if writing.text.strip() else text
    name = request.user.get_username()
    save_draft(case, name, kind=writing.kind, text=joined, version=writing.version)
    return back_to(request, case, place="composer")


def _ready(kind: str, key: str, case: Case, request: HttpRequest) -> str:
    if kind == "answer" and key.isdigit():
        past = get_object_or_404(PastAnswer, pk=int(key), is_hidden=False)
        take(past, case.pk)
        return named(past.answer, first_name(case.name))
    snippet = get_object_or_404(Snippet, key=key)
    text = written(snippet, case, request.user)  # type: ignore[arg-type]  # signed in
    note_used(snippet)
    return text


@require_POST
@editor
def hide_answer(request: HttpRequest, pk: int, answer: int) -> HttpResponse:
    """Suggest a past answer no more."""
    hide(get_object_or_404(PastAnswer, pk=answer))
    messages.success(request, _("That answer is not suggested any more."))
    return back_to(request, case_or_404(pk), place="composer")


@editor
def model_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a language model would be sent; when posted, ask it and put its draft into the composer."""
    case = case_or_404(pk)
    model = language_model()
    if model is None:
        messages.error(request, _("No language model is in use."))
        return back_to(request, case)
    entries = entries_of(case)
    if request.method != "POST":
        context = {"case": case, "model": model, "asked": asked_of(case, entries, model)}
        return render(request, "desk/model_draft.html", context)
    try:
        text = drafted(case, entries, model)
    except KeskioError as fault:
        messages.error(request, sentence_of(fault))
        return back_to(request, case, place="composer")
    before = draft_of(pk, request.user.get_username())
    joined = f"{before.text.rstrip()}\n\n{text}" if before else text
    newest = max((entry.pk for entry in entries if entry.kind != "event"), default=0)
    save_draft(case, request.user.get_username(), kind=contracts.REPLY, text=joined, version=newest)
    messages.warning(request, _("A machine wrote this draft. Read it through: nothing was sent."))
    return back_to(request, case, place="composer")
