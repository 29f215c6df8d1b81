"""The public page for feedback: opened without signing in, works without scripts and cookies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csp.decorators import csp
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from keskio.channels.api import e164
from keskio.kernel.clock import from_micros
from keskio.kernel.i18n import in_language
from keskio.kernel.ids import new_token
from keskio.kernel.sql import storable
from keskio.respond.feedback.actions import give_feedback
from keskio.respond.feedback.contracts import KINDS, Feedback, Received
from keskio.respond.feedback.models import Page
from keskio.respond.feedback.queries import mended, page_now
from keskio.respond.feedback.speech import LANGUAGES, WORDS, language_of
from keskio.web.limits import WINDOW, is_too_much

VISITS, SENT = 120, 6
LONGEST = 5000
LONGEST_FIELD = 200
REGION = "FI"  # of numbers without a country code
POLICY: dict[str, Any] = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


# Nothing here is done in the name of somebody signed in, so that the form needs no token.
@login_not_required
@csrf_exempt
@never_cache
@csp(POLICY)
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest) -> HttpResponse:
    """Show the page for feedback, and take what is sent."""
    language = language_of(request.GET.get("lang", ""), request.headers.get("Accept-Language", ""))
    words, page = WORDS[language], page_now()
    most = SENT if request.method == "POST" else VISITS
    with translation.override(language):
        if is_too_much(request, f"feedback.{request.method}", most):
            response = _plain(request, language, words["busy"], words["busy_text"], status=429)
            response["Retry-After"] = str(WINDOW)
            return response
        if not page.is_open:
            return _plain(request, language, words["closed"], words["closed_text"], status=404)
        if request.method != "POST":
            return _show(request, page, language, {}, {})
        told, errors = read(request.POST, page, language)
        if errors or told is None:
            return _show(request, page, language, errors, request.POST)
        return _thank(request, page, language, give_feedback(told))


def read(posted: QueryDict, page: Page, language: str) -> tuple[Feedback | None, Mapping[str, str]]:
    """Return the feedback that was sent, or what is wrong with it by the name of its field."""
    words = WORDS[language]
    given = {
        name: storable(posted.get(name, "")).strip()
        for name in ("kind", "topic", "text", "wish", "name", "email", "phone", "once")
    }
    errors = {}
    if given["kind"] not in KINDS:
        errors["kind"] = words["choose"]
    if not given["text"]:
        errors["text"] = words["empty"]
    for name in ("text", "wish"):
        if len(given[name]) > LONGEST:
            errors[name] = words["too_long"]
    if given["email"] and not _is_email(given["email"]):
        errors["email"] = words["bad_email"]
    phone = e164(given["phone"], region=REGION) if given["phone"] else ""
    if given["phone"] and not phone:
        errors["phone"] = words["bad_phone"]
    if errors:
        return None, errors
    if given["topic"] not in {topic["key"] for topic in page.topics}:
        given["topic"] = ""
    given["phone"] = phone
    given["name"], given["once"] = given["name"][:LONGEST_FIELD], given["once"][:LONGEST_FIELD]
    return Feedback(language=language, **given), {}


def _is_email(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return len(address) <= LONGEST_FIELD


def _show(
    request: HttpRequest,
    page: Page,
    language: str,
    errors: Mapping[str, str],
    given: Mapping[str, str],
) -> HttpResponse:
    words = WORDS[language]
    context = {
        **_common(language),
        "page": page,
        "title": in_language(page.title, language),
        "intro": in_language(page.intro, language),
        "kinds": [(kind, words[kind]) for kind in KINDS],
        "topics": [(one["key"], in_language(one["title"], language)) for one in page.topics],
        "errors": errors,
        "given": given,
        "once": given.get("once") or new_token(),
        "mended": told_in(language) if page.shows_mended else [],
    }
    return render(request, "feedback/public.html", context, status=422 if errors else 200)


def told_in(language: str) -> list[tuple[str, Any]]:
    """Return what has been mended, in words of `language`, and when."""
    return [(in_language(cause.told, language), cause.mended_at) for cause in mended()]


def _thank(request: HttpRequest, page: Page, language: str, received: Received) -> HttpResponse:
    context = {
        **_common(language),
        "title": in_language(page.thanks, language),
        "number": received.case,
        "due_at": None if received.due_at is None else from_micros(received.due_at),
    }
    return render(request, "feedback/thanks.html", context)


def _plain(
    request: HttpRequest, language: str, title: str, text: str, *, status: int
) -> HttpResponse:
    context = {**_common(language), "title": title, "text": text}
    return render(request, "feedback/plain.html", context, status=status)


def _common(language: str) -> dict[str, Any]:
    return {"language": language, "languages": LANGUAGES, "words": WORDS[language]}
