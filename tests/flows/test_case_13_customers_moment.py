"""Case 13: the third period is to play: those who follow now and allow live offers, at once or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keskio.engine.pressure import Cap, Quiet, Rules
from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from tests.flows.village import Village
from tests.talk.world import CONSENTS

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
LIVE = (*CONSENTS, ConsentRow("live", "sms"))
MATCH = "Ketju–Kide"


@pytest.fixture
def world(clock: VirtualClock) -> Village:
    clock.turn_to(datetime(2026, 3, 7, 19, 0, tzinfo=UTC))  # nine in the evening: quiet hours
    set_rules(Rules(caps=(Cap(limit=4, window=7 * 86_400_000_000),), quiet=Quiet()), by="test")
    publish_built_in()
    publish_playbook("customers-moment")
    world = Village(clock)
    for name in ("aino", "left", "earlier", "elsewhere"):
        world.person(name, consents=LIVE)
    world.person("not-live")
    world.wait(minutes=1)
    return world


def test_only_those_present_now_who_allow_it_and_within_seconds(world: Village) -> None:
    world.tell("earlier", "Match Followed", match=MATCH)
    world.wait(minutes=16)
    for name in ("aino", "left", "not-live"):
        world.tell(name, "Match Followed", match=MATCH)
    world.tell("elsewhere", "Match Followed", match="Toinen–Kolmas")
    world.wait(minutes=3)
    world.tell("left", "Match Left", match=MATCH)
    world.wait(seconds=30)
    world.announce("Period Ended", match=MATCH, period=1, score="1–0")
    world.wait(seconds=5)
    assert world.steps_to("aino") == []  # the first period is no moment
    world.announce("Period Ended", match=MATCH, period=2, score="2–2")
    world.wait(seconds=2)
    ((step, text),) = world.texts_to("aino")
    assert step == "moment"
    assert text.startswith("Ketju–Kide: tilanne 2–2, kolmas erä vielä pelaamatta!")
    for name in ("left", "earlier", "elsewhere", "not-live"):
        assert world.steps_to(name) == []
    world.announce("Period Ended", match=MATCH, period=2, score="2–2")
    world.wait(minutes=1)
    assert len(world.steps_to("aino")) == 1  # once for one match


def test_a_standstill_of_sixteen_minutes_leaves_nothing_to_send(world: Village) -> None:
    world.tell("aino", "Match Followed", match=MATCH)
    world.settle()
    world.announce("Period Ended", match=MATCH, period=2, score="2–2")
    world.clock.advance(timedelta(minutes=16))
    world.settle()
    assert world.steps_to("aino") == []
    assert world.reasons_of("aino") == [("dropped", "too_late")]
    assert world.ends_of("aino") == [(1, "missed")]


def test_what_was_claimed_but_not_handed_over_in_time_never_leaves(world: Village) -> None:
    world.tell("aino", "Match Followed", match=MATCH)
    world.settle()
    world.announce("Period Ended", match=MATCH, period=2, score="2–2")
    world.run()  # claimed, but the sender stands still
    world.clock.advance(timedelta(minutes=15))
    world.settle()
    assert world.outbox.sent == []
    assert world.steps_to("aino") == []
