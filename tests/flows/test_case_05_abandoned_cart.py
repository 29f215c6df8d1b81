"""Case 5: things left in a basket, an order that comes in time, small and large baskets, once a week."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keskio.engine.pressure import Quiet, Rules
from keskio.kernel.clock import VirtualClock
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from tests.talk.world import World, books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))  # a Monday, ten o'clock in Helsinki
    set_rules(Rules(quiet=Quiet()), by="test")
    publish_built_in()
    publish_playbook("abandoned-cart", variables={"shop": "Ketju"})
    return World(clock)


def fill(world: World, name: str, *prices: float) -> None:
    items: list[dict[str, Any]] = [
        {"name": f"Tavara {number}", "price": price} for number, price in enumerate(prices, 1)
    ]
    url = f"https://ketju.example/kori/{name}"
    world.tell(name, "Cart Updated", items=items, total=sum(prices), cart_url=url)


def test_an_hour_without_an_order_brings_one_reminder_with_the_items(world: World) -> None:
    world.person("aino")
    fill(world, "aino", 20.5, 19)
    world.wait(minutes=59)
    assert world.steps_to("aino") == []
    world.wait(minutes=2)
    ((step, text),) = world.texts_to("aino")
    assert step == "cart-reminder"
    assert text.splitlines() == [
        "Hei Aino! Koriisi jäi:",
        "– Tavara 1, 20,50 €",
        "– Tavara 2, 19,00 €",
        "Yhteensä 39,50 €. Jatka siitä, mihin jäit: https://ketju.example/kori/aino",
        "Ketju. Ei enää viestejä: LOPETA",
    ]
    world.wait(days=20)
    assert world.steps_to("aino") == ["cart-reminder"]  # under 50 euros there is no second one
    assert world.ends_of("aino") == [(1, "not-ordered")]


def test_ordered_meanwhile_or_emptied_nothing_is_sent(world: World) -> None:
    for name in ("aino", "eero"):
        world.person(name)
        fill(world, name, 80)
    world.wait(minutes=50)
    world.tell("aino", "Order Completed", revenue=80)
    fill(world, "eero")
    world.wait(days=20)
    assert (world.steps_to("aino"), world.steps_to("eero")) == ([], [])
    assert [len(world.ends_of(name)) for name in ("aino", "eero")] == [1, 1]


def test_fifty_euros_are_not_over_fifty_and_a_large_basket_is_asked_twice(world: World) -> None:
    world.person("aino")
    world.person("eero", language="en")
    fill(world, "aino", 50)
    fill(world, "eero", 50.1)
    world.wait(hours=24)
    assert world.steps_to("eero") == ["cart-reminder"]
    world.wait(hours=1, minutes=1)
    assert world.steps_to("aino") == ["cart-reminder"]
    assert world.steps_to("eero") == ["cart-reminder", "second-reminder"]
    assert world.texts_to("eero")[1][1].startswith("Hi Eero! Your basket (€50.10) is safe for 7")


def test_an_order_between_the_reminders_cancels_the_second(world: World) -> None:
    world.person("aino")
    fill(world, "aino", 120)
    world.wait(hours=20)
    world.tell("aino", "Order Completed", revenue=120)
    world.wait(days=10)
    assert world.steps_to("aino") == ["cart-reminder"]


def test_at_most_one_in_a_week(world: World) -> None:
    world.person("aino")
    fill(world, "aino", 30)
    world.wait(days=3)
    fill(world, "aino", 30, 90)  # it was changed: the hour begins anew, but the week is not over
    world.wait(days=3)
    assert world.steps_to("aino") == ["cart-reminder"]
    world.wait(days=2)
    fill(world, "aino", 35)
    world.wait(hours=2)
    assert world.steps_to("aino") == ["cart-reminder", "cart-reminder"]


def test_each_change_begins_the_hour_anew_and_the_last_items_are_told(world: World) -> None:
    world.person("aino")
    fill(world, "aino", 10)
    world.wait(minutes=40)
    fill(world, "aino", 10, 15)
    world.wait(minutes=40)
    assert world.steps_to("aino") == []
    world.wait(minutes=21)
    assert "Yhteensä 25,00 €" in world.texts_to("aino")[0][1]


def test_a_basket_of_the_night_is_told_of_in_the_morning_unless_it_was_ordered(
    world: World,
) -> None:
    for name in ("aino", "eero"):
        world.person(name)
    world.wait(hours=12)
    for name in ("aino", "eero"):
        fill(world, name, 70)
    world.wait(hours=9)
    world.tell("eero", "Order Completed", revenue=70)
    world.wait(hours=2)
    assert (world.steps_to("aino"), world.steps_to("eero")) == (["cart-reminder"], [])


def test_without_permission_nothing_is_sent_and_stop_ends_it(world: World) -> None:
    world.person("ville", consents=())
    world.person("siiri", email=None)
    for name in ("ville", "siiri"):
        fill(world, name, 200)
    world.wait(hours=2)
    world.reply("siiri", "STOP")
    world.wait(days=10)
    assert world.steps_to("ville") == []
    assert ("dropped", "no_permission") in world.reasons_of("ville")
    assert world.steps_to("siiri") == ["cart-reminder", "confirm"]
    assert all(entered == found for entered, found in books().values())
