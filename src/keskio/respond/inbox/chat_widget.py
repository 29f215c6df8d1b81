"""The web chat on others' pages: its script, what the script asks, and the page in its frame.

No cookie is set or read here, since browsers give none to frames in others' pages: who a visitor is stands
in each request's body, as a token that her page keeps (`static/inbox/widget.js` says how). So there is
nothing that another site could borrow; a request that one sends all the same is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial, wraps
from pathlib import Path
from typing import Any, cast

import msgspec
from csp.decorators import csp
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from keskio.kernel.clock import now_micros
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import storable
from keskio.respond.inbox import chat as chats
from keskio.respond.inbox.chat_hours import answered_at
from keskio.respond.inbox.chat_identity import Who, thread_of_user, user_in
from keskio.respond.inbox.chat_settings import chat_rules, ink_on
from keskio.respond.inbox.contracts import ChatRules
from keskio.respond.inbox.queries import opening_rules
from keskio.respond.inbox.views import LANGUAGES, fault_in
from keskio.web import limits

SCRIPT = Path(__file__).parent / "static" / "inbox" / "widget.js"
LARGEST = 32_000  # bytes of a request
# By address (an office may be many people), and by visitor.
LOOKS, NEWS, MESSAGES = 1200, 600, 40
LOOKS_EACH, NEWS_EACH, MESSAGES_EACH = 120, 30, 12
LONGEST_KEY, LONGEST_NAME, LONGEST_EMAIL = 40, 200, 250
_POLICY: dict[str, Any] = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "script-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
}
View = Callable[..., HttpResponse]


class Asked(msgspec.Struct, frozen=True):
    """What the script or the frame sends. `seen`: the id of the last answer that was shown."""

    visitor: str = ""
    who: Who | None = None
    seen: int = 0
    text: str = ""
    name: str = ""
    email: str = ""
    key: str = ""


class Visitor(msgspec.Struct, frozen=True):
    """Who asks: `thread` is "" for nobody, `user` for whom a site vouches."""

    thread: str = ""
    user: str = ""


_decode = msgspec.json.Decoder(Asked).decode


def _open_to_all(view: View) -> View:
    """Let a view be asked without signing in, in the visitor's language, while the chat is open."""

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest) -> HttpResponse:
        if not opening_rules().has_chat:
            raise Http404
        with translation.override(_language(request)):
            return view(request)

    return opened


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")[:2].lower()
    return asked if asked in dict(LANGUAGES) else "en"


@login_not_required
@require_safe
def script(_request: HttpRequest) -> HttpResponse:
    """Return the one line's script: the same for every site, so that it may be kept for an hour."""
    response = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@lru_cache(maxsize=1)
def _script() -> bytes:
    return SCRIPT.read_bytes()


@require_safe
@_open_to_all
def look_of(request: HttpRequest) -> HttpResponse:
    """Tell a page that may show the chat how its button looks and what it says."""
    rules = chat_rules()
    if not _may_ask(request, rules):
        return _refused(request, rules)
    told = {
        "colour": rules.colour,
        "ink": ink_on(rules.colour)[0],
        "side": rules.side,
        "words": {
            "open": _("Chat with us"),
            "close": _("Close the chat"),
            "one": ngettext("%(count)d new message", "%(count)d new messages", 1) % {"count": 1},
            "many": _many(),
        },
    }
    return _readable(JsonResponse(told), request, rules)


def _many() -> str:
    """Return what more than one message is called; the script puts the number in."""
    text = ngettext("%(count)d new message", "%(count)d new messages", 2)
    return text.replace("%(count)d", "{n}")


@csrf_exempt
@require_POST
@_open_to_all
def news(request: HttpRequest) -> HttpResponse:
    """Tell a page how many answers its visitor has not seen. Sent as plain text, so without a preflight."""
    rules = chat_rules()
    if not _may_ask(request, rules):
        return _refused(request, rules)
    asked = _read(request)
    if isinstance(asked, HttpResponse):
        return _readable(asked, request, rules)
    visitor = _visitor(asked, rules)
    if _is_flood(request, visitor, "news", NEWS, NEWS_EACH):
        return _readable(_busy(), request, rules)
    told = {"unread": chats.unread_of(visitor.thread, asked.seen) if visitor.thread else 0}
    return _readable(JsonResponse(told), request, rules)


@xframe_options_exempt
@require_safe
@_open_to_all
def frame(request: HttpRequest) -> HttpResponse:
    """Show the chat inside a page of a site that may: nobody else's browser draws it."""
    rules = chat_rules()
    ancestors = {"frame-ancestors": ["'self'", *rules.sites]}
    shown = csp({**_POLICY, **ancestors})(partial(_frame, rules=rules))
    return cast("HttpResponse", shown(request))


