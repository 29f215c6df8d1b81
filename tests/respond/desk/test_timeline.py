"""How the service's own events are said on the customer's timeline."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import resolve
from django.utils import translation

from keskio.events.contracts import LoggedEvent
from keskio.know.sentences import entries_of
from keskio.respond.inbox.models import Queue
from keskio.web.names import Reader

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "name", "properties", "title", "note"),
    [
        (
            "en",
            "case.assigned",
            {"case": 4, "channel": "email", "queue": "bikes", "assignee": "maija"},
            "A case was given to somebody",
            "Case 4 · E-mail · Bicycles · maija",
        ),
        (
            "fi",
            "case.opened",
            {"case": 4, "channel": "sms", "queue": "bikes", "assignee": ""},
            "Tapaus avattiin",
            "Tapaus 4 · Tekstiviesti · Pyörät",
        ),
        (
            "en",
            "promise.made",
            {"promise": 1, "text": "We call back", "due_at": 1_790_246_986_552_207, "by": "maija"},
            "A promise was made: We call back",
            "by 24 Sep 2026, 13:49 · maija",
        ),
        ("en", "lead.opened", {"lead": "r-1"}, "A lead was opened", ""),
        (
            "en",
            "recovery.begun",
            {"case": 9, "plan": "x"},
            "Putting things right was begun",
            "Case 9",
        ),
        (
            "en",
            "survey.not_asked",
            {"survey": "nps", "reason": "surveyed_lately"},
            "A survey was not asked: nps",
            "The customer had been asked another survey lately.",
        ),
        (
            "en",
            "survey.answered",
            {"survey": "nps", "channel": "email", "nps": 10},
            "The customer answered a survey: nps",
            "E-mail · score 10",
        ),
    ],
)
def test_what_the_service_did_is_a_sentence(
    language: str, name: str, properties: dict[str, Any], title: str, note: str
) -> None:
    resolve("/")  # the wiring, which puts the rooms together, comes with the addresses
    Queue.objects.create(key="bikes", title={"fi": "Pyörät", "en": "Bicycles"})
    body = json.dumps({"properties": properties})

    with translation.override(language):
        (entry,) = entries_of([LoggedEvent(1, 1, name, 5, body, 5, 0, "")], Reader(language))

    assert (entry.told.title, entry.told.note) == (title, note)
