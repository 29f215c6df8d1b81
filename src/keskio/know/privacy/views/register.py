"""The consent register, and the purposes and texts behind it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from keskio.kernel.errors import Mistake
from keskio.know import words
from keskio.know.models import Consent
from keskio.know.privacy.actions import add_text
from keskio.know.privacy.forms import PurposeForm, RegisterForm, TextForm
from keskio.know.privacy.models import ConsentText
from keskio.know.privacy.queries import purposes
from keskio.know.privacy.ready import PurposeRow
from keskio.know.privacy.speech import said
from keskio.web.paging import page_of_rows
from keskio.web.roles import admin, editor

COLUMNS = (
    *("id", "customer_id", "purpose", "channel", "state", "at", "expires_at", "source", "cause"),
    *("actor", "text_version", "proof"),
)
_MOST_ROWS = 1_000_000


class _Echo:
    """What a CSV writer writes to: each row comes straight back."""

    def write(self, row: str) -> str:
        """Return the row."""
        return row


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """List the lines of the register, newest first, as the filters say."""
    form = RegisterForm(request.GET)
    page = page_of_rows(request, form.rows(), is_counted=False)
    titles = _titles()
    rows = [(line, *_called(line, titles)) for line in page.items]
    context = {"form": form, "page": page, "rows": rows, "query": request.GET.urlencode()}
    return render(request, "privacy/register.html", context)


@require_safe
@editor
def register_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the same lines as CSV, oldest first, without holding them in memory."""
    rows = RegisterForm(request.GET).rows().order_by("id")[:_MOST_ROWS]
    response = StreamingHttpResponse(_csv_rows(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="consents.csv"'
    return response


def _csv_rows(rows: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for row in rows.values_list(*COLUMNS).iterator(chunk_size=2000):
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = value.isoformat() if hasattr(value, "isoformat") else "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


@require_safe
def purpose_list(request: HttpRequest) -> HttpResponse:
    """List the purposes with their texts in force."""
    language = get_language() or "fi"
    newest: dict[str, ConsentText] = {}
    for text in ConsentText.objects.order_by("id"):
        newest[text.purpose] = text
    rows = [
        {
            "row": row,
            "title": said(row.title, language),
            "about": said(row.description, language),
            "channels": [words.called(words.CHANNELS, channel) for channel in row.channels],
            "text": newest.get(key),
        }
        for key, row in purposes().items()
    ]
    return render(request, "privacy/purposes.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@admin
def purpose(request: HttpRequest, key: str = "") -> HttpResponse:
    """Change a purpose, or make one."""
    found = purposes().get(key)
    if key and found is None:
        raise Http404(_("There is no such purpose."))
    form = PurposeForm(request.POST or None, initial=_initial(found))
    if found is not None:
        form.fields["key"].disabled = True
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("privacy:purpose", form.cleaned_data["key"])
    language = get_language() or "fi"
    context = {
        "found": found,
        "title": said(found.title, language) if found else _("A new purpose"),
        "form": form,
        "text_form": TextForm(),
        "texts": ConsentText.objects.filter(purpose=key).order_by("-id") if found else [],
    }
    return render(request, "privacy/purpose.html", context)


@require_http_methods(["POST"])
@admin
def new_text(request: HttpRequest, key: str) -> HttpResponse:
    """Add a version of a purpose's text; it never changes afterwards."""
    if key not in purposes():
        raise Http404(_("There is no such purpose."))
    form = TextForm(request.POST)
    if form.is_valid():
        try:
            by = request.user.get_username()
            add_text(key, form.cleaned_data["version"], form.texts(), by=by)
            messages.success(request, _("The text is in force."))
        except Mistake as mistake:
            messages.error(request, _sentence_of(mistake))
    else:
        messages.error(request, _("Give the version a name and write the text."))
    return redirect("privacy:purpose", key)


def _sentence_of(mistake: Mistake) -> str:
    if "already" in mistake.message:
        return _("This version is there already. Give the new text another name.")
    return _("Write the text in at least one language.")


def _initial(found: PurposeRow | None) -> dict[str, Any]:
    if found is None:
        return {"is_shown": True, "needs_consent": True, "basis": "consent", "position": 100}
    told: dict[str, Any] = {
        "key": found.key,
        "basis": found.basis,
        "needs_consent": found.needs_consent,
        "is_special": found.is_special,
        "is_shown": found.is_shown,
        "channels": list(found.channels),
        "lasts_days": found.lasts_days,
        "position": found.position,
    }
    for language in ("fi", "sv", "en"):
        told[f"title_{language}"] = found.title.get(language, "")
        told[f"description_{language}"] = found.description.get(language, "")
    return told


def _titles() -> dict[str, str]:
    language = get_language() or "fi"
    return {key: said(row.title, language) for key, row in purposes().items()}


def _called(line: Consent, titles: dict[str, str]) -> tuple[str, str, str, str, str, str]:
    purpose = titles.get(line.purpose) or words.called(words.PURPOSES, line.purpose)
    return (
        purpose,
        words.called(words.CHANNELS, line.channel),
        words.called(words.STATES, line.state),
        words.TONES.get(line.state, "plain"),
        words.SIGNS.get(line.state, "dot"),
        words.called(words.CAUSES, line.cause),
    )
