"""Dialogues ask of events, objects, segments and stages: on the way in, at branches, goals and exits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keskio.engine.dialogue.definition import read_definition
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import run
from keskio.know.objects.actions import take_objects
from keskio.know.objects.contracts import NewObject
from keskio.talk.api import publish
from keskio.talk.documents import compile_text
from keskio.talk.play import Play
from keskio.talk.scripts import read_script
from tests.talk.test_runner import hello
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TWICE = "{event: Ordered, in: {last: 30 days}, times: {at_least: 2}}"


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    return World(clock)


def test_only_those_who_have_done_enough_come_in(world: World, clock: VirtualClock) -> None:
    publish(hello("regulars", extra=f"eligible: {TWICE}"))
    for name, orders in (("aino", 2), ("eero", 1), ("siiri", 0)):
        world.person(name)
        for day in range(orders):
            world.tell(name, "Ordered", at=datetime(2026, 2, 20 + day, tzinfo=UTC), total=20)
    world.tell("siiri", "Ordered", at=datetime(2025, 12, 1, tzinfo=UTC))
    world.tell("siiri", "Ordered", at=datetime(2025, 12, 2, tzinfo=UTC))
    for name in world.people:
        world.tell(name, "Asked")
    world.settle()
    assert {name: world.steps_to(name) for name in world.people} == {
        "aino": ["hello"],
        "eero": [],
        "siiri": [],
    }
    assert world.reasons_of("eero") == [("refused", "not_eligible")]


def test_a_branch_sees_objects_segments_and_stages(world: World, clock: VirtualClock) -> None:
    steps = """
  which:
    kind: branch
    branches:
      car: {object: car, where: {property: make, is: Volvo}}
      vip: {all: [{segment: vip, for_at_least: 1 day}, {stage: ladder, is: loyal}]}
    outcomes: {car: to-car, vip: to-vip, else: end}
  to-car: {kind: send, channel: sms, text: {fi: Auto}, outcomes: {sent: end}}
  to-vip: {kind: send, channel: sms, text: {fi: Tärkeä}, outcomes: {sent: end}}
