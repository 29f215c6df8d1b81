"""Sending what was written: what is asked first, and what goes with it.

Two questions may stand before a reply. Somebody has written since: is it still the right answer? It is the
first reply that everybody can see: is it meant to be? Neither loses the text: the draft stays until it left.
"""

from __future__ import annotations

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from keskio.kernel.errors import Mistake
from keskio.know.api import people_of
from keskio.respond.desk import contracts
from keskio.respond.desk.actions import called_in, drop_draft, note_presence, nudge, save_draft
from keskio.respond.desk.queries import colleagues, entries_of, newest_said, rules_in_force
from keskio.respond.inbox import actions as inbox
from keskio.respond.inbox.contracts import CLOSED, EMAIL, OPEN, OUT, SMS, SOCIAL, WAITING
from keskio.respond.inbox.models import Case, Entry

ELSEWHERE = (EMAIL, SMS)
STATES = {"": WAITING, "wait": WAITING, "open": OPEN, "close": CLOSED}


class NoAddress(Mistake):
    """The customer has no address in that channel."""

    code = "no_address"


class Writing(msgspec.Struct, frozen=True):
    """What a person wants to send. `version`: the newest entry that was on the page.

    `way`: contracts.HERE (publicly, where the channel is public), contracts.DIRECT, or another channel.
    `is_seen`, `is_confirmed`: the two questions were answered.
    """

    kind: str
    text: str
    way: str = contracts.HERE
    version: int = 0
    then: str = ""
    is_seen: bool = False
    is_confirmed: bool = False


class Asked(msgspec.Struct, frozen=True):
    """What stands before sending: `newer` entries since the writing began; or `is_public`."""

    newer: tuple[Entry, ...] = ()
    is_public: bool = False


def is_public(case: Case, way: str) -> bool:
    """Tell whether a reply by `way` can be seen by everybody."""
    return case.channel == SOCIAL and way == contracts.HERE


def question_before(case: Case, writing: Writing, username: str) -> Asked | None:
    """Return what is to be asked before this is sent; None: it may go."""
    if writing.kind == contracts.NOTE:
        return None
    if not writing.is_seen and newest_said(case.pk) > writing.version:
        newer = entries_of(case, after=writing.version)
        others = tuple(one for one in newer if one.kind != "event" and one.by != username)
        if others:
            return Asked(newer=others)
    if is_public(case, writing.way) and not writing.is_confirmed:
        said = Entry.objects.filter(case_id=case.pk, kind=OUT, is_open_to_all=True)
        if rules_in_force().confirms_public and not said.exists():
            return Asked(is_public=True)
    return None


def keep(case: Case, writing: Writing, username: str) -> None:
    """Keep as a draft what cannot be sent yet."""
    save_draft(case, username, kind=writing.kind, text=writing.text, version=writing.version)


def send(case: Case, writing: Writing, user: User) -> Entry:
    """Send a reply or write a note, let the draft go, and nudge who was mentioned.

    Raises what the inbox raises, and NoAddress.
    """
    name = user.get_username()
    with transaction.atomic():
        if writing.kind == contracts.NOTE:
            called = called_in(writing.text, colleagues())
            told = {"mentions": called} if called else None
            entry = inbox.note(case.pk, writing.text, by=name, told=told)
            nudge(case.pk, entry.pk, called, by=name)
        elif writing.way in ELSEWHERE and writing.way != case.channel:
            entry = _elsewhere(case, writing, name)
        else:
            public = is_public(case, writing.way)
            then = STATES.get(writing.then, WAITING)
            entry = inbox.reply(case.pk, writing.text, by=name, public=public, then=then)
        drop_draft(case.pk, name)
        note_presence(case.pk, name, is_writing=False)
    return entry


def ways_of(case: Case) -> list[tuple[str, str]]:
    """Return the other channels in which the conversation can go on, with the address in each."""
    if not case.customer_id:
        return []
    person = people_of([case.customer_id]).get(case.customer_id)
    if person is None:
        return []
    found = [(EMAIL, person.email), (SMS, person.phone)]
    return [(way, to) for way, to in found if to and way != case.channel]


def _elsewhere(case: Case, writing: Writing, by: str) -> Entry:
    """Go on in another channel: the reply leaves by the ledger, and stands in the same case."""
    to = dict(ways_of(case)).get(writing.way)
    if not to:
        raise NoAddress
    then = STATES.get(writing.then, WAITING)
    return inbox.reply(case.pk, writing.text, by=by, then=then, way=(writing.way, to))
