"""The preference page: opened by a signed link, without signing in, scripts or cookies.

A link is the permission to do what its page offers, so that its forms need no other token. Reading
changes nothing: mail scanners open every link of a letter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from csp.decorators import csp
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from keskio.know.privacy import limits
from keskio.know.privacy.actions import (
    confirm,
    demand,
    save_preferences,
    seen_from,
    stop_everything,
    unsubscribe,
)
from keskio.know.privacy.links import Link, read_notice_token, read_token
from keskio.know.privacy.models import Notice
from keskio.know.privacy.preferences import Preferences, masked, preferences_of
from keskio.know.privacy.queries import purposes, text_in_force
from keskio.know.privacy.speech import CHANNELS, LANGUAGES, page_in, said

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
DEMANDS = ("access", "erasure")
_POLICY: dict[str, Any] = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


def by_link(view: View[P]) -> View[P]:
    """Let a view be opened by its link alone, keep it out of indexes and caches, and count its visits."""

    @wraps(view)
    def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        most = limits.CHANGES if request.method == "POST" else limits.VISITS
        if limits.is_too_much(request, str(request.method), most):
            response = _plain(request, "busy", status=429)
            response["Retry-After"] = str(limits.WINDOW)
        else:
            response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response["Referrer-Policy"] = "no-referrer"
        return response

    guarded = require_http_methods(["GET", "HEAD", "POST"])(csp(_POLICY)(opened))
    return cast("View[P]", login_not_required(csrf_exempt(never_cache(guarded))))


@by_link
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show a customer's choices, and take new ones."""
    link = read_token(token)
    if link is None:
        return _broken(request)
    language = _language(request, link)
    if request.method != "POST":
        return _show(request, token, link, language)
    done = _do(request.POST, link, language, seen_from(limits.address_of(request)))
    return HttpResponseRedirect(
        f"{reverse('privacy:preferences', args=[token])}?lang={language}&done={done}", status=303
    )


def _do(told: QueryDict, link: Link, language: str, seen: str) -> str:
    action = told.get("action", "")
    if action == "stop":
        stop_everything(link, seen=seen)
        return "stopped"
    if action in DEMANDS:
        demand(link, action, language=language)
        return "asked"
    if action == "save":
        save_preferences(link, set(told.getlist("on")), language=language, seen=seen)
        return "saved"
    return ""


@by_link
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """End the messages of the link's kind at a POST (RFC 8058); a GET only shows the button."""
    link = read_token(token)
    if link is None:
        return _broken(request)
    language = _language(request, link)
    if request.method != "POST":
        return _show(request, token, link, language, asks=True)
    unsubscribe(link, seen=seen_from(limits.address_of(request)))
    if request.POST.get("from") == "page":
        page = reverse("privacy:preferences", args=[token])
        return HttpResponseRedirect(f"{page}?lang={language}&done=unsubscribed", status=303)
    return HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8")


@by_link
def confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the receiver of a notice to confirm it; only a POST does."""
    number = read_notice_token(token)
    notice = Notice.objects.filter(pk=number).first() if number else None
    if notice is None:
        return _broken(request)
    language = _asked(request) or notice.language
    if request.method == "POST":
        is_done = confirm(notice.pk, seen=seen_from(limits.address_of(request)))
        return _plain(request, "confirmed" if is_done else "late", language=language)
    purpose = purposes().get(notice.purpose)
    text = text_in_force(notice.purpose, language) if purpose else None
    context = {
        **_frame(language),
        "heading": page_in(language)[f"confirm_{notice.kind}"],
        "purpose": said(purpose.title, language) if purpose else "",
        "about": said(purpose.description, language) if purpose else "",
        "text": text.text if text else "",
    }
    return render(request, "privacy/confirm.html", context)


def _show(
    request: HttpRequest, token: str, link: Link, language: str, *, asks: bool = False
) -> HttpResponse:
    shown = preferences_of(link)
    if shown.is_gone:
        return _plain(request, "gone", language=language)
    done = request.GET.get("done", "")
    words = page_in(language)
    known = purposes()
    context = {
        **_frame(language),
        "token": token,
        "masked": [masked(address) for address in (shown.email, shown.phone) if address],
        "groups": _groups(shown, language),
        "is_stopped": shown.is_stopped,
        "said": words[done] if done in {"saved", "stopped", "unsubscribed", "asked"} else "",
        "asks": asks and link.purpose in known,
        "asked_about": said(known[link.purpose].title, language) if link.purpose in known else "",
        "asked_channel": said(CHANNELS.get(link.channel, {}), language)
        if link.channel in CHANNELS
        else "",
    }
    return render(request, "privacy/preferences.html", context)


def _groups(shown: Preferences, language: str) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for box in shown.offered:
        group = groups.get(box.purpose.key)
        if group is None:
            text = text_in_force(box.purpose.key, language)
            group = groups[box.purpose.key] = {
                "key": box.purpose.key,
                "title": said(box.purpose.title, language),
                "about": said(box.purpose.description, language),
                "text": text.text if text else "",
                "boxes": [],
            }
        channel = said(CHANNELS.get(box.channel, {"en": box.channel}), language)
        group["boxes"].append({"key": box.key, "channel": channel, "is_on": box.is_on})
    return list(groups.values())


def _broken(request: HttpRequest) -> HttpResponse:
    if limits.is_too_much(request, "wrong", limits.WRONG_LINKS):
        return _plain(request, "busy", status=429)
    return _plain(request, "broken", status=404)


def _plain(
    request: HttpRequest, what: str, *, status: int = 200, language: str = ""
) -> HttpResponse:
    words = page_in(language or _asked(request) or _of_browser(request))
    context = {
        **_frame(language or _asked(request) or _of_browser(request)),
        "heading": words.get(f"{what}_title", words["title"]),
        "sentence": words.get(f"{what}_text") or words[what],
    }
    return render(request, "privacy/plain.html", context, status=status)


def _frame(language: str) -> dict[str, Any]:
    return {"language": language, "languages": LANGUAGES.items(), "words": page_in(language)}


def _language(request: HttpRequest, link: Link) -> str:
    asked = _asked(request)
    if asked:
        return asked
    known = preferences_of(link).language[:2]
    return known if known in LANGUAGES else _of_browser(request)


def _asked(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in LANGUAGES else ""


def _of_browser(request: HttpRequest) -> str:
    for part in request.headers.get("Accept-Language", "").split(","):
        language = part.strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return str(settings.LANGUAGE_CODE)[:2]
