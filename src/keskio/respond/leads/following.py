"""The job that follows the log: requests become leads, and what is done about them changes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import append_events, cursor_of, events_named, is_worth_a_turn, move_cursor
from keskio.events.contracts import LoggedEvent, NewEvent
from keskio.kernel.clock import Micros, from_micros
from keskio.respond.contracts import DONE_EVENT, ENDED_EVENT, GIVEN_EVENT
from keskio.respond.leads.contracts import (
    NEW,
    NOT_HANDLED,
    OPEN_STATES,
    OPENED_EVENT,
    OUTCOMES,
    REQUEST_EVENT,
    WITHOUT_CONTACT,
    WORKING,
)
from keskio.respond.leads.models import Lead
from keskio.respond.models import Task
from keskio.talk.api import object_keys_of

CURSOR = "respond.leads"
BATCH = 1000
NAMES = {REQUEST_EVENT, GIVEN_EVENT, DONE_EVENT, ENDED_EVENT}
KNOWN = frozenset({"kind", "area", "request_id"})


class _Body(msgspec.Struct, frozen=True):
    properties: dict[str, Any] = {}


_read = msgspec.json.Decoder(_Body).decode
_encode = msgspec.json.Encoder().encode


class LeadFollower:
    """Takes turns at the log; the same batch again changes nothing."""

    name = "leads"

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        del now  # events carry their own times
        position = cursor_of(CURSOR)
        events, reached = events_named(NAMES, after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        with transaction.atomic():
            follow(events)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH


def follow(events: Sequence[LoggedEvent]) -> None:
    """Take in a batch, in the caller's transaction. A handful of queries, however many events."""
    told = [(event, _read(event.body).properties) for event in events]
    _open([one for one in told if one[0].name == REQUEST_EVENT])
    steps = [one for one in told if one[0].name != REQUEST_EVENT]
    leads = _leads_of({int(told.get("enrolment") or 0) for _, told in steps})
    owners = owners_of(leads)
    for event, properties in steps:
        lead = leads.get(int(properties.get("enrolment") or 0))
        if lead is not None:
            _change(lead, event, properties)
            lead.owner = lead.owner or owners.get(lead.enrolment or 0, "")
    Lead.objects.bulk_update(
        set(leads.values()),
        ["owner", "enrolment", "state", "note", "contacted_at", "closed_at", "closed_by"],
        batch_size=200,
    )


def _open(told: Sequence[tuple[LoggedEvent, dict[str, Any]]]) -> None:
    """Make leads of requests, and tell of those that are new."""
    found = {_key(event, properties): (event, properties) for event, properties in told}
    there = set(Lead.objects.filter(request__in=found).values_list("request", flat=True))
    made = [
        Lead(
            request=key,
            customer_id=event.customer,
            kind=str(properties.get("kind", ""))[:60],
            area=str(properties.get("area", ""))[:100],
            details={k: v for k, v in properties.items() if k not in KNOWN},
            opened_at=from_micros(event.at),
        )
        for key, (event, properties) in found.items()
        if key not in there and event.customer
    ]
    Lead.objects.bulk_create(made, batch_size=200)
    append_events(
        [
            NewEvent(lead.customer_id, OPENED_EVENT, found[lead.request][0].at, _told(lead))
            for lead in made
        ]
    )


def _key(event: LoggedEvent, properties: dict[str, Any]) -> str:
    return str(properties.get("request_id") or f"event/{event.id}")[:200]


def _told(lead: Lead) -> str:
    return _encode(
        {"properties": {"lead": lead.request, "kind": lead.kind, "area": lead.area}}
    ).decode()


def _leads_of(enrolments: set[int]) -> dict[int, Lead]:
    """Return the lead of each enrolment: what it is about is the request's own number."""
    enrolments = {number for number in enrolments if number > 0}
    known = {lead.enrolment: lead for lead in Lead.objects.filter(enrolment__in=enrolments)}
    requests = object_keys_of(enrolments - known.keys())
    by_request = {lead.request: lead for lead in Lead.objects.filter(request__in=requests.values())}
    found = {number: lead for number, lead in known.items() if number is not None}
    for enrolment, request in requests.items():
        lead = by_request.get(request)
        if lead is not None and lead.enrolment is None:
            lead.enrolment = enrolment
            found[enrolment] = lead
    return found


def owners_of(enrolments: Collection[int]) -> dict[int, str]:
    """Return who has the latest task of each enrolment, as far as somebody has it."""
    rows = Task.objects.filter(enrolment__in=enrolments).exclude(assignee="").order_by("visit")
    return dict(rows.values_list("enrolment", "assignee"))


def _change(lead: Lead, event: LoggedEvent, properties: dict[str, Any]) -> None:
    """Let a lead follow what its dialogue's tasks and end tell."""
    if lead.state not in OPEN_STATES:
        return
    if event.name == ENDED_EVENT:
        outcome = str(properties.get("outcome", ""))
        lead.state = outcome if outcome in OUTCOMES else NOT_HANDLED
        lead.closed_at = from_micros(event.at)
    elif event.name == DONE_EVENT:
        lead.owner = str(properties.get("actor") or lead.owner)
        lead.note = str(properties.get("note") or lead.note)
        lead.state = WORKING
        if properties.get("result") not in WITHOUT_CONTACT and lead.contacted_at is None:
            lead.contacted_at = from_micros(event.at)
    elif lead.state == NEW:
        lead.state = WORKING
