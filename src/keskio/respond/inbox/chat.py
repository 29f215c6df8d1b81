"""The web chat as a channel: a visitor's page, known by a signed cookie and by nothing else.

A visitor is nobody until a person says who it is: what somebody writes of herself on a public page joins no
records. She sees what she wrote and what was answered to her in the chat, never notes nor what was said
in a case that hers was put into.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.core.signing import BadSignature, Signer
from django.db.models import Q

from keskio.kernel.ids import new_token
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.actions import add_entry, open_case
from keskio.respond.inbox.changing import roots_of
from keskio.respond.inbox.models import Case, Entry

COOKIE = "keskio_chat"
DAYS = 30
LONGEST = 4000
SHOWN = 200
_signer = Signer(salt="keskio.respond.inbox.chat")


def new_visitor() -> str:
    """Return the cookie of a visitor who has not been here."""
    return _signer.sign(new_token())


def thread_of_visitor(cookie: str) -> str:
    """Return by which thread a visitor's cases are found; "" for a cookie that we did not sign."""
    try:
        return f"chat:{_signer.unsign(cookie)}"
    except BadSignature:
        return ""


def case_of_visitor(thread: str) -> Case | None:
    """Return the visitor's latest case."""
    return Case.objects.filter(thread=thread).order_by("-pk").first() if thread else None


def say(thread: str, text: str, *, name: str = "", email: str = "", language: str = "") -> Entry:
    """Take a visitor's message: into her case, or a new one. Name and address are as she wrote them."""
    text = text.strip()[:LONGEST]
    case = case_of_visitor(thread)
    if case is not None:
        return add_entry(case.pk, kind=c.IN, author=c.CUSTOMER, text=text, source_id=thread)
    new = open_case(
        customer=0,
        channel=c.CHAT,
        text=text,
        thread=thread,
        name=name.strip() or email.strip(),
        address=email.strip(),
        reply_to=thread,
        language=language,
    )
    return Entry.objects.filter(case=new, kind=c.IN).latest("number")


def messages_for(thread: str) -> Sequence[Entry]:
    """Return what a visitor sees, oldest first."""
    case = case_of_visitor(thread)
    if case is None:
        return []
    root = roots_of([case.pk])[case.pk]
    own = Q(case=case.pk) | Q(case=root, source_id=thread)
    shown = Entry.objects.filter(own, is_public=True, kind__in=(c.IN, c.OUT))
    return list(shown.order_by("-at", "-number")[:SHOWN])[::-1]
