"""Case 1 on the database: the bicycle shop's autumn service, day by day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.talk.api import add_offer, publish_playbook
from tests.talk.world import World, books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2012, 9, 1, 6, 0, tzinfo=UTC))
    add_offer("winter-bicycle-20", title={"fi": "Talvipyörät -20 %"}, prefix="TALVI")
    publish_playbook("stop-confirmation")
    publish_playbook("bicycle-autumn-service")
    return World(clock)


def test_a_leads_to_thanks_and_a_call_and_never_to_helmets(world: World) -> None:
    world.person("aino")
    world.wait(days=10)
    world.reply("aino", "A")
    world.settle()
    (task,) = world.events_of("aino", "task.given")
    assert task["due_at"] == int(datetime(2012, 9, 12, 13, 0, tzinfo=UTC).timestamp() * 1e6)
    assert task["title"]["fi"].endswith("aika (85 €)")
    world.reply("aino", "A")
    world.settle()
    world.tell("aino", "task.done", enrolment=task["enrolment"], visit=task["visit"])
    world.wait(days=150)
    assert world.steps_to("aino") == ["invite", "thank"]
    assert world.ends_of("aino") == [(1, "served")]
    assert world.reasons_of("aino") == [("nothing", "no_open_question")]


def test_b_gives_a_code_that_is_the_customers_own(world: World) -> None:
    world.person("aino")
    world.person("eero", language="en")
    world.wait(days=10)
    world.reply("aino", " b ")
    world.reply("eero", "B")
    world.settle()
    first, second = world.texts_to("aino")[1][1], world.texts_to("eero")[1][1]
    assert first.startswith("Tässä koodisi: TALVI-")
    assert second.startswith("Here is your code: TALVI-")
    assert first.split("TALVI-")[1][:9] != second.split("TALVI-")[1][:9]


def test_another_answer_gets_guidance_and_the_question_stays_open(world: World) -> None:
    world.person("aino")
    world.wait(days=10)
    world.reply("aino", "Ahaa kiitos")
    world.settle()
    world.reply("aino", "a.")
    world.settle()
    assert world.steps_to("aino") == ["invite", "guide", "thank"]


def test_stop_is_confirmed_once_and_nothing_follows(world: World) -> None:
    world.person("aino")
    world.wait(days=10)
    world.reply("aino", "LOPETA")
    world.reply("aino", "stop")
    world.wait(days=150)
    world.reply("aino", "STOP")
    world.settle()
    assert world.steps_to("aino") == ["invite", "confirm"]
    assert world.ends_of("aino") == [(2, "permission_withdrawn"), (1, "confirm.sent")]


def test_silence_leads_to_the_helmets_and_signing_up(world: World) -> None:
    world.person("aino")
    world.person("eero")
    world.wait(days=68)
    assert world.steps_to("aino") == ["invite", "helmets"]
    world.reply("aino", "A")
    world.wait(days=100)
    assert world.steps_to("aino") == ["invite", "helmets", "confirm"]
    assert world.ends_of("aino") == [(1, "registered")]
    assert world.ends_of("eero") == [(1, "no-reaction")]


def test_an_answer_after_the_end_is_told_so(world: World) -> None:
    world.person("aino")
    world.person("eero")
    world.wait(days=31)
    world.reply("aino", "A")
    world.wait(days=60)
    world.reply("eero", "A")
    world.settle()
    assert world.steps_to("aino") == ["invite", "tell-late", "helmets"]
    assert world.steps_to("eero") == ["invite", "helmets", "tell-over"]


def test_without_permission_nothing_is_sent_and_it_is_said_why(world: World) -> None:
    world.person("ville", consents=())
    world.person("eeva", consents=[ConsentRow("marketing", "email")])
    world.wait(days=10)
    assert world.steps_to("ville") == []
    assert world.reasons_of("ville") == [("dropped", "no_permission")]
    assert [outgoing.channel for outgoing in world.outbox.sent] == ["email"]


def test_the_books_balance_at_every_moment(world: World) -> None:
    for name in ("aino", "eero", "ville", "siiri"):
        world.person(name)
    for days in (10, 5, 10, 30, 30, 60):
        world.wait(days=days)
        if days == 5:
            world.reply("aino", "A")
            world.reply("siiri", "STOP")
            world.run()
        assert all(entered == found for entered, found in books().values())
