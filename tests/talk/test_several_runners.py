"""Several runners beside each other: everybody is taken once, whoever comes, goes or dies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.api import publish
from keskio.talk.runner import WORK, Runner
from tests.talk.test_runner import ASKING, hello
from tests.talk.world import World, books

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = [f"p{number}" for number in range(12)]


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    world = World(clock)
    publish(hello("ask", steps=ASKING, extra="quiet: ignore"))
    for name in PEOPLE:
        world.person(name)
    return world


def settle(world: World, runners: list[Runner]) -> None:
    """Let all runners look around and take what is theirs until nothing is left."""
    for _ in range(4):
        world.clock.advance(timedelta(seconds=3))
        for runner in runners:
            while runner.turn(world.clock.micros()):
                pass


def claims() -> list[int]:
    return [row[0] for row in fetch("SELECT customer_id FROM talk_message ORDER BY customer_id")]


def test_three_runners_take_everybody_once(world: World) -> None:
    runners = [Runner(owner=f"runner-{number}", batch=3) for number in range(3)]
    settle(world, runners)
    for name in PEOPLE:
        world.tell(name, "Asked")
    settle(world, runners)
    assert claims() == sorted(world.people.values())
    held = fetch(
        "SELECT holder, count(*) FROM jobs_partition WHERE work = %s GROUP BY holder", (WORK,)
    )
    assert sorted(count for _, count in held) == [20, 22, 22]
    assert all(inside == outside for inside, outside in books().values())


def test_what_a_dead_runner_had_is_taken_up_where_it_stood(world: World) -> None:
    one, two = Runner(owner="one"), Runner(owner="two")
    settle(world, [one, two])
    for name in PEOPLE:
        world.tell(name, "Asked")
    assert one.turn(world.clock.micros())  # the other one never does its part
    assert 0 < len(claims()) < len(PEOPLE)
    world.clock.advance(timedelta(seconds=11))
    settle(world, [one])
    assert claims() == sorted(world.people.values())


def test_a_timer_fires_at_the_one_runner_that_holds_its_customer(world: World) -> None:
    runners = [Runner(owner=f"runner-{number}") for number in range(2)]
    settle(world, runners)
    for name in PEOPLE:
        world.tell(name, "Asked")
    settle(world, runners)
    world.clock.advance(timedelta(hours=3))
    settle(world, runners)
    ends = fetch("SELECT outcome, count(*) FROM talk_enrolment GROUP BY outcome")
    assert ends == [("missed", len(PEOPLE))]


def test_numbers_of_enrolments_never_meet(world: World) -> None:
    first, second = Runner(owner="first"), Runner(owner="second")
    settle(world, [first, second])
    for name in PEOPLE:
        world.tell(name, "Asked")
    settle(world, [second, first])
    numbers = [row[0] for row in fetch("SELECT id FROM talk_enrolment")]
    assert len(set(numbers)) == len(PEOPLE)
