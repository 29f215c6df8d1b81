"""Case 4: order 7068527 of 16 January 2011 asks to be reminded in 90 days; once more, and no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keskio.engine.pressure import Cap, Rules
from keskio.kernel.clock import VirtualClock, to_micros
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from tests.flows.town import local
from tests.talk.world import World, books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
YEAR = 365 * 24 * 3600 * 1_000_000


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2011, 1, 16, 12, 20, tzinfo=UTC))
    # No marketing may go at all: a reminder that was asked for is not marketing.
    set_rules(Rules(caps=(Cap(limit=0, window=YEAR, pressure="marketing"),)), by="test")
    publish_built_in()
    publish_playbook("asked-for-reminder", variables={"shop": "Linssikauppa"})
    return World(clock)


def order(world: World, name: str, number: str, *, remind_on: str | None = "2011-04-16") -> None:
    asked: dict[str, Any] = {"remind_on": remind_on} if remind_on else {}
    world.tell(
        name,
        "Order Completed",
        order_id=number,
        ordered_on="2011-01-16",
        product="Kuukausilinssit, 6 kpl",
        reorder_url=f"https://linssit.example/uudelleen/{number}",
        **asked,
    )


def until(world: World, at: datetime) -> None:
    world.wait(microseconds=to_micros(at) - world.clock.micros())


def test_the_first_reminder_comes_after_ninety_days_without_any_consent(world: World) -> None:
    world.person("aino", consents=())
    order(world, "aino", "7068527")
    until(world, local(2011, 4, 16, 9, 59))
    assert world.steps_to("aino") == []
    until(world, local(2011, 4, 16, 10, 1))
    ((step, text),) = world.texts_to("aino")
    assert step == "first-reminder"
    assert text == (
        "Hei Aino! Pyysit 16.1.2011 tilausta 7068527 tehdessäsi, että muistutamme sinua nyt:"
        " Kuukausilinssit, 6 kpl. Tilaa samat uudelleen yhdellä napsautuksella:"
        " https://linssit.example/uudelleen/7068527 Linssikauppa"
    )


def test_the_second_and_last_comes_ninety_days_later_and_says_so(world: World) -> None:
    world.person("aino")
    order(world, "aino", "7068527")
    until(world, local(2011, 7, 15, 9, 59))
    assert world.steps_to("aino") == ["first-reminder"]
    until(world, local(2011, 7, 15, 10, 1))
    assert world.steps_to("aino") == ["first-reminder", "last-reminder"]
    assert "toinen ja viimeinen muistutus" in world.texts_to("aino")[1][1]
    world.wait(days=800)
    assert world.steps_to("aino") == ["first-reminder", "last-reminder"]
    assert world.ends_of("aino") == [(1, "not-ordered")]


def test_an_order_ends_it_before_the_first_and_between_the_two(world: World) -> None:
    for name in ("aino", "eero"):
        world.person(name)
        order(world, name, "7068527")
    until(world, local(2011, 3, 1, 12))
    order(world, "aino", "7070001", remind_on=None)
    until(world, local(2011, 5, 2, 9))
    order(world, "eero", "7071122", remind_on=None)
    world.wait(days=400)
    assert world.steps_to("aino") == []
    assert world.steps_to("eero") == ["first-reminder"]


def test_an_order_that_asks_again_begins_anew(world: World) -> None:
    world.person("aino")
    order(world, "aino", "7068527")
    until(world, local(2011, 4, 20, 12))
    order(world, "aino", "7071122", remind_on="2011-07-19")
    world.wait(days=400)
    assert world.steps_to("aino") == ["first-reminder", "first-reminder", "last-reminder"]
    assert "7071122" in world.texts_to("aino")[1][1]


def test_nobody_is_reminded_who_did_not_ask(world: World) -> None:
    world.person("aino")
    order(world, "aino", "7068527", remind_on=None)
    world.wait(days=400)
    assert world.steps_to("aino") == []
    assert world.ends_of("aino") == []


def test_stop_ends_it_at_once(world: World) -> None:
    world.person("siiri", email=None)
    order(world, "siiri", "7068527")
    until(world, local(2011, 4, 16, 11))
    world.reply("siiri", "LOPETA")
    world.wait(days=400)
    assert world.steps_to("siiri") == ["first-reminder", "confirm"]
    assert all(entered == found for entered, found in books().values())
