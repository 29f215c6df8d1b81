"""One dialogue that starts or stops another: at once where it may, refused where it may not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keskio.kernel.clock import VirtualClock
from keskio.talk.actions import invite, publish, set_dialogue_state
from tests.talk.world import World, books

pytestmark = pytest.mark.django_db(transaction=True)


def definition(key: str, steps: str, *, reentry: str = "always") -> str:
    return f"""
keskio: dialogue/1
key: {key}
title: {{fi: "{key}"}}
purpose: service
languages: [fi]
trigger: {{hand: true}}
reentry: {reentry}
steps:
{steps}
"""


def starting(key: str, other: str) -> str:
    return definition(
        key,
        f"""
  go: {{kind: start, dialogue: {other}, outcomes: {{started: started, refused: refused}}}}
  started: {{kind: end, outcome: started}}
  refused: {{kind: end, outcome: refused}}
""",
    )


RESTING = "  rest: {kind: wait, for: 20 days}\n"


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    found = World(clock)
    found.person("aino")
    return found


def begin(world: World, key: str) -> None:
    invite(key, [world.people["aino"]])
    world.settle()


def test_another_dialogue_is_started(world: World) -> None:
    publish(starting("first", "second"))
    publish(definition("second", RESTING))
    begin(world, "first")
    assert world.ends_of("aino") == [(1, "started"), (0, "")]


@pytest.mark.parametrize("state", ["missing", "paused", "inside"])
def test_one_that_cannot_take_her_refuses(world: World, state: str) -> None:
    publish(starting("first", "second"))
    if state != "missing":
        publish(definition("second", RESTING))
    if state == "paused":
        set_dialogue_state("second", "paused")
    if state == "inside":
        begin(world, "second")
    begin(world, "first")
    assert (1, "refused") in world.ends_of("aino")


def test_another_dialogue_is_stopped(world: World) -> None:
    stopping = """
  go: {kind: stop, dialogue: second, outcomes: {stopped: out, refused: out}}
  out: {kind: end}
"""
    publish(definition("first", stopping))
    publish(definition("second", RESTING))
    begin(world, "second")
    begin(world, "first")
    assert world.ends_of("aino") == [(2, "stopped_by_dialogue"), (1, "out")]
    assert all(entered == told for entered, told in books().values())


def test_two_that_start_each_other_come_to_rest(world: World) -> None:
    publish(starting("first", "second"))
    publish(starting("second", "first"))
    begin(world, "first")
    ends = world.ends_of("aino")
    assert ends[-1] == (1, "refused")
    assert 10 <= len(ends) <= 21
    assert ("nothing", "started_too_often") in world.reasons_of("aino")
