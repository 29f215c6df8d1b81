"""Case 8: five friends have recommended the same product: two of them are named, who have allowed it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keskio.engine.pressure import Rules
from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.talk.api import add_offer, publish_built_in, publish_playbook, set_rules
from tests.flows.village import Village
from tests.talk.world import CONSENTS

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
FRIENDS = ("maija", "pekka", "liisa", "antti", "veera", "timo")
NAMED = (*CONSENTS, ConsentRow("naming", "web"))


@pytest.fixture
def world(clock: VirtualClock) -> Village:
    clock.turn_to(datetime(2026, 5, 4, 8, 0, tzinfo=UTC))
    set_rules(Rules(quiet=None), by="test")
    publish_built_in()
    add_offer("friends-delivery", title={"fi": "Ilmainen toimitus"}, prefix="YSTAVA")
    publish_playbook("friends-recommend")
    world = Village(clock)
    world.person("aino", friends=[*FRIENDS, "stranger"])
    for name in FRIENDS:
        allowed = NAMED if name in ("pekka", "antti", "veera") else CONSENTS
        world.person(name, consents=allowed, friends=["aino"])
    world.person("stranger", consents=NAMED, friends=[])  # aino names him, he does not name her
    world.wait(minutes=1)
    return world


def recommend(world: Village, *names: str) -> None:
    for name in names:
        url = "https://ketju.example/kahvi-3"
        world.tell(name, "Product Recommended", product="kahvi-3", url=url)
        world.wait(minutes=10)


def test_five_friends_and_two_of_them_named(world: Village) -> None:
    recommend(world, "stranger", "maija", "pekka", "liisa", "antti", "antti")
    assert world.steps_to("aino") == []  # four friends; a stranger and a second time do not count
    recommend(world, "veera")
    ((step, text),) = world.texts_to("aino")
    assert step == "tell"
    assert text.startswith("Veera, Antti ja 3 muuta ystävääsi suosittelevat sinulle tuotetta")
    assert "24 tunnin sisällä" in text
    assert "YSTAVA-" in text
    assert not any(name in text for name in ("Maija", "Liisa", "Stranger"))
    recommend(world, "timo")
    assert len(world.steps_to("aino")) == 1  # once for one product
    assert all(world.steps_to(name) == [] for name in FRIENDS)


def test_who_has_bought_or_recommended_it_already_hears_nothing(world: Village) -> None:
    world.tell("aino", "Order Completed", product="kahvi-3", revenue=89)
    recommend(world, *FRIENDS)
    assert world.steps_to("aino") == []
    assert world.events_of("aino", "friends.") == []


def test_who_buys_is_asked_to_recommend_on(world: Village) -> None:
    recommend(world, *FRIENDS[:5])
    world.wait(hours=20)
    world.tell("aino", "Order Completed", product="kahvi-3", revenue=89)
    world.wait(days=12)
    assert world.steps_to("aino") == ["tell", "recommend-on"]
    assert world.ends_of("aino") == [(1, "bought")]


def test_who_does_not_buy_in_a_day_is_asked_nothing(world: Village) -> None:
    recommend(world, *FRIENDS[:5])
    world.wait(hours=25)
    world.tell("aino", "Order Completed", product="kahvi-3", revenue=89)
    world.wait(days=12)
    assert world.steps_to("aino") == ["tell"]
    assert world.ends_of("aino") == [(1, "not-bought")]


def test_without_names_only_the_number_is_told(world: Village) -> None:
    for name in ("maija", "liisa", "timo"):
        recommend(world, name)
    assert world.events_of("aino", "friends.")[-1]["friends"] == 3
    assert world.events_of("aino", "friends.")[-1]["named"] == []
