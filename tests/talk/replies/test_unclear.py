"""A reply that two open questions understand goes to a person, whose decision goes to the dialogue."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.sql import run
from keskio.talk.actions import invite, publish
from keskio.talk.replies.actions import AlreadyDecided, NotAsked, decide
from keskio.talk.replies.following import UnclearFollower
from keskio.talk.replies.models import Unclear
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def asking(key: str) -> str:
    return f"""
keskio: dialogue/1
key: {key}
title: {{fi: Kysely {key}, en: Question {key}}}
purpose: marketing
languages: [fi]
trigger: {{hand: true}}
steps:
  ask:
    kind: ask
    channel: sms
    text: {{fi: "A vai B?"}}
    for: 5 days
    choices: {{A: {{}}, B: {{}}}}
    outcomes: {{A: chose-a, B: chose-b, other: back, none: nothing}}
  chose-a: {{kind: end, outcome: chose-a}}
  chose-b: {{kind: end, outcome: chose-b}}
  nothing: {{kind: end, outcome: nothing}}
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    found = World(clock)
    found.person("aino")
    for key in ("one", "two"):
        publish(asking(key))
        invite(key, [found.people["aino"]])
        found.wait(minutes=1)
    found.reply("aino", "A")
    found.settle()
    UnclearFollower().turn(now_micros())
    return found


def test_an_unclear_reply_moves_no_dialogue_and_waits_for_a_person(world: World) -> None:
    reply = Unclear.objects.get()
    assert (reply.text, len(reply.enrolments), reply.decided_at) == ("A", 2, None)
    assert world.ends_of("aino") == [(0, ""), (0, "")]
    assert world.reasons_of("aino") == [("nothing", "answer_unclear")] * 2


def test_the_decision_is_the_answer(world: World) -> None:
    reply = Unclear.objects.get()
    decide(reply, reply.enrolments[1], by="eero")
    world.settle()
    assert world.ends_of("aino") == [(0, ""), (1, "chose-a")]
    with pytest.raises(AlreadyDecided):
        decide(reply, reply.enrolments[0], by="siiri")
    world.settle()
    assert world.ends_of("aino") == [(0, ""), (1, "chose-a")]


def test_none_of_them_moves_none_and_a_stranger_s_question_is_refused(world: World) -> None:
    reply = Unclear.objects.get()
    with pytest.raises(NotAsked):
        decide(reply, 123_456, by="eero")
    decide(reply, None, by="eero")
    world.settle()
    assert world.ends_of("aino") == [(0, ""), (0, "")]
    assert Unclear.objects.get().decided_by == "eero"


def test_the_page_lists_and_takes_the_decision(world: World) -> None:
    from keskio.web.actions import create_user

    client = Client(headers={"accept-language": "en"})
    client.force_login(create_user("eero", password="kuutamo-järvellä-88", role="editor"))
    page = client.get("/messages/unclear/").content.decode()
    assert "Question one" in page
    reply = Unclear.objects.get()
    client.post(f"/messages/unclear/{reply.pk}/", {"question": "x"})
    assert Unclear.objects.get().decided_at is None
    client.post(f"/messages/unclear/{reply.pk}/", {"question": str(reply.enrolments[0])})
    world.settle()
    assert world.ends_of("aino") == [(1, "chose-a"), (0, "")]
    assert "Nothing waits for a decision" in client.get("/messages/unclear/").content.decode()


def test_what_may_be_about_health_is_hidden_and_left_to_those_who_may_see_it(world: World) -> None:
    from keskio.web.actions import create_user

    health = asking("two").replace("purpose: marketing", "purpose: health")
    publish(health)
    run("UPDATE talk_enrolment SET version_id = (SELECT max(id) FROM talk_version)")
    client = Client(headers={"accept-language": "en"})
    client.force_login(create_user("eero", password="kuutamo-järvellä-88", role="editor"))
    page = client.get("/messages/unclear/").content.decode()
    assert "It is about health" in page
    assert '<p class="said">' not in page
    reply = Unclear.objects.get()
    chosen = {"question": str(reply.enrolments[0])}
    assert client.post(f"/messages/unclear/{reply.pk}/", chosen).status_code == 403
    assert Unclear.objects.get().decided_at is None


def test_a_clear_reply_goes_to_the_one_question_that_is_left(world: World) -> None:
    reply = Unclear.objects.get()
    decide(reply, reply.enrolments[0], by="eero")
    world.settle()
    world.reply("aino", "B")
    world.settle()
    assert world.ends_of("aino") == [(1, "chose-a"), (1, "chose-b")]
