"""Leads, seats and a call list of the demo company."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import to_micros
from keskio.know.api import all_customer_ids
from keskio.respond.assigning import seat
from keskio.respond.leads.actions import close_lead
from keskio.respond.leads.contracts import REQUEST_EVENT, Outcome
from keskio.respond.leads.following import LeadFollower
from keskio.respond.leads.models import Lead

# (place in the list of customers, hours ago, kind, area, what it was about, what came of it)
REQUESTS: tuple[tuple[int, int, str, str, dict[str, Any], Outcome | None], ...] = (
    (3, 2, "callback", "Uusimaa", {"question": "Sopiiko työsuhdepyörä meille?"}, None),
    (8, 5, "quote", "Uusimaa", {"bicycles": 12, "question": "Pyörät toimistolle"}, None),
    (15, 20, "question", "Pirkanmaa", {"question": "Huollatteko tavarapyöriä?"}, None),
    (21, 50, "quote", "Pirkanmaa", {"bicycles": 4}, Outcome("won", value=7200)),
    (22, 75, "quote", "Uusimaa", {"bicycles": 2}, Outcome("lost", "price", note="Liian kallis")),
    (27, 140, "callback", "Uusimaa", {}, Outcome("won", value=1850)),
    (33, 200, "quote", "Kainuu", {"bicycles": 6}, Outcome("lost", "timing", note="Keväällä")),
    (35, 260, "callback", "Pirkanmaa", {}, Outcome("not-reached")),
)


def seed_demo(now: datetime) -> None:
    """Let the demo's customers have asked, and the shop have answered some of them."""
    seat("sales", "editor", areas=["Uusimaa", "Pirkanmaa"])
    seat("sales", "admin", skills=["sv"])
    people = all_customer_ids(limit=60)
    asked = []
    for place, hours, kind, area, more, _outcome in sorted(REQUESTS, key=lambda one: -one[1]):
        told = {"kind": kind, "area": area, "request_id": f"demo-{place}", **more}
        body = msgspec.json.encode({"properties": told}).decode()
        at = to_micros(now - timedelta(hours=hours))
        asked.append(NewEvent(people[place], REQUEST_EVENT, at, body))
    append_events(asked)
    follower = LeadFollower()
    while follower.turn(to_micros(now)):
        pass
    for place, _hours, _kind, _area, _more, outcome in REQUESTS:
        if outcome is not None:
            lead = Lead.objects.get(request=f"demo-{place}")
            Lead.objects.filter(pk=lead.pk).update(
                owner="editor", contacted_at=lead.opened_at + timedelta(hours=1 + place % 5)
            )
            close_lead(lead, outcome, by="editor")
