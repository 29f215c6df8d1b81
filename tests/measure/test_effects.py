"""What a dialogue caused: control group, goal, money, stops; and each purchase credited once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from keskio.events.api import move_cursor
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.know.uniting import merge_customers
from keskio.measure.following import CURSOR, EffectFollower
from keskio.measure.models import Credit, Exposure
from keskio.measure.queries import Credited, arms_of, credits_between, effects
from keskio.talk.api import invite, publish
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def definition(key: str, *, extra: str = "", steps: str = "", rest: str = "20 days") -> str:
    return f"""
keskio: dialogue/1
key: {key}
title: {{fi: Tarjous, en: Offer}}
purpose: marketing
languages: [fi]
trigger: {{hand: true}}
reentry: always
goal: {{event: Ordered, value: total, within: 10 days, ends: false}}
{extra}
steps:
{steps or "  hello: {kind: send, channel: sms, text: {fi: Hei}}"}
  rest: {{kind: wait, for: {rest}}}
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    return World(clock)


def follow() -> None:
    follower = EffectFollower()
    while follower.turn(now_micros()):
        pass


def group(world: World, size: int) -> list[str]:
    names = [f"p{number}" for number in range(size)]
    for name in names:
        world.person(name)
    return names


def arms(world: World) -> dict[str, str]:
    found = dict(Exposure.objects.values_list("customer_id", "arm"))
    return {name: found[customer] for name, customer in world.people.items()}


def test_treated_and_control_are_compared_when_their_time_is_over(world: World) -> None:
    publish(definition("offer", extra="control: 50 %"))
    names = group(world, 40)
    invite("offer", [world.people[name] for name in names])
    world.settle()
    follow()
    by_arm = arms(world)
    held_out = [name for name in names if by_arm[name] == "control"]
    treated = [name for name in names if by_arm[name] == "treated"]
    assert 8 < len(held_out) < 32
    assert all(world.steps_to(name) == [] for name in held_out)
    for name in treated[:6]:
        world.tell(name, "Ordered", total=50)
    world.tell(held_out[0], "Ordered", total=20)
    world.wait(days=11)
    world.tell(treated[7], "Ordered", total=999)  # too late to count
    follow()
    (effect,) = effects(now_micros())
    assert (effect.treated.n, effect.treated.goals, effect.treated.total) == (
        len(treated),
        6,
        300.0,
    )
    assert (effect.control.n, effect.control.goals, effect.control.total) == (
        len(held_out),
        1,
        20.0,
    )
    assert effect.goal is not None
    assert effect.goal.difference == pytest.approx(6 / len(treated) - 1 / len(held_out))
    assert effect.goal.verdict == "not_enough"
    assert effect.ahead == 0


def test_those_whose_time_is_not_over_are_not_compared_yet(world: World) -> None:
    publish(definition("offer"))
    world.person("aino")
    invite("offer", [world.people["aino"]])
    world.settle()
    world.tell("aino", "Ordered", total=50)
    follow()
    (effect,) = effects(now_micros())
    assert (effect.treated.n, effect.ahead, effect.goal) == (0, 1, None)


def test_one_person_is_one_observation_however_often_she_comes_in(world: World) -> None:
    publish(definition("offer", rest="1 minute"))
    world.person("aino")
    for _ in range(3):
        invite("offer", [world.people["aino"]])
        world.wait(minutes=2)
    world.wait(days=11)
    follow()
    (effect,) = effects(now_micros())
    assert (effect.treated.n, Exposure.objects.count()) == (1, 3)


def test_the_same_part_of_the_log_twice_counts_once(world: World) -> None:
    publish(definition("offer"))
    world.person("aino")
    invite("offer", [world.people["aino"]])
    world.settle()
    world.tell("aino", "Ordered", total=50)
    follow()

    class StoppedInTheMiddle(Exception):
        """The process was killed before its commit."""

    def killed() -> None:
        with transaction.atomic():
            EffectFollower().turn(now_micros())
            raise StoppedInTheMiddle

    world.tell("aino", "Ordered", total=70)
    with pytest.raises(StoppedInTheMiddle):
        killed()
    follow()
    follow()
    exposure = Exposure.objects.get()
    assert (exposure.goals, exposure.value) == (2, 120.0)
    assert Credit.objects.count() == 2


