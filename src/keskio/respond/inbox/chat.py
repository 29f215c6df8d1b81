"""The web chat as a channel: a visitor is known by a signed token or by her site's word, and by nothing else.

A visitor is nobody until a person says who it is, or her site vouches for her: what somebody writes of
herself on a public page joins no records. She sees what she wrote and what was answered to her in the chat,
never notes nor what was said in a case that hers was put into.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keskio.kernel.clock import now, now_micros
from keskio.kernel.ids import new_token
from keskio.know.api import find_or_create, people_of
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.actions import change, open_case
from keskio.respond.inbox.changing import changing, roots_of
from keskio.respond.inbox.chat_hours import answered_at
from keskio.respond.inbox.chat_identity import thread_of_user
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.inbox.taking import About, take_message

COOKIE = "keskio_chat"
DAYS = 30
LONGEST = 4000
SHOWN = 200
LOOKED_BACK = 10
THREAD = "chat:"
"""How the threads of all visitors begin."""
# What was begun without a name goes with the one who signs in so soon after, and no later: the next
# person at a shared machine is somebody else.
TAKEN_ALONG = timedelta(hours=1)
_signer = Signer(salt="keskio.respond.inbox.chat")


class Written(msgspec.Struct, frozen=True):
    """What a visitor writes. Name and address are as she says; `user` is vouched for by her site.

    `key` names the message: the same again is not taken twice ("" for forms, which a redirect guards).
    """

    text: str
    name: str = ""
    email: str = ""
    language: str = ""
    user: str = ""
    key: str = ""


def new_visitor() -> str:
    """Return the token of a visitor who has not been here."""
    return _signer.sign(new_token())


def thread_of_visitor(token: str) -> str:
    """Return by which thread a visitor's cases are found; "" for a token that we did not sign."""
    try:
        return f"{THREAD}{_signer.unsign(token)}"
    except BadSignature:
        return ""


def case_of_visitor(thread: str) -> Case | None:
    """Return the visitor's latest case; none where it was closed so long ago that it is over."""
    found = Case.objects.filter(thread=thread).order_by("-pk").first() if thread else None
    closed = found.closed_at if found is not None and found.state == c.CLOSED else None
    is_over = closed is not None and now() - closed > timedelta(days=DAYS)
    return None if is_over else found


def say(thread: str, written: Written) -> None:
    """Take a visitor's message: into her case, or a new one.

    What a stranger leaves with an address while nobody is there becomes a case of e-mail, so that the
    answer reaches her; it stands in the chat too.
    """
    case = case_of_visitor(thread)
    text = written.text.strip()[:LONGEST]
    if case is not None:
        _go_on(case, thread, text, written)
        return
    email = written.email.strip()
    is_by_mail = bool(email) and not written.user and not answered_at(now_micros()).is_open
    about = About(
        thread=thread,
        name=written.name.strip() or email,
        address=email,
        reply_to="" if is_by_mail else thread,
        language=written.language,
        subject=_("Message from the web chat") if is_by_mail else "",
    )
    if written.key:
        about["source"] = ("chat", f"{thread[-40:]}.{written.key}")
    customer = 0
    if written.user:
        customer = find_or_create((("user_id", written.user),))
        person = people_of([customer]).get(customer)
        if person is not None:
            about["name"], about["address"] = person.name or person.email, person.email
    channel = c.EMAIL if is_by_mail else c.CHAT
    open_case(customer=customer, channel=channel, text=text, **about)


def _go_on(case: Case, thread: str, text: str, written: Written) -> None:
    with changing([case.pk]) as batch:
        found = batch.cases[case.pk]
        if written.key and _is_taken(case, written.key, among={case.pk, found.pk}):
            return
        # Only what goes out in the chat answers a thread of it: a letter would name it as a Message-ID.
        source = thread if found.channel == c.CHAT else ""
        entry = take_message(batch, found, text, at=batch.now, source_id=source)
        entry.source_id = thread
        entry.customer_id = case.customer_id or entry.customer_id
        entry.told = {"key": written.key} if written.key else {}


def _is_taken(case: Case, key: str, *, among: set[int]) -> bool:
    """Tell whether a message has come before: as the one that opened the case, or lately `among` cases."""
    if case.source_kind == "chat" and case.source_ref.endswith(f".{key}"):
        return True
    latest = Entry.objects.filter(case__in=among, kind=c.IN).order_by("-pk")[:LOOKED_BACK]
    return any(one.told.get("key") == key for one in latest)


def take_along(thread: str, user: str) -> None:
    """Let what a visitor began without a name lately be hers, now that her site vouches for `user`."""
    with transaction.atomic():
        lately = Case.objects.filter(
            thread=thread,
            customer_id=0,
            channel=c.CHAT,
            place=c.ACTIVE,
            last_at__gt=now() - TAKEN_ALONG,
        )
        case = lately.order_by("-pk").first() if thread else None
        if case is None:
            return
        change(case.pk, by="", customer_id=find_or_create((("user_id", user),)))
        hers = thread_of_user(user)
        Case.objects.filter(pk=case.pk).update(thread=hers, reply_to=hers)
        Entry.objects.filter(case=case.pk, source_id=thread).update(source_id=hers)
        Entry.objects.filter(case=case.pk, in_reply_to=thread).update(in_reply_to=hers)


def unread_of(thread: str, seen: int) -> int:
    """Return how many answers a visitor has got since the one of id `seen`."""
    return sum(one.kind == c.OUT and one.pk > seen for one in messages_for(thread))


def messages_for(thread: str) -> Sequence[Entry]:
    """Return what a visitor sees, oldest first."""
    case = case_of_visitor(thread)
    if case is None:
        return []
    root = roots_of([case.pk])[case.pk]
    # Where two visitors' cases are one, what either writes and is answered stands in the same case.
    hers = Q(kind=c.IN, source_id=thread) | Q(kind=c.OUT, in_reply_to=thread)
    others = Q(kind=c.IN, source_id__startswith=THREAD) | Q(
        kind=c.OUT, in_reply_to__startswith=THREAD
    )
    own = (Q(case__in={case.pk, root}) & hers) | (Q(case=case.pk) & ~others)
    # What went to the customer's own address is not for whoever sits at the page.
    said = Q(kind=c.IN) | Q(kind=c.OUT, channel__in=(c.CHAT, case.channel))
    shown = Entry.objects.filter(own, said, is_public=True)
    return list(shown.order_by("-at", "-number")[:SHOWN])[::-1]
