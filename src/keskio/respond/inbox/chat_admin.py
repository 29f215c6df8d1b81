"""The page on which an administrator puts the web chat on the company's sites."""

from __future__ import annotations

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keskio.kernel.clock import now_micros
from keskio.respond.inbox.chat_hours import answered_at
from keskio.respond.inbox.chat_settings import chat_rules, ink_on, save_chat_rules, secret_of
from keskio.respond.inbox.forms import ChatForm
from keskio.respond.inbox.queries import opening_rules
from keskio.web.roles import admin

SNIPPET = '<script src="{address}" async></script>'
SIGNED = (
    '<script src="{address}" async data-user="customer-1" data-until="1790000000"'
    ' data-signature="…"></script>'
)
EXAMPLE = (
    "import hashlib, hmac, time\n"
    "until = int(time.time()) + 24 * 3600\n"
    'signature = hmac.new(SECRET.encode(), f"{user_id}.{until}".encode(), hashlib.sha256).hexdigest()'
)


@never_cache
@require_http_methods(["GET", "POST"])
@admin
def web_chat(request: HttpRequest) -> HttpResponse:
    """Show how the chat is put on a site; change where it may stand and how it looks."""
    rules = chat_rules()
    form = ChatForm(request.POST or None, initial=ChatForm.initial_of(rules))
    if request.method == "POST" and form.is_valid():
        save_chat_rules(form.rules(rules), by=request.user.get_username())
        messages.success(request, _("Saved."))
        return redirect("inbox:web_chat")
    address = f"{settings.PUBLIC_URL.rstrip('/')}{reverse('inbox:chat_script')}"
    ink, contrast = ink_on(rules.colour)
    context = {
        "form": form,
        "rules": rules,
        "is_open": opening_rules().has_chat,
        "snippet": SNIPPET.format(address=address),
        "signed": SIGNED.format(address=address),
        "example": EXAMPLE,
        "site": settings.PUBLIC_URL.rstrip("/"),
        "secret": secret_of(rules.generation),
        "ink": _("black") if ink == "#000000" else _("white"),
        "contrast": f"{contrast:.1f}",
        "answered": answered_at(now_micros()),
    }
    return render(request, "inbox/web_chat.html", context, status=422 if form.errors else 200)


@require_POST
@admin
def new_secret(request: HttpRequest) -> HttpResponse:
    """Make a new secret for sites to vouch with; what was signed with the one before ends at once."""
    rules = chat_rules()
    changed = msgspec.structs.replace(rules, generation=rules.generation + 1)
    save_chat_rules(changed, by=request.user.get_username())
    messages.success(request, _("There is a new secret. Give it to your sites' servers."))
    return redirect("inbox:web_chat")