def _frame(request: HttpRequest, *, rules: ChatRules) -> HttpResponse:
    language = _language(request)
    context = {
        "language": language,
        "rules": rules,
        "ink": ink_on(rules.colour)[0],
        "sites": " ".join([_own_site(request), *rules.sites]),
        "visitor": chats.new_visitor(),
        "greeting": in_language(rules.greetings, language),
        "answered": answered_at(now_micros()),
        "longest": chats.LONGEST,
    }
    # Without the request: the page needs nobody's session, and sets no cookie.
    response = HttpResponse(render_to_string("inbox/frame.html", context))
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Content-Language"] = language
    return response


@csrf_exempt
@require_POST
@_open_to_all
def look(request: HttpRequest) -> HttpResponse:
    """Tell the frame what has been said."""
    asked = _asked_by_frame(request)
    if isinstance(asked, HttpResponse):
        return asked
    visitor = _visitor(asked, chat_rules())
    if _is_flood(request, visitor, "look", LOOKS, LOOKS_EACH):
        return _busy()
    if visitor.user:
        chats.take_along(chats.thread_of_visitor(asked.visitor), visitor.user)
    return _said(visitor)


@csrf_exempt
@require_POST
@_open_to_all
def say(request: HttpRequest) -> HttpResponse:
    """Take what the visitor wrote in the frame. The same `key` again is taken once."""
    asked = _asked_by_frame(request)
    if isinstance(asked, HttpResponse):
        return asked
    visitor = _visitor(asked, chat_rules())
    if not visitor.thread:
        return _wrong(_("This chat has ended. Load the page again."), status=403)
    if _is_flood(request, visitor, "say", MESSAGES, MESSAGES_EACH):
        return _busy()
    error = fault_in(asked.text.strip(), asked.email.strip()[: LONGEST_EMAIL + 1])
    if error:
        return _wrong(error, status=422)
    written = chats.Written(
        asked.text,
        name=asked.name.strip()[:LONGEST_NAME],
        email=asked.email.strip(),
        language=_language(request),
        user=visitor.user,
        key=asked.key[:LONGEST_KEY],
    )
    chats.say(visitor.thread, written)
    return _said(visitor)


def _said(visitor: Visitor) -> HttpResponse:
    shown = chats.messages_for(visitor.thread)
    answered = answered_at(now_micros())
    return JsonResponse(
        {
            "messages": [
                {
                    "id": one.pk,
                    "html": render_to_string(
                        "inbox/_messages.html", {"messages_shown": [one], "is_framed": True}
                    ),
                }
                for one in shown
            ],
            "hours": answered.sentence,
            "open": answered.is_open,
            "known": bool(visitor.user),
        }
    )


def _visitor(asked: Asked, rules: ChatRules) -> Visitor:
    user = user_in(asked.who, generation=rules.generation)
    thread = thread_of_user(user) if user else chats.thread_of_visitor(asked.visitor)
    return Visitor(thread, user)


def _asked_by_frame(request: HttpRequest) -> Asked | HttpResponse:
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return _wrong(_("The chat is only asked by its own page."), status=403)
    return _read(request)


def _read(request: HttpRequest) -> Asked | HttpResponse:
    told = request.headers.get("Content-Length", "")
    if not told.isdigit() or int(told) > LARGEST:
        return _wrong(
            _("The message is too long: %(most)d characters at most.") % {"most": chats.LONGEST},
            status=413,
        )
    try:
        asked = _decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _wrong(_("This is no question of the chat's."), status=400)
    return msgspec.structs.replace(asked, text=storable(asked.text), key=storable(asked.key))


def _is_flood(request: HttpRequest, visitor: Visitor, what: str, most: int, each: int) -> bool:
    """Count a request by its address and by its visitor."""
    by_address = limits.is_too_much(request, f"chat.{what}", most)
    return by_address or (
        bool(visitor.thread) and limits.is_too_much(request, f"chat.{what}.{visitor.thread}", each)
    )


def _busy() -> HttpResponse:
    response = _wrong(_("That was a lot at once. Wait a minute."), status=429)
    response["Retry-After"] = str(limits.WINDOW)
    return response


def _wrong(sentence: str, *, status: int) -> HttpResponse:
    return JsonResponse({"error": sentence}, status=status)


def _own_site(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _may_ask(request: HttpRequest, rules: ChatRules) -> bool:
    """Tell whether a page may: one of a listed site, or of ours (which names no origin when it reads)."""
    origin = request.headers.get("Origin", "")
    return origin in rules.sites or origin in ("", _own_site(request))


def _refused(request: HttpRequest, rules: ChatRules) -> HttpResponse:
    sentence = _("This site may not show the chat. An administrator can list it under Web chat.")
    return _readable(_wrong(sentence, status=403), request, rules)


def _readable(response: HttpResponse, request: HttpRequest, rules: ChatRules) -> HttpResponse:
    """Let the page that asked read the answer, if it is one of the listed sites."""
    origin = request.headers.get("Origin", "")
    response["Vary"] = "Origin"
    if origin in rules.sites:
        response["Access-Control-Allow-Origin"] = origin
    return response
