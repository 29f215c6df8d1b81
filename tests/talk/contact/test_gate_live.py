"""The rules of contact in the runner: across dialogues, people's own messages, and within one batch."""

from __future__ import annotations

import pytest

from keskio.engine.pressure import Cap, Collision, Control, Rules
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.api import note_contact, publish, set_rules
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 86_400_000_000
WEEK = 7 * DAY


def dialogue(key: str, *, wait: str = "", pressure: str = "marketing", more: str = "") -> str:
    """Return a dialogue that sends one SMS when it is asked for, after `wait`."""
    first = f"  think: {{kind: wait, for: {wait}, outcomes: {{timeout: tell}}}}" if wait else ""
    return f"""
keskio: dialogue/1
key: {key}
title: {{fi: {key}}}
purpose: marketing
pressure: {pressure}
languages: [fi]
trigger: {{event: Asked {key}}}
object: car
{more}
steps:
{first}
  tell: {{kind: send, channel: sms, text: {{fi: Hei}}, outcomes: {{sent: end}}}}
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    company = World(clock)
    company.person("aino")
    return company


def sent_days() -> list[tuple[str, int]]:
    """Return (dialogue, day since the first) of what was claimed, in order."""
    rows = fetch(
        "SELECT d.key, m.claimed_at FROM talk_message m JOIN talk_version v ON v.id = m.version_id"
        " JOIN talk_dialogue d ON d.id = v.dialogue_id ORDER BY m.id"
    )
    return [(key, (at - rows[0][1]) // DAY) for key, at in rows]


def test_a_person_with_two_cars_is_not_contacted_twice_on_one_day(world: World) -> None:
    set_rules(Rules((Cap(1, DAY, pressure="process"),), None), by="")
    publish(dialogue("care", pressure="process"))
    world.tell("aino", "Asked care", car="ABC-1")
    world.tell("aino", "Asked care", car="ABC-2")
    world.settle()
    assert sent_days() == [("care", 0)]
    world.wait(days=1)
    assert sent_days() == [("care", 0), ("care", 1)]
    assert world.reasons_of("aino") == [("held", "pressure")]


def test_what_people_and_surveys_send_counts_too(world: World, clock: VirtualClock) -> None:
    set_rules(Rules((Cap(1, WEEK),), None), by="")
    publish(dialogue("news"))
    aino, now = world.people["aino"], clock.micros()
    note_contact(aino, "email", "survey", now - 2 * DAY, "survey/1")
    note_contact(aino, "email", "survey", now - 2 * DAY, "survey/1")
    note_contact(aino, "email", "answer", now, "letter/1")
    world.tell("aino", "Asked news")
    world.settle()
    assert world.reasons_of("aino") == [("held", "pressure")]
    world.wait(days=5)
    assert len(sent_days()) == 1


def test_a_campaign_lets_what_is_planned_go_first(world: World) -> None:
    set_rules(Rules((), None, collisions=(Collision("marketing", "process", WEEK),)), by="")
    publish(dialogue("care", wait="3 days", pressure="process"))
    publish(dialogue("news"))
    world.tell("aino", "Asked care")
    world.settle()
    world.tell("aino", "Asked news")
    world.wait(days=4)
    assert sent_days() == [("care", 0)]
    world.wait(days=8)
    assert sent_days() == [("care", 0), ("news", 7)]
    assert world.reasons_of("aino") == [("held", "collision"), ("held", "collision")]


def test_the_better_of_two_takes_the_room(world: World) -> None:
    set_rules(Rules((Cap(1, WEEK),), None), by="")
    publish(dialogue("best", wait="2 days", more="worth: {value: 40, probability: 0.5}"))
    publish(dialogue("news", more="worth: {value: 10, probability: 0.5}"))
    world.tell("aino", "Asked best")
    world.settle()
    world.tell("aino", "Asked news")
    world.wait(days=12)
    assert sent_days() == [("best", 0), ("news", 7)]
    assert world.reasons_of("aino") == [("held", "outranked"), ("held", "pressure")]
    values = fetch('SELECT "values" FROM talk_decision ORDER BY id LIMIT 1')[0][0]
    assert '"dialogue":"best","rank":5.0,"rank_of_winner":20.0' in values


def test_a_control_group_is_left_without(world: World) -> None:
    set_rules(Rules((), None, controls=(Control("2026", 1.0),)), by="")
    publish(dialogue("news"))
    world.tell("aino", "Asked news")
    world.settle()
    assert world.reasons_of("aino") == [("dropped", "control_group")]
