"""Leads: made of requests, followed through their dialogue's tasks, closed by people with a reason."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from keskio.events.api import append_events, move_cursor
from keskio.events.contracts import NewEvent
from keskio.events.models import Event
from keskio.kernel.clock import VirtualClock, now
from keskio.respond.leads import queries
from keskio.respond.leads.actions import LeadClosed, NotAnOutcome, add_reason, close_lead
from keskio.respond.leads.contracts import Outcome
from keskio.respond.leads.following import LeadFollower
from keskio.respond.leads.models import Lead

pytestmark = pytest.mark.django_db


def happen(clock: VirtualClock, name: str, customer: int = 1, **properties: Any) -> None:
    body = json.dumps({"properties": properties})
    append_events([NewEvent(customer, name, clock.micros(), body)])


def ask(clock: VirtualClock, request: str = "r-1", **more: Any) -> Lead:
    told = {"kind": "quote", "area": "Uusimaa", "request_id": request, "roof_m2": 180, **more}
    happen(clock, "Request Sent", **told)
    read_log()
    return Lead.objects.get(request=request)


def read_log() -> None:
    while LeadFollower().turn(0):
        pass


def test_a_request_becomes_one_lead_however_often_it_is_told(clock: VirtualClock) -> None:
    lead = ask(clock)
    ask(clock)
    assert (lead.kind, lead.area, lead.details, lead.state) == (
        "quote",
        "Uusimaa",
        {"roof_m2": 180},
        "new",
    )
    assert Event.objects.filter(name="lead.opened").count() == 1


def test_the_same_batch_again_changes_nothing(clock: VirtualClock) -> None:
    ask(clock)
    move_cursor("respond.leads", 0)
    read_log()
    assert (Lead.objects.count(), Event.objects.filter(name="lead.opened").count()) == (1, 1)


def test_a_request_without_a_number_is_known_by_its_event(clock: VirtualClock) -> None:
    happen(clock, "Request Sent", kind="question")
    read_log()
    assert Lead.objects.get().request == f"event/{Event.objects.earliest('id').pk}"


def test_a_loss_needs_its_reason(clock: VirtualClock) -> None:
    lead = ask(clock)
    with pytest.raises(NotAnOutcome):
        close_lead(lead, Outcome("lost"), by="sari")
    with pytest.raises(NotAnOutcome):
        close_lead(lead, Outcome("vanished"), by="sari")
    close_lead(lead, Outcome("lost", "price", note="Naapuri halvempi"), by="sari")
    with pytest.raises(LeadClosed):
        close_lead(lead, Outcome("won", value=9000), by="otto")
    lead.refresh_from_db()
    assert (lead.state, lead.reason, lead.closed_by) == ("lost", "price", "sari")


def test_how_leads_went(clock: VirtualClock) -> None:
    for number in range(4):
        lead = ask(clock, f"r-{number}")
        Lead.objects.filter(pk=lead.pk).update(owner="sari")
    clock.advance(timedelta(hours=3))
    for number, outcome in enumerate(
        (Outcome("won", value=1000), Outcome("won"), Outcome("lost", "price"))
    ):
        close_lead(Lead.objects.get(request=f"r-{number}"), outcome, by="sari")
    Lead.objects.filter(request="r-0").update(contacted_at=now())
    until = now() + timedelta(days=1)
    (score,) = queries.scores_by("owner", since=until - timedelta(days=30), until=until)
    assert (score.name, score.leads, score.open, score.won, score.lost) == ("sari", 4, 1, 2, 1)
    assert score.share == pytest.approx((2 / 3, 0.2077, 0.9385), abs=1e-4)  # Wilson (1927)
    assert (score.hours, score.value) == (3.0, 1000.0)
    lost = queries.lost_because(since=until - timedelta(days=30), until=until)
    assert lost == [("price", 1)]


def test_what_a_dialogue_closed_can_be_completed(clock: VirtualClock) -> None:
    lead = ask(clock)
    Lead.objects.filter(pk=lead.pk).update(state="lost")
    lead.refresh_from_db()
    add_reason(lead, "timing", 12.5)
    lead.refresh_from_db()
    assert (lead.reason, float(lead.value or 0)) == ("timing", 12.5)
