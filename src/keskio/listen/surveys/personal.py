"""Links of their own for known customers, handed out by people: in a letter, another mailing tool, a chat.

Handing a link out is asking: it heeds permission, caps and the two clocks as a dialogue does, counts in
them from then on, and leaves a reason for everybody who was not asked.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.engine.conditions import Needs
from keskio.engine.survey.asking import terms_of
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import now_micros
from keskio.kernel.errors import Mistake
from keskio.know.api import facts_of
from keskio.listen.surveys.contracts import ASKED, NOT_ASKED
from keskio.listen.surveys.models import Survey
from keskio.listen.surveys.queries import counts_of, form_of, newest_version
from keskio.talk.api import Note, SurveyLink, note_contacts, reasons_not_to_ask, survey_address

CHANNELS = ("email", "sms", "letter")
MOST = 10_000
"""Customers of one segment who get links at once."""
_NUMBER_BITS = 62
_encode = msgspec.json.Encoder().encode


class NoPersonalLinks(Mistake):
    """An anonymous survey has no links of known customers: its answers are nobody's."""

    code = "no_personal_links"


class Handed(msgspec.Struct, frozen=True):
    """What one customer gets: an `address`, or the code of the `reason` why not."""

    customer: int
    address: str = ""
    reason: str = ""


def reasons_now(survey: Survey, customers: Collection[int], *, channel: str) -> dict[int, str]:
    """Return why each of `customers` may not be asked now, as a code; "" for those who may.

    Raises NoPersonalLinks. Nothing is written.
    """
    version = newest_version(survey)
    if version is None:
        return dict.fromkeys(customers, "survey_closed")
    form = form_of(version)
    if form.anonymous:
        raise NoPersonalLinks
    answered, counts = counts_of(survey, form) if form.quotas else (0, {})
    terms = terms_of(form, is_open=survey.state == "live", answered=answered, counts=counts)
    return reasons_not_to_ask(customers, terms, channel=channel, now=now_micros())


def counted(reasons: dict[int, str]) -> list[tuple[str, int]]:
    """Return the reasons of those left out with how many have each, the most common first."""
    return Counter(reason for reason in reasons.values() if reason).most_common()


def hand_out(survey: Survey, customers: Sequence[int], *, channel: str, by: str) -> list[Handed]:
    """Make a link for each of `customers` who may be asked, and note for everybody what was decided.

    In the order given, without those who do not exist. Raises NoPersonalLinks.
    """
    with transaction.atomic():
        # Two people who press the button at once: the second one finds that the first has asked.
        survey = Survey.objects.select_for_update().get(pk=survey.pk)
        reasons = reasons_now(survey, customers, channel=channel)
        handed = [
            Handed(customer, reason=reasons[customer])
            if reasons[customer]
            else Handed(customer, _address(survey.key, customer, _new_number()))
            for customer in customers
            if customer in reasons
        ]
        _note(survey, handed, channel, by)
        transaction.on_commit(wake)
    return handed


def _note(survey: Survey, handed: Sequence[Handed], channel: str, by: str) -> None:
    at = now_micros()
    events, notes = [], []
    for one in handed:
        told: dict[str, Any] = {"survey": survey.key, "channel": channel, "by": by}
        if one.reason:
            told["reason"] = one.reason
        else:
            told |= {"level": survey.level, "link": one.address}
            notes.append(
                Note(
                    one.customer, channel, "survey", at, f"survey/{survey.key}/{one.address[-40:]}"
                )
            )
        name = NOT_ASKED if one.reason else ASKED
        body = _encode({"properties": told}).decode()
        events.append(NewEvent(one.customer, name, at, body))
    append_events(events)
    note_contacts(notes)


def links_of(customer: int) -> dict[str, str]:
    """Return the links that a customer has been given, by survey: the latest of each."""
    facts = facts_of([customer], Needs(events={ASKED: None})).get(customer)
    happened = () if facts is None else facts.events.get(ASKED, ())
    return {
        str(one.properties["survey"]): str(one.properties["link"])
        for one in sorted(happened, key=lambda one: one.at)
        if one.properties.get("link")
    }


def _new_number() -> int:
    return secrets.randbits(_NUMBER_BITS) | 1


def _address(survey: str, customer: int, number: int) -> str:
    return survey_address(SurveyLink("known", survey, customer=customer, number=number))
