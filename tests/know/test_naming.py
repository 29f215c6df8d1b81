"""What the timeline calls the things that events name by their keys."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pytest
from django.utils import translation

from keskio.events.contracts import LoggedEvent
from keskio.know.naming import asked_by
from keskio.know.sentences import Told, entries_of
from keskio.web import names
from keskio.web.names import Reader

TITLES = {
    names.DIALOGUE: {"autumn": "Autumn service"},
    names.STEP: {"autumn/2/invite": "The offer"},
    names.MESSAGE: {"7": "Autumn service · The offer"},
    names.QUEUE: {"customer-service": "Customer service"},
    names.STAGE: {"ladder": "Ladder", "ladder:b": "Regulars"},
}


@pytest.mark.parametrize(
    ("event", "properties", "asked"),
    [
        (
            "message.held",
            {"dialogue": "autumn", "version": 2, "step": "invite"},
            {
                "dialogue": (names.DIALOGUE, "autumn"),
                "step": (names.STEP, "autumn/2/invite"),
            },
        ),
        ("message.sent", {"message": 7, "step": "invite"}, {"step": (names.MESSAGE, "7")}),
        ("message.sent", {"message": 7, "case": 1}, {}),
        ("task.given", {"queue": "calls"}, {"queue": (names.QUEUE, "calls")}),
        (
            "stage.changed",
            {"model": "ladder", "from": "", "to": "b"},
            {"model": (names.STAGE, "ladder"), "to": (names.STAGE, "ladder:b")},
        ),
        ("object.changed", {"kind": "car"}, {"kind": (names.OBJECT, "car")}),
        ("Checkout Begun", {"step": "payment", "queue": "fast", "dialogue": "x"}, {}),
    ],
)
def test_only_keskios_own_events_are_asked_about(
    event: str, properties: dict[str, Any], asked: dict[str, tuple[str, str]]
) -> None:
    assert asked_by(event, properties) == asked


def told(monkeypatch: pytest.MonkeyPatch, *events: tuple[str, dict[str, Any]]) -> list[Told]:
    def source(kind: str) -> names.Source:
        def tell(keys: Collection[str], _reader: Reader) -> dict[str, str]:
            return {key: title for key, title in TITLES[kind].items() if key in keys}

        return tell

    monkeypatch.setattr(names, "_sources", {kind: source(kind) for kind in TITLES})
    logged = [
        LoggedEvent(n, n, name, 5, json.dumps({"properties": properties}), 5, 0, "")
        for n, (name, properties) in enumerate(events, 1)
    ]
    with translation.override("en"):
        return [entry.told for entry in entries_of(logged, Reader("en"))]


def test_the_timeline_calls_things_by_their_titles(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = told(
        monkeypatch,
        ("message.sent", {"message": 7, "step": "invite", "channel": "sms"}),
        ("message.held", {"dialogue": "autumn", "version": 2, "step": "invite", "channel": "sms"}),
        ("task.given", {"title": "Call", "queue": "customer-service"}),
        ("dialogue.entered", {"dialogue": "autumn"}),
        ("stage.changed", {"model": "ladder", "from": "", "to": "b"}),
    )

    assert [(line.title, line.note) for line in lines] == [
        ("Message to the customer (SMS)", "Autumn service · The offer"),
        ("Message waits (SMS)", "Autumn service · The offer"),
        ("Task given: Call", "Customer service"),
        ("Came into a dialogue: Autumn service", ""),
        ("Stage changed: – → Regulars", "Ladder"),
    ]


def test_what_is_no_more_there_is_called_by_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = told(
        monkeypatch,
        ("message.sent", {"message": 8, "step": "gone", "channel": "sms"}),
        ("message.dropped", {"dialogue": "old", "version": 1, "step": "first", "channel": "sms"}),
        ("stage.changed", {"model": "old", "from": "a", "to": "b"}),
    )

    assert [line.note for line in lines] == ["gone", "old · first", "old"]
    assert lines[2].title == "Stage changed: a → b"
