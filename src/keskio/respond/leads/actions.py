"""Writes of the wing: leads are closed by people, call lists are made, calendar feeds are opened."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from django.db import transaction

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now, now_micros
from keskio.kernel.errors import Mistake
from keskio.know.api import facts_of, members_of_segment
from keskio.know.contracts import DENIED, RESTRICTED, WITHDRAWN
from keskio.respond.actions import complete_task
from keskio.respond.assigning import assign
from keskio.respond.contracts import OPEN
from keskio.respond.leads.contracts import (
    CLOSED_EVENT,
    LOST,
    OPEN_STATES,
    OUTCOMES,
    REASONS,
    Outcome,
)
from keskio.respond.leads.models import CallList, Feed, Lead
from keskio.respond.models import Task
from keskio.talk.api import held_back

LONGEST_LIST = 5000
# The visit of a list's task says whom it is about and which try it is.
TRIES = 10
# What forbids a call: in all channels, by telephone for anything, by telephone for marketing.
OF_CALLS = ("*/*", "*/call", "marketing/call")
FORBIDDING = (DENIED, WITHDRAWN, RESTRICTED)
CALL_RESULTS = ("reached", "not-reached", "later", "not-interested")
_encode = msgspec.json.Encoder().encode


class LeadClosed(Mistake):
    """Something has come of the lead already."""

    code = "lead_closed"


class NotAnOutcome(Mistake):
    """What came of the lead is not said in full."""

    code = "not_an_outcome"


class NobodyToCall(Mistake):
    """The segment has no members now."""

    code = "nobody_to_call"


def close_lead(lead: Lead, outcome: Outcome, *, by: str) -> None:
    """Record what came of `lead`, and answer its open task so, so that its dialogue ends as well.

    Raises NotAnOutcome for a loss without its reason, and LeadClosed when somebody was quicker.
    """
    if outcome.state not in OUTCOMES:
        raise NotAnOutcome(f"{outcome.state!r} is not how a lead ends: {', '.join(OUTCOMES)}.")
    if outcome.state == LOST and outcome.reason not in REASONS:
        raise NotAnOutcome("Say why the lead was lost: choose the reason that is nearest.")
    reason = outcome.reason if outcome.state == LOST else ""
    with transaction.atomic():
        closed = Lead.objects.filter(pk=lead.pk, state__in=OPEN_STATES).update(
            state=outcome.state,
            reason=reason,
            value=None if outcome.value is None else Decimal(str(outcome.value)),
            note=outcome.note,
            closed_at=now(),
            closed_by=by,
        )
        if not closed:
            raise LeadClosed("Something has come of this lead already; open it to see what.")
        told = {"lead": lead.request, "outcome": outcome.state, "reason": reason, "by": by}
        if outcome.value is not None:
            told["value"] = str(outcome.value)
        body = _encode({"properties": told}).decode()
        append_events([NewEvent(lead.customer_id, CLOSED_EVENT, now_micros(), body)])
        _answer_tasks(lead, outcome, by)


def add_reason(lead: Lead, reason: str, value: float | None) -> None:
    """Complete what a lead's dialogue has closed: why it was lost, what it was worth."""
    Lead.objects.filter(pk=lead.pk).update(
        reason=reason if lead.state == LOST else "",
        value=None if value is None else Decimal(str(value)),
    )


def _answer_tasks(lead: Lead, outcome: Outcome, by: str) -> None:
    """Answer the open tasks of the lead's dialogue with the outcome where they know it, else as done."""
    if lead.enrolment is None:
        return
    for task in Task.objects.filter(enrolment=lead.enrolment, state=OPEN).order_by("pk"):
        result = outcome.state if outcome.state in task.results else ""
        complete_task(task.pk, actor=by, note=outcome.note, result=result)


def make_call_list(
    title: Mapping[str, str],
    *,
    segment: str,
    queue: str,
    due_at: datetime,
    script: str = "",
    by: str,
) -> CallList:
    """Make a task of calling for each member that `segment` has now, shared out over the queue's seats.

    Who has forbidden calls or marketing by them is left out, and whom campaigns wait for because
    something is to be put right first. Raises NobodyToCall. Members who join later are not added: make
    another list.
    """
    members = members_of_segment(segment, limit=LONGEST_LIST)
    customers = may_be_called(members)
    if not customers:
        raise NobodyToCall(f"The segment {segment!r} has no members now: nobody to call.")
    at = now()
    with transaction.atomic():
        made = CallList.objects.create(
            title=dict(title),
            script=script,
            queue=queue,
            segment=segment,
            customers=len(customers),
            due_at=due_at,
            made_at=at,
            made_by=by,
        )
        tasks = [
            _call(made, customer, visit=place * TRIES, due_at=due_at, given_at=at)
            for place, customer in enumerate(customers)
        ]
        assign(tasks)
        Task.objects.bulk_create(tasks, batch_size=500)
    return made


def may_be_called(customers: Sequence[int]) -> list[int]:
    """Return those of `customers` who have not forbidden calls and are not held back, in their order."""
    facts, held = facts_of(customers, ()), held_back(customers)
    return [
        customer
        for customer in customers
        if customer in facts
        and customer not in held
        and not any(facts[customer].consents.get(key) in FORBIDDING for key in OF_CALLS)
    ]


def _call(
    made: CallList, customer: int, *, visit: int, due_at: datetime, given_at: datetime
) -> Task:
    return Task(
        title=made.title,
        customer_id=customer,
        queue=made.queue,
        given_at=given_at,
        due_at=due_at,
        results=list(CALL_RESULTS),
        enrolment=-made.pk,
        visit=visit,
        step="call",
    )


def record_call(task: Task, result: str, *, note: str, by: str, again_at: datetime) -> bool:
    """Record how a call of a list went; who was not reached is tried again, three times in all.

    False, and nothing happens, when somebody has answered the task already.
    """
    with transaction.atomic():
        if not complete_task(task.pk, actor=by, note=note, result=result):
            return False
        another = task.visit % TRIES + 1
        if result == "later" or (result == "not-reached" and another < 3):
            made = CallList.objects.get(pk=-task.enrolment)
            again = _call(
                made, task.customer_id, visit=task.visit + 1, due_at=again_at, given_at=now()
            )
            again.assignee = task.assignee or by
            Task.objects.bulk_create([again], ignore_conflicts=True)
    return True


def open_feed(username: str) -> str:
    """Return the secret of a new calendar feed of somebody's tasks; an earlier one ends."""
    secret = secrets.token_urlsafe(24)
    Feed.objects.update_or_create(
        username=username, defaults={"digest": digest_of(secret), "made_at": now()}
    )
    return secret


def close_feed(username: str) -> None:
    """End somebody's calendar feed."""
    Feed.objects.filter(username=username).delete()


def digest_of(secret: str) -> str:
    """Return what is kept of a feed's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
