"""The web chat's page: works by plain forms; a small script only asks now and then whether there is more."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keskio.kernel.clock import now_micros
from keskio.kernel.sql import storable
from keskio.respond.inbox import chat as chats
from keskio.respond.inbox.chat_hours import answered_at
from keskio.respond.inbox.queries import opening_rules
from keskio.web import limits

LANGUAGES = (("fi", "Suomeksi"), ("en", "In English"))
VISITS, MESSAGES = 120, 20
_POLICY: dict[str, Any] = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "script-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csp(_POLICY)
@never_cache
def chat(request: HttpRequest) -> HttpResponse:
    """Show a visitor's conversation, and take what she writes."""
    if not opening_rules().has_chat:
        raise Http404
    asked = request.GET.get("lang", "")
    found = asked if asked in dict(LANGUAGES) else translation.get_language() or "fi"
    language = found if found in dict(LANGUAGES) else "en"
    with translation.override(language):
        most = MESSAGES if request.method == "POST" else VISITS
        if limits.is_too_much(request, f"chat.{request.method}", most):
            response = _page(request, language, error=_("That was a lot at once. Wait a minute."))
            response.status_code = 429
            response["Retry-After"] = str(limits.WINDOW)
            return response
        return _take(request, language) if request.method == "POST" else _page(request, language)


def _take(request: HttpRequest, language: str) -> HttpResponse:
    text = storable(request.POST.get("text", "")).strip()
    email = request.POST.get("email", "").strip()
    error = fault_in(text, email)
    if error:
        response = _page(request, language, error=error)
        response.status_code = 422
        return response
    cookie = request.COOKIES.get(chats.COOKIE, "")
    thread = chats.thread_of_visitor(cookie)
    if not thread:
        cookie = chats.new_visitor()
        thread = chats.thread_of_visitor(cookie)
    written = chats.Written(text, name=request.POST.get("name", ""), email=email, language=language)
    chats.say(thread, written)
    response = redirect(f"{request.path}?lang={language}#last")
    response.set_cookie(
        chats.COOKIE,
        cookie,
        max_age=chats.DAYS * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
        path=request.path,
    )
    return response


def fault_in(text: str, email: str) -> str:
    """Return what is wrong with a message, as a sentence; "" for nothing."""
    if not text:
        return _("Write what you would like to ask or tell.")
    if len(text) > chats.LONGEST:
        return _("The message is too long: %(most)d characters at most.") % {"most": chats.LONGEST}
    if email:
        try:
            validate_email(email)
        except ValidationError:
            return _("That is not an e-mail address. Mend it, or leave it out.")
    return ""


def _page(request: HttpRequest, language: str, *, error: str = "") -> HttpResponse:
    messages = chats.messages_for(chats.thread_of_visitor(request.COOKIES.get(chats.COOKIE, "")))
    context = {
        "language": language,
        "languages": LANGUAGES,
        "words": {"language": _("Language")},
        "messages_shown": messages,
        "error": error,
        "answered": answered_at(now_micros()),
        "given": request.POST,
        "longest": chats.LONGEST,
    }
    is_part = request.headers.get("X-Chat-Part") == "messages"
    template = "inbox/_messages.html" if is_part else "inbox/chat.html"
    response = render(request, template, context)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    # Without any referrer browsers send forms from "null", which the check of their origin refuses.
    response["Referrer-Policy"] = "same-origin"
    response["Content-Language"] = language
    return response