"""
    publish(hello("ways", steps=steps))
    for name in ("aino", "eero", "siiri"):
        world.person(name)
    take_objects(
        [
            NewObject("car", "1", {"make": "Volvo"}, world.people["aino"]),
            NewObject("car", "2", {"make": "Volvo"}, world.people["siiri"], ended=True),
        ]
    )
    belong(world.people["eero"], since=clock.micros() - 2 * 86_400_000_000)
    for name in world.people:
        world.tell(name, "Asked")
    world.settle()
    assert {name: world.steps_to(name) for name in world.people} == {
        "aino": ["to-car"],
        "eero": ["to-vip"],
        "siiri": [],
    }


def belong(customer: int, since: int) -> None:
    """Put a customer into the segment vip and the stage loyal."""
    from keskio.know.segments.actions import save_segment

    row = save_segment("key: vip\ntitle: {fi: Tärkeät}\nwhen: {trait: vip, is: true}\n")
    run(
        "INSERT INTO segments_membership (segment_id, customer_id, since) VALUES (%s, %s, %s)",
        (row.pk, customer, since),
    )
    run(
        "INSERT INTO segments_stageof (model, customer_id, stage, since) VALUES (%s, %s, %s, %s)",
        ("ladder", customer, "loyal", since),
    )


def test_triggers_goals_and_exits_ask_for_more_than_the_event_says(world: World) -> None:
    trigger = f"{{event: Asked, where: {{all: [{{property: topic, is: tyres}}, {TWICE}]}}}}"
    goal = "goal: {event: Bought, where: {all: [{property: total, at_least: 50}, {trait: town, is: Oulu}]}}"
    steps = "  wait: {kind: wait, for: 30 days}"
    publish(hello("tyres", trigger=trigger, extra=goal, steps=steps))
    for name, town in (("aino", "Oulu"), ("eero", "Turku")):
        world.person(name, town=town)
        world.tell(name, "Asked", topic="tyres")
        world.run()
        assert world.ends_of(name) == []
        for _ in range(2):
            world.tell(name, "Ordered")
        world.tell(name, "Asked", topic="tyres")
        world.tell(name, "Bought", total=60)
        world.run()
    assert [outcome for _, outcome in world.ends_of("aino")] == ["goal_reached"]
    assert [outcome for _, outcome in world.ends_of("eero")] == [""]


def test_what_no_dialogue_asks_for_is_not_read(world: World) -> None:
    publish(hello("plain"))
    world.person("aino")
    world.tell("aino", "Asked")
    with CaptureQueriesContext(connection) as queries:
        world.run()
    read = " ".join(query["sql"] for query in queries.captured_queries)
    assert "FROM know_customer" in read
    further = ("segments_membership", "segments_stageof", "objects_object", "occurred_at >=")
    assert [table for table in further if table in read] == []


@pytest.mark.parametrize(
    ("change", "where", "told"),
    [
        (
            {"eligible": {"all": [{"event": "A", "tims": 1}]}},
            "",
            "eligible: all[0]: there is no word 'tims'",
        ),
        (
            {"goal": {"event": "B", "where": {"segmnt": "x"}}},
            "",
            "goal: no condition begins with 'segmnt'",
        ),
        (
            {"trigger": {"audience": {"at": "2026-01-01", "who": {"property": "x", "is": 1}}}},
            "",
            "trigger who: 'property' has no meaning here",
        ),
        (
            {"steps": {"b": {"kind": "branch", "branches": {"x": {"property": "y", "is": 1}}}}},
            "b",
            "branches.x: 'property' has no meaning here",
        ),
    ],
)
def test_a_bad_condition_is_found_with_its_place(
    change: dict[str, Any], where: str, told: str
) -> None:
    document = {
        "keskio": "dialogue/1",
        "key": "x",
        "purpose": "marketing",
        "trigger": {"event": "A"},
        "steps": {"s": {"kind": "end"}},
        **change,
    }
    program, findings = read_definition(document)
    assert program is None
    found = [finding for finding in findings if finding.code == "unreadable"]
    assert (found[0].step, found[0].detail.startswith(told)) == (where, True), found[0].detail


def test_a_play_remembers_what_has_happened_in_it() -> None:
    program, findings = compile_text(hello("regulars", extra=f"eligible: {TWICE}"))
    assert program is not None, findings
    script = read_script(
        [
            '{"at": "2026-03-01T10:00", "customer": "aino", "event": "Ordered"}',
            '{"at": "2026-03-02T10:00", "customer": "aino", "event": "Asked"}',
            '{"at": "2026-03-03T10:00", "customer": "aino", "event": "Ordered"}',
            '{"at": "2026-03-04T10:00", "customer": "aino", "event": "Asked"}',
            '{"at": "2026-03-05T10:00", "customer": "eero", "event": "Asked"}',
        ],
        "Europe/Helsinki",
    )
    lines = list(Play([program]).run(script))
    said = [
        (line["at"][:10], line["customer"], line.get("reason") or line["effect"]) for line in lines
    ]
    assert ("2026-03-02", "aino", "not_eligible") in said
    assert ("2026-03-04", "aino", "enter") in said
    assert ("2026-03-05", "eero", "not_eligible") in said


def test_a_play_is_told_of_segments_stages_and_objects() -> None:
    car = "{object: car, where: {property: make, is: VW}}"
    vip = "{segment: vip, for_at_least: 2 days}"
    eligible = f"eligible: {{all: [{vip}, {{stage: ladder, is: loyal}}, {car}]}}"
    program, findings = compile_text(hello("vips", extra=eligible))
    assert program is not None, findings
    lines: list[dict[str, Any]] = [
        {
            "customer": name,
            "segments": {"vip": since},
            "stages": {"ladder": "loyal"},
            "objects": {"car": [{"make": "VW"}]},
        }
        for name, since in (("aino", "2026-02-01"), ("eero", "2026-03-04T08:00"))
    ]
    lines += [
        {"at": "2026-03-04T10:00", "customer": name, "event": "Asked"} for name in ("aino", "eero")
    ]
    script = read_script([json.dumps(line) for line in lines], "Europe/Helsinki")
    said = list(Play([program]).run(script))
    told = {line["customer"]: line.get("reason") or line["effect"] for line in reversed(said)}
    assert told == {"aino": "enter", "eero": "not_eligible"}
