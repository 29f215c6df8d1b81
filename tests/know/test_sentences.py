"""Events as sentences on the timeline."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import translation

from keskio.events.contracts import LoggedEvent
from keskio.know.sentences import Told, entries_of
from keskio.web.names import Reader

# Rooms above this one are asked what things are called, and look in their tables.
pytestmark = pytest.mark.django_db


def told(name: str, language: str = "en", **properties: Any) -> Told:
    body = json.dumps({"properties": properties})
    with translation.override(language):
        (entry,) = entries_of([LoggedEvent(1, 1, name, 5, body, 5, 0, "")], Reader(language))
    return entry.told


@pytest.mark.parametrize(
    ("name", "properties", "title", "note"),
    [
        ("Order Completed", {"total": 85, "items": [1]}, "Order Completed", "total: 85"),
        (
            "message.dropped",
            {"channel": "sms", "step": "invite", "reason": "quiet_hours"},
            "Message was not sent (SMS)",
            "invite · It was the customer's quiet hours.",
        ),
        (
            "dialogue.ended",
            {"dialogue": "autumn", "outcome": "invite.dropped.stopped"},
            "A dialogue ended: autumn",
            "The customer has said stop in this channel.",
        ),
        (
            "dialogue.ended",
            {"dialogue": "autumn", "outcome": "served"},
            "A dialogue ended: autumn",
            "served",
        ),
        (
            "consent.withdrawn",
            {"purpose": "*", "channel": "sms", "cause": "stop_word"},
            "Consent withdrawn: SMS",
            "the customer's STOP",
        ),
        (
            "consent.given",
            {"purpose": "marketing", "channel": "email", "cause": "staff", "actor": "maija"},
            "Consent given: marketing, e-mail",
            "staff (maija)",
        ),
        (
            "task.done",
            {"title": {"fi": "Soita", "en": "Call"}, "actor": "maija", "note": "at 9"},
            "Task done: Call",
            "maija · at 9",
        ),
        ("task.given", {"title": "Call", "queue": "calls"}, "Task given: Call", "calls"),
        (
            "customer.merged",
            {"customer": 7, "into": 1},
            "Anonymous visitor #7 turned out to be this customer",
            "",
        ),
        (
            "page.viewed",
            {"title": "Tyres", "url": "https://x"},
            "Viewed a page: Tyres",
            "https://x",
        ),
    ],
)
def test_an_event_is_told_in_a_sentence(
    name: str, properties: dict[str, Any], title: str, note: str
) -> None:
    said = told(name, **properties)

    assert (said.title, said.note) == (title, note)


def test_a_message_shows_what_was_said_and_by_whom() -> None:
    ours = told("message.sent", channel="sms", text="Hei!")
    theirs = told("message.received", channel="sms", text="A")

    assert (ours.said, ours.is_ours) == ("Hei!", True)
    assert (theirs.said, theirs.is_ours) == ("A", False)


def test_an_event_is_told_in_finnish() -> None:
    assert (
        told("message.received", "fi", channel="sms").title == "Viesti asiakkaalta (tekstiviesti)"
    )


@pytest.mark.parametrize(
    "properties", [{"text": None}, {"channel": 7}, {"title": [1]}, {"purpose": {}}]
)
@pytest.mark.parametrize(
    "name", ["message.received", "message.sent", "task.given", "consent.given"]
)
def test_odd_properties_are_no_trouble(name: str, properties: dict[str, Any]) -> None:
    assert told(name, **properties).title
