"""Audiences that come again by a rule, that are spread out, and people brought in by their dates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keskio.engine.times import parse_moment
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.actions import publish, set_dialogue_state
from keskio.talk.dating import Dates
from keskio.talk.documents import compile_text
from keskio.talk.invitations import dates_of, launch_times, rule_fault
from tests.engine.making import AINO
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = "Europe/Helsinki"


def definition(trigger: str, *, extra: str = "") -> str:
    return f"""
keskio: dialogue/1
key: news
title: {{fi: Uutiset}}
purpose: service
languages: [fi]
reentry: always
trigger: {trigger}
{extra}
steps:
  hello: {{kind: send, channel: sms, text: {{fi: Hei}}, quiet: ignore}}
"""


def at(text: str) -> int:
    return parse_moment(text, ZONE)


def program_of(text: str) -> Any:
    program, findings = compile_text(text)
    assert program is not None, findings
    return program


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))  # a Monday noon in Helsinki
    return World(clock)


def entered() -> int:
    return int(fetch("SELECT count(*) FROM talk_enrolment")[0][0])


def test_a_rule_goes_by_the_clock_on_both_sides_of_its_changes() -> None:
    monthly = program_of(
        definition("{audience: {at: 2026-01-05T09:00, rrule: 'FREQ=MONTHLY;BYDAY=1MO'}}")
    )
    found = list(launch_times(monthly, at("2026-01-01T00:00"), at("2026-05-01T00:00")))
    days = ("2026-01-05", "2026-02-02", "2026-03-02", "2026-04-06")
    assert found == [at(f"{day}T09:00") for day in days]  # summer time began on 29 March


@pytest.mark.parametrize("rule", ["FREQ=NOW", "EVERY=DAY", "FREQ=DAILY;UNTIL=20200101"])
def test_a_rule_that_says_nothing_is_found(rule: str) -> None:
    text = definition("{audience: {at: 2026-01-05T09:00, rrule: '" + rule + "'}}")
    assert rule_fault(program_of(text)) != ""


def test_an_audience_comes_again_at_its_times_and_what_was_missed_is_not_made_up_for(
    world: World,
) -> None:
    world.person("aino")
    publish(definition("{audience: {at: 2026-03-02T13:00, rrule: 'FREQ=WEEKLY'}}"))
    world.wait(hours=2)
    assert world.steps_to("aino") == ["hello"]
    world.wait(days=7)
    assert world.steps_to("aino") == ["hello"] * 2
    world.clock.turn_to(datetime(2026, 4, 21, 10, 0, tzinfo=UTC))  # six weeks of standstill
    world.settle()
    world.settle()
    assert len(world.steps_to("aino")) == 3


def test_an_audience_is_spread_over_its_time(world: World) -> None:
    for number in range(20):
        world.person(f"p{number}")
    publish(definition("{audience: {at: 2026-03-02T13:00, spread: {over: 4 hours}}}"))
    world.clock.turn_to(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))  # an hour has gone
    world.settle()
    assert 3 <= entered() <= 7
    world.clock.turn_to(datetime(2026, 3, 2, 13, 0, tzinfo=UTC))
    world.settle()
    assert 8 <= entered() <= 12
    world.clock.turn_to(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    world.settle()
    assert entered() == 20


def test_an_audience_comes_in_at_its_rate(world: World) -> None:
    for number in range(20):
        world.person(f"p{number}")
    publish(definition("{audience: {at: 2026-03-02T13:00, spread: {per_hour: 8}}}"))
    counts = []
    for hours in (1, 2, 3):
        world.clock.turn_to(datetime(2026, 3, 2, 11 + hours, 0, tzinfo=UTC))
        world.settle()
        counts.append(entered())
    assert counts == [8, 16, 20]


# dates


def look(world: World, *, size: int = 200_000) -> None:
    dates = Dates(size=size)
    while dates.turn(world.clock.micros()):
        pass
    world.settle()


def test_a_birthday_brings_in_each_year_on_its_day(world: World) -> None:
    world.person("aino", birthday="1980-03-05")
    world.person("leap", birthday="1992-02-29")
    world.person("dull")
    publish(definition("{date: {of: customer.birthday, at: '09:00', every: year}}"))
    came: dict[str, list[int]] = {"aino": [], "leap": [], "dull": []}
    for year, month, day in [(2026, 3, 5), (2027, 2, 28), (2027, 3, 5), (2028, 2, 29)]:
        world.clock.turn_to(datetime(year, month, day, 6, 0, tzinfo=UTC))  # eight in Helsinki
        look(world, size=1)
        before = {name: len(world.steps_to(name)) for name in came}
        world.clock.turn_to(datetime(year, month, day, 8, 0, tzinfo=UTC))
        look(world, size=1)
        for name, times in came.items():
            times.append(len(world.steps_to(name)) - before[name])
    assert came == {"aino": [1, 0, 1, 0], "leap": [0, 1, 0, 1], "dull": [0, 0, 0, 0]}


def test_a_look_twice_or_late_invites_once(world: World) -> None:
    world.person("aino", contract_ends="2026-03-20")
    publish(definition("{date: {of: customer.contract_ends, before: 14 days, at: '09:00'}}"))
    world.clock.turn_to(datetime(2026, 3, 8, 12, 0, tzinfo=UTC))  # two days late
    look(world)
    look(world)
    world.clock.turn_to(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
    look(world)
    assert world.steps_to("aino") == ["hello"]


def test_each_object_comes_by_its_own_date() -> None:
    program = program_of(
        definition(
            "{date: {of: object.delivered_on, for: 10 months, at: '09:00'}}",
            extra="object: {kind: car, key: car}",
        )
    )
    from msgspec.structs import replace

    from keskio.engine.conditions import Owned

    cars = [
        Owned("car", "ABC-1", {"delivered_on": "2025-05-10", "model": "307"}),
        Owned("car", "XYZ-9", {"delivered_on": "soon"}),
    ]
    facts = replace(AINO, objects={"car": cars})
    (found,) = dates_of(program, facts, at("2026-03-01T00:00"), at("2026-04-01T00:00"))
    assert (found.at, found.key, found.properties["car"], found.properties["model"]) == (
        at("2026-03-10T09:00"),
        "ABC-1",
        "ABC-1",
        "307",
    )


def test_hours_after_a_date_may_be_many(world: World) -> None:
    world.person("aino", bought_on="2026-02-20")
    publish(definition("{date: {of: customer.bought_on, for: 400 hours, at: '09:00'}}"))
    world.clock.turn_to(datetime(2026, 3, 9, 0, 0, tzinfo=UTC))  # 8 March at nine and sixteen hours
    look(world)
    assert entered() == 1


def test_an_audience_waits_while_its_dialogue_is_paused(world: World) -> None:
    world.person("aino")
    publish(definition("{audience: {at: 2026-03-02T13:00}}"))
    set_dialogue_state("news", "paused")
    world.clock.turn_to(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    world.settle()
    assert entered() == 0
    set_dialogue_state("news", "live")
    world.settle()
    assert world.steps_to("aino") == ["hello"]


def test_an_audience_keeps_to_its_rate_after_a_pause_and_in_a_new_version(world: World) -> None:
    for number in range(40):
        world.person(f"p{number:02}")
    trigger = "{audience: {at: 2026-03-02T13:00, spread: {per_hour: 8}}}"
    publish(definition(trigger))
    counts = []
    for hour, done in ((12, "paused"), (14, "live"), (15, "new"), (16, "")):
        world.clock.turn_to(datetime(2026, 3, 2, hour, 0, tzinfo=UTC))
        world.settle()
        counts.append(entered())
        if done == "new":
            publish(definition(trigger).replace("Hei", "Moi"))
            world.settle()
            counts.append(entered())
        elif done:
            set_dialogue_state("news", done)
    assert counts == [8, 8, 16, 16, 24]


def test_the_rest_of_an_audience_comes_into_the_new_version_also_where_it_comes_again(
    world: World,
) -> None:
    for number in range(20):
        world.person(f"p{number:02}")
    trigger = "{audience: {at: 2026-03-02T13:00, rrule: 'FREQ=WEEKLY', spread: {per_hour: 8}}}"
    publish(definition(trigger))
    world.clock.turn_to(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    world.settle()
    publish(definition(trigger).replace("Hei", "Moi"))
    world.clock.turn_to(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    world.settle()
    world.settle()
    assert entered() == 20