def test_a_purchase_is_credited_once_to_who_wrote_last(world: World) -> None:
    publish(definition("first"))
    publish(definition("second"))
    for name in ("aino", "eero", "siiri"):
        world.person(name)
    invite("first", [world.people["aino"], world.people["eero"]])
    world.wait(days=2)
    invite("second", [world.people["aino"]])
    world.settle()
    for name in world.people:
        world.tell(name, "Ordered", total=50)
    follow()
    now = now_micros()
    assert sorted(credits_between(0, now + 1), key=_key) == [
        Credited("", 1, 50.0),
        Credited("first", 1, 50.0),
        Credited("second", 1, 50.0),
    ]
    with transaction.atomic():
        move_cursor(CURSOR, 0)  # a rebuild: what is there stays as it is
    follow()
    assert Credit.objects.count() == 3


def _key(credited: Credited) -> Any:
    return credited.dialogue


def test_arms_of_an_experiment_are_compared(world: World) -> None:
    steps = """
  which: {kind: split, arms: {a: 50, b: 50}, outcomes: {a: hello, b: rest}}
  hello: {kind: send, channel: sms, text: {fi: Hei}}
"""
    publish(definition("trial", steps=steps))
    names = group(world, 30)
    invite("trial", [world.people[name] for name in names])
    world.settle()
    for name in names:
        if world.steps_to(name):
            world.tell(name, "Ordered", total=10)
    world.wait(days=11)
    follow()
    first, second = arms_of("trial", now_micros())
    assert (first.arm, first.group.goals, first.than) == ("a", first.group.n, None)
    assert (second.arm, second.group.goals) == ("b", 0)
    assert first.group.n + second.group.n == 30
    assert second.than is not None
    assert second.than.difference == -1.0


def test_who_stops_is_counted_as_a_guard(world: World) -> None:
    publish(definition("offer"))
    world.person("aino")
    invite("offer", [world.people["aino"]])
    world.settle()
    world.reply("aino", "STOP")
    world.settle()
    follow()
    assert Exposure.objects.get().stops >= 1


def test_what_she_does_under_the_number_that_remains_counts(world: World) -> None:
    publish(definition("offer"))
    for name in ("visitor", "aino"):
        world.person(name)
    invite("offer", [world.people["visitor"]])
    world.settle()
    merge_customers(world.people["visitor"], world.people["aino"])
    world.settle()
    world.tell("aino", "Ordered", total=50)
    invite("offer", [world.people["aino"]])  # the same person once more
    world.settle()
    follow()
    rows = Exposure.objects.order_by("id").values_list("goals", "value", "is_first")
    assert list(rows) == [(1, 50.0, True)]
    assert Credit.objects.get().dialogue == "offer"


def test_versions_without_a_control_group_are_not_compared_with_those_that_had_one(
    world: World,
) -> None:
    publish(definition("offer"))
    early = group(world, 5)
    invite("offer", [world.people[name] for name in early])
    world.settle()
    for name in early:
        world.tell(name, "Ordered", total=50)  # a good season
    world.wait(days=30)
    publish(definition("offer", extra="control: 50 %"))
    late = [f"late{number}" for number in range(20)]
    for name in late:
        world.person(name)
    invite("offer", [world.people[name] for name in late])
    world.wait(days=11)
    follow()
    (effect,) = effects(now_micros())
    assert effect.treated.n + effect.control.n == len(late)
    assert effect.goal is not None
    assert effect.goal.difference == 0.0


def test_versions_with_different_shares_held_out_are_compared_each_for_itself(world: World) -> None:
    """Nobody is moved by the offer: only the season, and the share held out, changed between versions."""
    for season, (share, buys) in enumerate([("50 %", 5), ("10 %", 2), ("10 %", 2)]):
        publish(definition("offer", extra=f"control: {share}", rest=f"{20 + season} days"))
        names = [f"s{season}n{number}" for number in range(60)]
        for name in names:
            world.person(name)
        invite("offer", [world.people[name] for name in names])
        world.settle()
        follow()
        by_arm = dict(Exposure.objects.values_list("customer_id", "arm"))
        for arm in ("treated", "control"):
            own = [name for name in names if by_arm[world.people[name]] == arm]
            for name in own[: len(own) // buys]:
                world.tell(name, "Ordered", total=50)
        world.wait(days=11)
    follow()
    (effect,) = effects(now_micros())
    assert effect.strata == 2  # the second and the third version held out the same share
    assert effect.treated.n + effect.control.n == 180
    assert effect.goal is not None
    assert effect.treated.share - effect.control.share > 0.1
    assert abs(effect.goal.difference) < 0.06
    assert effect.expected_share == pytest.approx(effect.treated.share - effect.goal.difference)
