"""Caps and collisions hold by when messages really left, however long they waited after their claim."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keskio.engine.pressure import Cap, Collision, Rules
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.api import publish, set_rules
from keskio.talk.explaining import explain_message
from keskio.talk.models import Message
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = 7 * 86_400_000_000


def one_message(key: str, *, purpose: str = "marketing", channel: str = "sms") -> str:
    """Return a dialogue that sends one message when its own event comes."""
    return f"""
keskio: dialogue/1
key: {key}
title: {{fi: Hei}}
purpose: {purpose}
languages: [fi]
trigger: {{event: Asked {key}}}
quiet: ignore
steps:
  hello: {{kind: send, channel: {channel}, text: {{fi: Hei}}}}
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    found = World(clock)
    found.person("aino")
    return found


def test_what_waited_for_a_provider_does_not_arrive_with_the_next(world: World) -> None:
    """The provider is down for eight days; a second message is rightly claimed meanwhile."""
    set_rules(Rules(caps=(Cap(limit=1, window=WEEK),)), by="test")
    for key in ("first", "second"):
        publish(one_message(key))
    world.tell("aino", "Asked first")
    world.run()
    world.clock.advance(timedelta(days=8))
    world.tell("aino", "Asked second")
    world.settle()
    assert len(world.outbox.sent) == 1
    (waiting,) = Message.objects.filter(state="claimed")
    with override("en"):
        explained = explain_message(waiting.pk, may_see_health=True)
    assert explained is not None
    assert explained.facts[-1].text == (
        "It waits to leave (The customer has already had as many messages as the rules allow)"
    )
    world.wait(days=6, hours=23)
    assert len(world.outbox.sent) == 1
    world.wait(hours=1)
    assert len(world.outbox.sent) == 2


def test_a_campaign_that_waited_gives_way_to_a_process_message_that_went(world: World) -> None:
    """The collision was none when the campaign was claimed; it is one when it would leave."""
    rule = Collision(loser="marketing", winner="service", window=WEEK)
    set_rules(Rules(collisions=(rule,)), by="test")
    publish(one_message("campaign"))
    publish(one_message("invoice", purpose="service", channel="email"))
    world.tell("aino", "Asked campaign")
    world.run()
    world.clock.advance(timedelta(hours=2))
    world.tell("aino", "Asked invoice")
    world.run()
    world.send_in("email")
    world.settle()
    assert [outgoing.channel for outgoing in world.outbox.sent] == ["email"]
    world.wait(days=7)
    assert [outgoing.channel for outgoing in world.outbox.sent] == ["email", "sms"]


MOVES = st.lists(
    st.tuples(
        st.integers(1, 60),  # hours that go by
        st.sampled_from(["", "first", "second", "third"]),  # what is asked for
        st.sets(st.sampled_from(["sms", "email"])),  # which providers are up
    ),
    max_size=25,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=MOVES)
def test_no_outage_makes_one_more_than_the_cap(
    world: World, moves: list[tuple[int, str, set[str]]]
) -> None:
    set_rules(Rules(caps=(Cap(limit=2, window=WEEK),)), by="test")
    if not world.outbox.sent and len(world.people) == 1:
        for key, channel in (("first", "sms"), ("second", "email"), ("third", "sms")):
            publish(one_message(key, channel=channel).replace("quiet:", "reentry: always\nquiet:"))
    name = f"person-{len(world.people)}"
    customer = world.person(name)
    for hours, asked, up in moves:
        if asked:
            world.tell(name, f"Asked {asked}")
        world.run()
        for channel in sorted(up):
            world.send_in(channel)
        world.run()
        world.clock.advance(timedelta(hours=hours))
    world.settle()
    sql = "SELECT handed_at FROM talk_message WHERE customer_id = %s AND state = 'sent' ORDER BY 1"
    gone = [at for (at,) in fetch(sql, (customer,))]
    assert all(third - first >= WEEK for first, third in zip(gone, gone[2:], strict=False))
