"""Case 6: three different visits to one model in fourteen days: an accessory package, once, fifty in all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from keskio.engine.pressure import Rules
from keskio.events.api import append_events
from keskio.events.contracts import Envelope, NewEvent
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.handlers import absorb, place
from keskio.talk.api import add_offer, publish_built_in, publish_playbook, set_rules
from tests.flows.village import Village
from tests.talk.world import books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


@pytest.fixture
def world(clock: VirtualClock) -> Village:
    clock.turn_to(datetime(2026, 5, 4, 8, 0, tzinfo=UTC))
    set_rules(Rules(quiet=None), by="test")
    publish_built_in()
    add_offer("accessory-package", title={"fi": "Varustepaketti"}, prefix="VARUSTE", stock=50)
    publish_playbook("repeated-interest")
    return Village(clock)


def look(world: Village, name: str, visit: str, model: str = "Tuuli") -> None:
    world.tell(name, "Model Viewed", model=model, session_id=visit)
    world.settle()


def test_three_different_visits_of_one_model_bring_the_offer_once(world: Village) -> None:
    world.person("aino", seller="matti")
    for visit in ("s1", "s1", "s1", "s2"):
        look(world, "aino", visit)
    look(world, "aino", "s3", "Myrsky")
    assert world.steps_to("aino") == []  # two visits, and one to another model
    world.wait(days=3)
    look(world, "aino", "s4")
    ((step, text),) = world.texts_to("aino")
    assert step == "tell"
    assert "Saat uuteen Tuuli-autoosi varustepaketin, jonka arvo on 2 000 €" in text
    assert "voimassa 48 tuntia koodilla VARUSTE-" in text
    (task,) = world.tasks_of("aino")
    assert (task.assignee, task.queue) == ("matti", "sellers")
    assert task.due_at is not None
    assert (task.due_at - task.given_at).total_seconds() == 48 * 3600
    world.do("aino")
    look(world, "aino", "s5")
    world.wait(days=20)
    for visit in ("t1", "t2", "t3"):
        look(world, "aino", visit)
    assert len(world.steps_to("aino")) == 1
    assert world.ends_of("aino") == [(1, "contacted")]


def test_visits_older_than_fourteen_days_do_not_count(world: Village) -> None:
    world.person("aino")
    look(world, "aino", "s1")
    world.wait(days=8)
    look(world, "aino", "s2")
    world.wait(days=7)
    look(world, "aino", "s3")
    assert world.steps_to("aino") == []
    world.wait(days=5)
    look(world, "aino", "s4")
    assert world.steps_to("aino") == ["tell"]


def test_after_48_hours_the_sellers_time_is_over(world: Village) -> None:
    world.person("aino", seller="matti")
    for visit in ("s1", "s2", "s3"):
        look(world, "aino", visit)
    world.wait(hours=49)
    assert world.ends_of("aino") == [(1, "ran-out")]
    assert [task.state for task in world.tasks_of("aino", state="overdue")] == ["overdue"]


def test_at_most_fifty_get_it(world: Village) -> None:
    for number in range(53):
        name = f"p{number}"
        world.person(name, phone=f"+35845{number:06}")
        for visit in ("s1", "s2", "s3"):
            world.tell(name, "Model Viewed", model="Tuuli", session_id=visit)
    world.settle()
    told = [name for name in world.people if world.steps_to(name)]
    assert len(told) == 50
    assert [world.ends_of(f"p{n}") for n in (50, 51, 52)] == [[(1, "sold-out")]] * 3
    assert all(entered == found for entered, found in books().values())


def _visit(world: Village, visit: str, *identifiers: tuple[str, str], **traits: str) -> int:
    """Let a browser tell of a visit, or of who its user is; return whose it is taken to be."""
    now = world.clock.micros()
    body = '{"properties": {"model": "Tuuli", "session_id": "' + visit + '"}}'
    name = "customer.identified" if traits else "Model Viewed"
    envelope = Envelope(name, now, now, 1, "", identifiers, body, dict(traits) or None, True)
    with transaction.atomic():
        placed = place([envelope])
        customer = placed.customers[0]
        follow = absorb([envelope], placed)
        append_events([NewEvent(customer, name, now, body, record=placed.records[0]), *follow])
    world.settle()
    world.clock.advance(HOUR)
    return customer


def test_anonymous_visits_count_once_the_visitor_is_known(world: Village) -> None:
    browser = ("anonymous_id", "b-1")
    first = [_visit(world, visit, browser) for visit in ("a1", "a2")]
    known = world.person("aino")
    _visit(world, "a2", ("user_id", "aino"), browser, first_name="Aino")
    assert len(set(first)) == 1
    assert world.steps_to("aino") == []
    look(world, "aino", "k1")
    assert world.steps_to("aino") == ["tell"]
    assert fetch("SELECT count(*) FROM talk_message")[0][0] == 1
    assert known == world.people["aino"]


def test_three_anonymous_visits_wait_until_the_visitor_is_known(world: Village) -> None:
    browser = ("anonymous_id", "b-2")
    for visit in ("a1", "a2", "a3"):
        _visit(world, visit, browser)
    assert fetch("SELECT count(*) FROM talk_message")[0][0] == 0
    world.wait(days=2)
    world.person("aino")
    _visit(world, "a3", ("user_id", "aino"), browser, first_name="Aino")
    world.wait(hours=1)
    assert fetch("SELECT step, state FROM talk_message") == [("tell", "sent")]
