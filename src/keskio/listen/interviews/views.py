"""Pages of the wing: studies, quotes by phase and theme, and one transcript to be coded."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.kernel.i18n import in_language
from keskio.kernel.ids import new_token
from keskio.listen.interviews import queries
from keskio.listen.interviews.actions import (
    NoConsent,
    NotAQuote,
    add_interview,
    add_quote,
    end_consent,
    remove_quote,
    save_study,
)
from keskio.listen.interviews.forms import InterviewForm, QuoteForm, StudyForm, parts_of
from keskio.listen.interviews.models import Interview, Quote, Study
from keskio.listen.interviews.passages import passages_of
from keskio.web.roles import editor

PLAIN = ("=", "+", "-", "@", "\t", "\r")


@require_safe
def studies(request: HttpRequest) -> HttpResponse:
    """List the studies."""
    return render(request, "interviews/studies.html", {"studies": queries.studies()})


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def edit_study(request: HttpRequest, key: str = "") -> HttpResponse:
    """Make a study, or change its phases and themes."""
    study = get_object_or_404(Study, key=key) if key else Study()
    form = StudyForm(request.POST or None, initial=StudyForm.initial_of(study) if key else None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        titles = form.titles()
        name = key or f"{slugify(titles['fi'])[:80]}-{new_token(size=3).lower()}"
        try:
            saved = save_study(
                name,
                title=titles,
                journey=chosen["journey"],
                phases=parts_of(chosen["phases"], study.phases),
                themes=parts_of(chosen["themes"], study.themes),
                by=request.user.get_username(),
            )
        except NotAQuote:
            form.add_error(
                None, _("Quotes hang on a phase or a theme that was left out: move them first.")
            )
        else:
            messages.success(request, _("The study is saved."))
            return redirect("interviews:study", key=saved.key)
    context = {"form": form, "study": study if key else None}
    status = 422 if form.errors else 200
    return render(request, "interviews/edit_study.html", context, status=status)


@require_safe
def study(request: HttpRequest, key: str) -> HttpResponse:
    """Show a study: quotes by phase and theme, and its interviews."""
    found = get_object_or_404(Study, key=key)
    language = get_language() or "fi"
    quotes = queries.quotes_of(found)
    titles = {t["key"]: in_language(t["title"], language) for t in found.themes}
    context = {
        "study": found,
        "phases": [in_language(p["title"], language) for p in found.phases],
        "grid": [(titles[theme], cells) for theme, cells in queries.grid_of(found, quotes)],
        "interviews": queries.interviews_of(found),
        "quotes": len(quotes),
    }
    return render(request, "interviews/study.html", context)


@require_safe
def export(request: HttpRequest, key: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Give a study's quotes as CSV."""
    found = get_object_or_404(Study, key=key)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["phase", "themes", "feeling", "quote", "who", "held_on", "note"])
    for quote in queries.quotes_of(found):
        row = [quote.phase, " ".join(quote.themes), quote.feeling, quote.text]
        row += [quote.interview.who, str(quote.interview.held_on), quote.note]
        # A spreadsheet must not take what somebody said for a formula.
        writer.writerow([f"'{cell}" if cell.startswith(PLAIN) else cell for cell in row])
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.key}.csv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def new_interview(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a transcript with its consent."""
    found = get_object_or_404(Study, key=key)
    form = InterviewForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_interview(found, by=request.user.get_username(), **form.cleaned_data)
        except NoConsent:
            form.add_error("consent_until", _("The consent would end before it was given."))
        else:
            messages.success(request, _("The transcript is kept. Choose what was said of what."))
            return redirect("interviews:interview", pk=made.pk)
    context = {"form": form, "study": found}
    status = 422 if form.errors else 200
    return render(request, "interviews/new_interview.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def interview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a transcript; editors choose sentences and hang them on a phase and on themes."""
    found = get_object_or_404(Interview.objects.select_related("study"), pk=pk)
    if request.method == "POST":
        return _code(request, found)
    return _show(request, found, _form(found), QueryDict())


@editor
def _code(request: HttpRequest, found: Interview) -> HttpResponse:
    form = _form(found, request.POST)
    chosen = sorted(int(place) for place in request.POST.getlist("passage") if place.isdigit())
    passages = [one for one in passages_of(found.text) if one.start in chosen]
    if not passages:
        form.add_error(None, _("Choose the sentences first."))
    if not form.is_valid():
        return _show(request, found, form, request.POST)
    told = form.cleaned_data
    add_quote(
        found,
        passages[0].start,
        passages[-1].end,
        phase=told["phase"],
        themes=told["themes"],
        feeling=told["feeling"],
        note=told["note"],
        by=request.user.get_username(),
    )
    messages.success(request, _("The quote hangs in its place."))
    return redirect(f"{request.path}#s{passages[0].start}")


@require_POST
@editor
def take_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a quote off."""
    quote = get_object_or_404(Quote, pk=pk)
    remove_quote(quote.pk)
    messages.success(request, _("The quote is taken off."))
    return redirect("interviews:interview", pk=quote.interview_id)


@require_POST
@editor
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Let go of a transcript: its interviewee has withdrawn the consent."""
    found = get_object_or_404(Interview, pk=pk)
    end_consent(found)
    messages.success(request, _("The transcript and its quotes are deleted."))
    return redirect("interviews:study", key=found.study.key)


def _form(found: Interview, posted: QueryDict | None = None) -> QuoteForm:
    language = get_language() or "fi"
    phases = [(p["key"], in_language(p["title"], language)) for p in found.study.phases]
    themes = [(t["key"], in_language(t["title"], language)) for t in found.study.themes]
    return QuoteForm(posted, phases=phases, themes=themes)


def _show(
    request: HttpRequest, found: Interview, form: QuoteForm, posted: QueryDict
) -> HttpResponse:
    language = get_language() or "fi"
    names = {p["key"]: in_language(p["title"], language) for p in found.study.phases}
    themes = {t["key"]: in_language(t["title"], language) for t in found.study.themes}
    quotes = list(Quote.objects.filter(interview=found).order_by("start"))
    paragraphs: dict[int, list[Any]] = {}
    for one in passages_of(found.text):
        coded = any(q.start <= one.start and one.end <= q.end for q in quotes)
        chosen = str(one.start) in posted.getlist("passage")
        paragraphs.setdefault(one.paragraph, []).append((one, coded, chosen))
    context = {
        "interview": found,
        "study": found.study,
        "paragraphs": list(paragraphs.values()),
        "quotes": [
            (q, names.get(q.phase, ""), [themes.get(t, t) for t in q.themes]) for q in quotes
        ],
        "form": form,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "interviews/interview.html", context, status=status)
