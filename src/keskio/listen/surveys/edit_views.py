"""The builder: settings, questions moved without dragging, the text, a preview, publishing with a review."""

from __future__ import annotations

import difflib
from functools import partial
from typing import Any, cast

from csp.decorators import csp_replace
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from keskio.engine.survey.flow import Progress
from keskio.engine.survey.form import KINDS
from keskio.engine.survey.form import Survey as Form
from keskio.engine.survey.measuring import difference, metrics_of
from keskio.kernel.errors import Mistake
from keskio.kernel.i18n import in_language
from keskio.listen.surveys import editing, words
from keskio.listen.surveys.actions import save_draft
from keskio.listen.surveys.documents import compile_survey, document_of, text_of
from keskio.listen.surveys.drawing import frame_of, page_of
from keskio.listen.surveys.forms import AddForm, QuestionForm, SettingsForm, languages_of
from keskio.listen.surveys.models import Survey
from keskio.listen.surveys.queries import form_of, newest_version
from keskio.listen.surveys.views import language, publish_text
from keskio.web.roles import editor


@require_safe
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Show the draft: its questions, what is wrong with it, and a preview."""
    row = get_object_or_404(Survey, key=key)
    document = document_of(row.draft)
    form, findings = compile_survey(row.draft)
    questions = document.get("questions")
    listed = list(questions.items()) if isinstance(questions, dict) else []
    shown = request.GET.get("question", "") or (listed[0][0] if listed else "")
    context = {
        **_frame(row),
        "questions": [
            (name, _title(told), words.KINDS.get(str(told.get("kind")), ""), bool(told.get("when")))
            for name, told in listed
            if isinstance(told, dict)
        ],
        "findings": [(one, one.sentence(language()), one.mend(language())) for one in findings],
        "is_good": form is not None,
        "add_form": AddForm(),
        "settings": SettingsForm(None, initial=document),
        "shown": shown,
        "changes": _changes(row, form),
    }
    return render(request, "surveys/edit.html", context)


def _title(told: dict[str, Any]) -> str:
    text = told.get("text")
    return in_language(text, language()) if isinstance(text, dict) else str(text or "")


def _frame(row: Survey) -> dict[str, Any]:
    return {"survey": row, "title": in_language(row.title, language()), "words": words}


def _changes(row: Survey, form: Form | None) -> dict[str, Any] | None:
    """Return what publishing the draft would change; None where nothing would."""
    version = newest_version(row)
    before = version.document if version else ""
    if before == row.draft:
        return None
    lines = difflib.unified_diff(before.splitlines(), row.draft.splitlines(), lineterm="", n=1)
    told = [(line[:1], line[1:]) for line in list(lines)[2:] if not line.startswith("@@")]
    apart: list[tuple[str, str]] = []
    if version is not None and form is not None:
        had = {metric.question: metric for metric in metrics_of(form_of(version), version.number)}
        for metric in metrics_of(form):
            old = had.get(metric.question)
            field = difference(old, metric) if old else ""
            if field:
                apart.append((metric.question, field))
    return {"lines": told[:200], "apart": apart, "is_first": version is None}


@require_POST
@editor
def settings(request: HttpRequest, key: str) -> HttpResponse:
    """Save the settings of the draft."""
    row = get_object_or_404(Survey, key=key)
    document = document_of(row.draft)
    form = SettingsForm(request.POST, initial=document)
    if form.is_valid():
        _save(request, row, editing.change_settings(document, form.told()))
        messages.success(request, _("The draft was saved."))
    else:
        messages.error(request, " ".join(str(told[0]) for told in form.errors.values()))
    return redirect("surveys:edit", key=key)


@require_POST
@editor
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Add, move or remove a question of the draft."""
    row = get_object_or_404(Survey, key=key)
    document = document_of(row.draft)
    name, what = request.POST.get("question", ""), request.POST.get("what", "")
    try:
        if what == "add":
            kind = request.POST.get("kind", "")
            document, name = editing.add_question(document, kind if kind in KINDS else "text")
            _save(request, row, document)
            return redirect("surveys:question_edit", key=key, name=name)
        if what in ("up", "down"):
            document = editing.move_question(document, name, -1 if what == "up" else 1)
        elif what == "remove":
            document = editing.remove_question(document, name)
        _save(request, row, document)
    except Mistake as fault:
        messages.error(request, fault.message)
    return redirect("surveys:edit", key=key)


@editor
def question(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """Change one question of the draft."""
    row = get_object_or_404(Survey, key=key)
    document = document_of(row.draft)
    told = (document.get("questions") or {}).get(name)
    if not isinstance(told, dict):
        raise Http404
    given = request.POST if request.method == "POST" else None
    form = QuestionForm(given, key=name, languages=languages_of(document), initial=told)
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, row, editing.change_question(document, name, form.told()))
        except Mistake as fault:
            form.add_error("key", fault.message)
        else:
            messages.success(request, _("The question was saved."))
            return redirect("surveys:edit", key=key)
    context = {**_frame(row), "form": form, "name": name, "kind": words.KINDS.get(form.kind, "")}
    return render(request, "surveys/question_edit.html", context)


@editor
def text(request: HttpRequest, key: str) -> HttpResponse:
    """Change the draft as text."""
    row = get_object_or_404(Survey, key=key)
    written, findings = row.draft, compile_survey(row.draft)[1]
    if request.method == "POST":
        written = request.POST.get("text", "").replace("\r\n", "\n")
        form, findings = compile_survey(written)
        document = document_of(written)
        if document.get("key") != row.key:
            messages.error(request, _("The key of a survey cannot be changed: results hang on it."))
        elif not document:
            messages.error(request, _("The text cannot be read, so it was not saved."))
        else:
            save_draft(row.key, written, by=request.user.get_username())
            messages.success(request, _("The draft was saved."))
            if form is not None:
                return redirect("surveys:edit", key=key)
    told = [(one, one.sentence(language()), one.mend(language())) for one in findings]
    return render(request, "surveys/text.html", {**_frame(row), "text": written, "findings": told})


@require_POST
@editor
def publish(request: HttpRequest, key: str) -> HttpResponse:
    """Let the draft be answered from now on."""
    row = get_object_or_404(Survey, key=key)
    is_done = publish_text(request, row.draft)
    return redirect("surveys:share" if is_done else "surveys:edit", key=key)


@require_safe
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """Show a question of the draft as it will be; nothing can be sent from it."""
    row = get_object_or_404(Survey, key=key)
    within = csp_replace({"frame-ancestors": ["'self'"]})(partial(_preview, row=row))
    return cast("HttpResponse", xframe_options_sameorigin(within)(request))


def _preview(request: HttpRequest, *, row: Survey) -> HttpResponse:
    form, _findings = compile_survey(row.draft)
    if form is None:
        return render(request, "surveys/no_preview.html", {})
    asked = request.GET.get("lang") or get_language() or "fi"
    chosen = asked if asked in form.languages else form.languages[0]
    found = form.question(request.GET.get("question", "")) or form.questions[0]
    place = form.questions.index(found) + 1
    with translation.override(chosen):
        page = page_of(
            form, found, None, language=chosen, progress=Progress(place, len(form.questions))
        )
        context = {
            "frame": frame_of(form, chosen),
            "page": page,
            "is_first": place == 1,
            "is_preview": True,
        }
        return render(request, "surveys/question.html", context)


def _save(request: HttpRequest, row: Survey, document: dict[str, Any]) -> None:
    save_draft(row.key, text_of(document), by=request.user.get_username())
