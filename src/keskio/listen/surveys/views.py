"""Pages of the wing: the surveys, one survey's results, who was asked and who was not, its links."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keskio.engine.dialogue.reasons import sentence
from keskio.kernel.clock import now
from keskio.kernel.errors import Mistake
from keskio.kernel.i18n import in_language
from keskio.know.api import people_of, segments_now
from keskio.listen.surveys import words
from keskio.listen.surveys.actions import publish_survey, save_draft, set_survey_state
from keskio.listen.surveys.answerers import LANGUAGE, comments_of, comparison_of
from keskio.listen.surveys.campaigns import dialogue_key, dialogue_text
from keskio.listen.surveys.documents import document_of, text_of
from keskio.listen.surveys.forms import AskingForm, NewForm
from keskio.listen.surveys.models import Invitation, Response, Survey
from keskio.listen.surveys.queries import form_of, newest_version
from keskio.listen.surveys.ready_made import KEYS, ready_surveys, ready_text
from keskio.listen.surveys.results import books_of, measured_of, window
from keskio.talk.api import CannotPublish, SurveyLink, make_survey_token, publish, survey_address
from keskio.web.paging import page_of_rows
from keskio.web.roles import editor
from keskio.web.words import language_called

SPANS = (30, 90, 365)
EMBED = '<iframe src="{address}" title="{title}" width="100%" height="640"></iframe>'


def language() -> str:
    """Return the language of the page."""
    return get_language() or "fi"


@require_safe
def surveys(request: HttpRequest) -> HttpResponse:
    """List the surveys with their main figures, and the ready ones to start from."""
    page = page_of_rows(request, Survey.objects.order_by("-changed_at"))
    since, until = window(90, now())
    rows = []
    for row in page.items:
        measured = measured_of(row, since, until)
        rows.append(
            (
                row,
                in_language(row.title, language()),
                measured[0] if measured else None,
                books_of(row, since, until),
            )
        )
    taken = set(Survey.objects.values_list("key", flat=True))
    ready = [
        (one, in_language(one.form.title, language()), words.LEVELS[one.form.level])
        for one in ready_surveys()
        if one.key not in taken
    ]
    context = {"page": page, "rows": rows, "ready": ready, "words": words, "form": NewForm()}
    return render(request, "surveys/surveys.html", context)


@require_POST
@editor
def add(request: HttpRequest) -> HttpResponse:
    """Make a survey, empty or from a ready one."""
    ready = request.POST.get("ready", "")
    if ready in KEYS:
        if not Survey.objects.filter(key=ready).exists():
            save_draft(ready, ready_text(ready), by=request.user.get_username())
        return redirect("surveys:edit", key=ready)
    form = NewForm(request.POST)
    if not form.is_valid() or Survey.objects.filter(key=form.cleaned_data["key"]).exists():
        messages.error(
            request, _("Give the survey a key of its own: small letters, digits, hyphens.")
        )
        return redirect("surveys:surveys")
    key = form.cleaned_data["key"]
    document = {
        **document_of(ready_text("service-csat")),
        "key": key,
        "title": {"fi": key, "en": key},
    }
    document.pop("case", None)
    save_draft(key, text_of(document), by=request.user.get_username())
    return redirect("surveys:edit", key=key)


@require_safe
def survey(request: HttpRequest, key: str) -> HttpResponse:
    """Show what answers to a survey come to."""
    row = get_object_or_404(Survey, key=key)
    days = _days(request)
    since, until = window(days, now())
    comments = comments_of(row, since, until)
    people = people_of([one.customer for one in comments if one.customer])
    titles = _titles_of_segments()
    context = {
        **frame_of_survey(row),
        "days": days,
        "spans": SPANS,
        "measured": [(one, _parts(one, titles)) for one in measured_of(row, since, until)],
        "books": books_of(row, since, until),
        "comments": [(one, people.get(one.customer)) for one in comments],
        "comparison": [
            (_group_called(one.name, titles), one) for one in comparison_of(row, since, until)
        ],
    }
    return render(request, "surveys/survey.html", context)


def _parts(measured: Any, titles: Mapping[str, str]) -> list[tuple[str, list[Any]]]:
    found = []
    for name, parts in measured.parts.items():
        if len(parts) > 1 or (name == "segments" and parts):
            named = [(_named(name, part.name, titles), part.figure) for part in parts]
            found.append((str(words.PARTS[name]), named))
    return found


def _named(part: str, name: str, titles: Mapping[str, str]) -> str:
    if part == "channel":
        return str(words.CHANNELS.get(name, name))
    if part == "language":
        return language_called(name)
    return titles.get(name, name) if part == "segments" else name


def _group_called(name: str, titles: Mapping[str, str]) -> str:
    """Call a group of those asked: a language by its name, a segment by its title."""
    if name.startswith(LANGUAGE):
        return language_called(name.removeprefix(LANGUAGE))
    return titles.get(name, name)


def _titles_of_segments() -> dict[str, str]:
    return {one.key: in_language(one.title, language()) or one.key for one in segments_now()}


def _days(request: HttpRequest) -> int:
    told = request.GET.get("days", "")
    return int(told) if told.isdigit() and int(told) in SPANS else 90


def frame_of_survey(row: Survey) -> dict[str, Any]:
    """Return what the pages of one survey show above their own."""
    return {"survey": row, "title": in_language(row.title, language()), "words": words}


@require_safe
def export(request: HttpRequest, key: str) -> HttpResponse:
    """Return all responses of a time as CSV: one a row, a column for each question."""
    row = get_object_or_404(Survey, key=key)
    since, until = window(_days(request), now())
    found = Response.objects.filter(survey=row, started_at__gte=since, started_at__lte=until)
    responses = list(found.select_related("version").order_by("started_at", "id"))
    questions = list(dict.fromkeys(name for one in responses for name in one.answers))
    out = io.StringIO()
    writer = csv.writer(out)
    fixed = ("response", "customer", "version", "language", "channel", "touchpoint")
    writer.writerow([*fixed, "started", "completed", *questions, "comments"])
    for one in responses:
        writer.writerow(
            [
                *(one.pk, one.customer_id or "", one.version.number, one.language, one.channel),
                *(one.touchpoint, one.started_at.isoformat()),
                one.completed_at.isoformat() if one.completed_at else "",
                *(_cell(one.answers.get(name)) for name in questions),
                cell_safe("\n".join(text for text in one.comments.values() if text)),
            ]
        )
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.key}.csv"'
    return response


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {told}" for name, told in value.items())
    return cell_safe(str(value))


def cell_safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


@require_safe
def asked(request: HttpRequest, key: str) -> HttpResponse:
    """Show who was asked and who was not, with the reason for everybody, and how the survey asks."""
    row = get_object_or_404(Survey, key=key)
    since, until = window(_days(request), now())
    rows = Invitation.objects.filter(survey=row, decided_at__gte=since).order_by(
        "-decided_at", "-id"
    )
    reason = request.GET.get("reason", "")
    if reason:
        rows = rows.filter(reason=reason) if reason != "asked" else rows.exclude(state="not_asked")
    page = page_of_rows(request, rows)
    people = people_of([one.customer_id for one in page.items if one.customer_id])
    books = books_of(row, since, until)
    version = newest_version(row)
    context = {
        **frame_of_survey(row),
        "page": page,
        "rows": [
            (
                one,
                people.get(one.customer_id),
                sentence(one.reason, language()) if one.reason else "",
            )
            for one in page.items
        ],
        "books": books,
        "reasons": [(code, sentence(code, language()), n) for code, n in books.not_asked],
        "reason": reason,
        "days": _days(request),
        "spans": SPANS,
        "form": AskingForm(),
        "dialogue": dialogue_key(row.key),
        "clocks": words.clocks_of(form_of(version)) if version else None,
    }
    return render(request, "surveys/asked.html", context)


@require_POST
@editor
def ask(request: HttpRequest, key: str) -> HttpResponse:
    """Publish the dialogue by which a survey asks."""
    row = get_object_or_404(Survey, key=key)
    form = AskingForm(request.POST)
    version = newest_version(row)
    if version is None:
        messages.error(request, _("Publish the survey first."))
    elif not form.is_valid():
        messages.error(request, _("Say whom to ask, and when."))
    else:
        try:
            publish(dialogue_text(form_of(version), form.wish()), by=request.user.get_username())
        except CannotPublish as fault:
            messages.error(request, str(fault))
        else:
            messages.success(request, _("The survey now asks by its own dialogue."))
    return redirect("surveys:asked", key=key)


@require_safe
def share(request: HttpRequest, key: str) -> HttpResponse:
    """Show the links by which a survey is answered: for anybody, embedded, on a shared screen."""
    row = get_object_or_404(Survey, key=key)
    token = make_survey_token(SurveyLink("open", row.key))
    page = survey_address(SurveyLink("open", row.key))
    base = page.split("/s/")[0]
    embedded = base + reverse("surveys:embedded", args=[token])
    context = {
        **frame_of_survey(row),
        "page_link": page,
        "embed": EMBED.format(address=embedded, title=in_language(row.title, language())),
        "example": f'kind: survey\nsurvey: {row.key}\nchannel: [email, sms]\ntext: "… {{{{ survey_link }}}}"',
        "kiosk": base + reverse("surveys:kiosk", args=[token]),
    }
    return render(request, "surveys/share.html", context)


@require_POST
@editor
def change_state(request: HttpRequest, key: str) -> HttpResponse:
    """Close a survey, or open it again."""
    row = get_object_or_404(Survey, key=key)
    state = "live" if request.POST.get("state") == "live" else "closed"
    try:
        set_survey_state(row, state, by=request.user.get_username())
    except Mistake as fault:
        messages.error(request, fault.message)
    else:
        messages.success(
            request, _("The survey is open.") if state == "live" else _("The survey is closed.")
        )
    return redirect("surveys:survey", key=key)


def publish_text(request: HttpRequest, text: str) -> bool:
    """Publish a text and tell the reader how it went."""
    try:
        version = publish_survey(text, by=request.user.get_username())
    except Mistake as fault:
        messages.error(request, fault.message)
        return False
    messages.success(request, _("Version %(number)s is now answered.") % {"number": version.number})
    return True
