"""Case 7: an interest meets new stock: the best match, once in seven days, free delivery for a day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keskio.engine.pressure import Rules
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import import_people
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.talk.api import add_offer, publish_built_in, publish_playbook, set_rules
from tests.flows.village import Village
from tests.talk.world import books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(clock: VirtualClock) -> Village:
    clock.turn_to(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    set_rules(Rules(quiet=None), by="test")
    publish_built_in()
    add_offer("free-delivery", title={"fi": "Ilmainen toimitus"}, prefix="VAPAA", per_customer=100)
    publish_playbook("new-stock")
    return Village(clock)


def product(world: Village, name: str, *tags: str) -> None:
    world.announce("Product Added", name=name, url=f"https://ketju.example/{name}", tags=list(tags))


def test_each_hears_of_the_best_match_and_no_more_than_one_in_seven_days(world: Village) -> None:
    world.person("aino", interests=["jazz", "film noir"])
    world.person("eero", bought_genres=["rock"])
    world.person("siiri", interests=["opera"])
    world.person("ville", consents=(), interests=["jazz"])
    world.wait(minutes=5)
    product(world, "lp", "jazz")
    world.wait(minutes=30)
    product(world, "dvd", "jazz", "film noir")
    product(world, "rock-lp", "Rock")
    world.wait(minutes=29)
    assert world.steps_to("aino") == []  # what comes within the hour competes
    world.wait(minutes=2)
    ((step, text),) = world.texts_to("aino")
    assert step == "tell"
    assert text.startswith(
        "Hei Aino! dvd saapui juuri, ja arvelimme sen osuvan makuusi (film noir, jazz)."
    )
    assert "ilmainen koodilla VAPAA-" in text
    assert "rock-lp" in world.texts_to("eero")[0][1]
    assert world.steps_to("siiri") == []
    assert world.steps_to("ville") == []
    assert world.reasons_of("ville") == [("dropped", "no_permission")]

    world.wait(days=5)
    product(world, "another", "jazz", "film noir", "rock")
    world.wait(hours=2)
    assert [len(world.steps_to(name)) for name in ("aino", "eero")] == [1, 1]
    world.wait(days=2)
    product(world, "later", "jazz")
    world.wait(hours=2)
    assert [len(world.steps_to(name)) for name in ("aino", "eero")] == [2, 1]
    assert all(entered == found for entered, found in books().values())


def test_a_day_to_order(world: Village) -> None:
    world.person("aino", interests=["jazz"])
    world.person("eero", interests=["jazz"])
    world.wait(minutes=5)
    product(world, "lp", "jazz")
    world.wait(hours=23)
    world.tell("aino", "Order Completed", product="lp", revenue=20)
    world.wait(hours=3)
    world.tell("eero", "Order Completed", product="lp", revenue=20)
    world.wait(hours=1)
    assert world.ends_of("aino") == [(1, "ordered")]
    assert world.ends_of("eero") == [(1, "not-ordered")]


def test_two_thousand_customers_are_told_in_slices(world: Village) -> None:

    consents = (ConsentRow("marketing", "email"),)
    import_people(
        [
            NewPerson(
                (("user_id", f"u{n}"), ("email", f"u{n}@example.com")),
                {"email": f"u{n}@example.com", "language": "fi", "interests": ["jazz"]},
                consents,
            )
            for n in range(2000)
        ]
    )
    world.wait(minutes=5)
    product(world, "lp", "jazz")
    world.wait(hours=2)
    assert fetch("SELECT count(*), count(DISTINCT customer_id) FROM talk_message") == [(2000, 2000)]
    assert fetch("SELECT invited FROM talk_fanout") == [(2000,)]
