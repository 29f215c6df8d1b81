"""A survey as a step of a dialogue: e-mail, a scanner, an answer, a low score; by text message; fatigue."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client

from keskio.engine.pressure import Rules
from keskio.events.api import events_after
from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.listen.surveys.actions import publish_survey
from keskio.listen.surveys.following import RestedResponses, SurveyFollower
from keskio.listen.surveys.models import Invitation, Response
from keskio.talk.api import publish, set_rules
from tests.listen.surveys.making import NPS
from tests.talk.world import CONSENTS, World

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
ASKED = (*CONSENTS, ConsentRow("research", "sms"), ConsentRow("research", "email"))
DIALOGUE = """
keskio: dialogue/1
key: after-service
title: {fi: Huollon jälkeen, en: After service}
purpose: service
languages: [fi]
trigger: {event: Service Completed}
reentry: always
steps:
  ask:
    kind: survey
    survey: SURVEY
    channel: CHANNEL
    subject: Miten sujui?
    text: >-
      Suosittelisitko? {{ survey_link }}
      {% for one in survey_scores %}{{ one.link }} {% endfor %}Ei enää: {{ preferences }}
    reminder: "Ehtisitkö vastata? {{ survey_link }} {{ preferences }}"
    then: "Kiitos! Miksi {{ score }}?"
    outcomes:
      answered.detractor: sorry
      answered: thanks
      partial: part
      timeout: silent
      dropped: not-asked
  sorry: {kind: end, outcome: detractor}
  thanks: {kind: end, outcome: answered}
  part: {kind: end, outcome: partial}
  silent: {kind: end, outcome: silent}
  not-asked: {kind: end, outcome: not-asked}
"""


class Town(World):
    """A world in which surveys follow the log too."""

    def settle(self) -> None:
        """Run and send until everything rests, the surveys' jobs too."""
        super().settle()
        while SurveyFollower().turn(self.clock.micros()):
            pass
        RestedResponses().turn(self.clock.micros())
        super().settle()

    def said(self, name: str) -> list[dict[str, Any]]:
        """Return the properties of all events of a name."""
        return [
            msgspec.json.decode(event.body)["properties"]
            for event in events_after(0, 10_000)
            if event.name == name
        ]


@pytest.fixture
def world(clock: VirtualClock) -> Town:
    clock.turn_to(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    cache.clear()
    set_rules(Rules(), by="test")
    return Town(clock)


def live(survey: str = "nps", channel: str = "email", text: str = NPS) -> None:
    publish_survey(text)
    publish(DIALOGUE.replace("SURVEY", survey).replace("CHANNEL", channel))


def test_a_scanner_records_nothing_a_person_does_and_a_low_score_asks_for_a_case(
    world: Town,
) -> None:
    live()
    aino = world.person("aino", consents=ASKED)
    world.tell("aino", "Service Completed")
    world.settle()
    (mail,) = world.outbox.sent
    links = re.findall(r"http\S+?(/s/\S+)", mail.text)
    assert len(links) == 12
    assert mail.one_click
    client = Client()
    for link in links:
        assert client.get(link).status_code == 200
    world.settle()
    assert (Response.objects.count(), world.ends_of("aino")) == (0, [(0, "")])
    place = client.post(links[0], {"answer": "2", "comment-detractor": "Hidas"})["Location"]
    client.post(place, {"answer": "Odotin kaksi tuntia"})
    world.settle()
    assert world.ends_of("aino") == [(1, "detractor")]
    (low,) = world.said("survey.low_score")
    assert (low["customer"], low["score"], low["comment"]) == (
        aino,
        2,
        "Hidas\nOdotin kaksi tuntia",
    )
    invitation = Invitation.objects.get()
    assert (invitation.customer_id, invitation.state, invitation.channel) == (aino, "sent", "email")
    assert Response.objects.get().invitation_id == invitation.pk


def test_silence_is_reminded_of_once(world: Town) -> None:
    live()
    world.person("aino", consents=ASKED)
    world.tell("aino", "Service Completed")
    world.wait(days=4)
    assert len(world.outbox.sent) == 1
    world.wait(days=2)
    assert [mail.text.split("?")[0] for mail in world.outbox.sent] == [
        "Suosittelisitko",
        "Ehtisitkö vastata",
    ]
    world.wait(days=20)
    assert len(world.outbox.sent) == 2
    assert world.ends_of("aino") == [(1, "silent")]
    assert Invitation.objects.get().state == "sent"


def test_whoever_answers_is_not_reminded(world: Town) -> None:
    live()
    world.person("aino", consents=ASKED)
    world.tell("aino", "Service Completed")
    world.settle()
    link = re.findall(r"http\S+?(/s/\S+)", world.outbox.sent[0].text)[0]
    Client().post(link, {"answer": "9"})
    world.wait(days=22)
    assert len(world.outbox.sent) == 1
    assert world.ends_of("aino") == [(1, "answered")]


def test_a_score_and_a_comment_come_by_text_message(world: Town) -> None:
    live(channel="sms")
    world.person("aino", consents=ASKED)
    world.tell("aino", "Service Completed")
    world.settle()
    world.reply("aino", "3")
    world.settle()
    assert world.outbox.sent[-1].text == "Kiitos! Miksi 3?"
    assert world.ends_of("aino") == [(0, "")]
    world.reply("aino", "Auto jäi likaiseksi")
    world.settle()
    assert world.ends_of("aino") == [(1, "detractor")]
    row = Response.objects.get()
    assert (row.answers, row.comments, row.channel) == (
        {"score": 3},
        {"score": "Auto jäi likaiseksi"},
        "sms",
    )
    (told,) = world.said("survey.answered")
    assert (told["nps"], told["comment"]) == (3, "Auto jäi likaiseksi")
    assert [low["severity"] for low in world.said("survey.low_score")] == ["high"]


def test_a_score_without_a_comment_counts_when_nothing_more_comes(world: Town) -> None:
    live(channel="sms")
    world.person("aino", consents=ASKED)
    world.tell("aino", "Service Completed")
    world.settle()
    world.reply("aino", "10")
    world.wait(hours=1)
    world.settle()
    assert Response.objects.get().completed_at is not None
    world.wait(days=3)
    assert world.ends_of("aino") == [(1, "answered")]


def test_an_unfinished_answer_is_told_after_a_while(world: Town) -> None:
    live()
    world.person("aino", consents=ASKED)
    world.tell("aino", "Service Completed")
    world.settle()
    link = re.findall(r"http\S+?(/s/\S+)", world.outbox.sent[0].text)[0]
    Client().post(link, {"answer": "5"})
    world.wait(hours=1)
    world.settle()
    assert world.ends_of("aino") == [(1, "partial")]
    assert [told["complete"] for told in world.said("survey.answered")] == [False]
    assert [low["score"] for low in world.said("survey.low_score")] == [5]


TOUCH = NPS.replace("key: nps", "key: touch").replace(
    "relationship", "touchpoint\ntouchpoint: service"
)
OTHER = TOUCH.replace("key: touch", "key: other")


def reasons() -> list[tuple[str, str]]:
    rows = Invitation.objects.order_by("id").values_list("survey__key", "state", "reason")
    return [(key, reason or state) for key, state, reason in rows]


def test_two_clocks_and_a_reserved_place_with_a_reason_for_everybody(world: Town) -> None:
    for text in (TOUCH, OTHER, NPS):
        publish_survey(text)
    for key, event in (("touch", "One"), ("other", "Two"), ("nps", "Three")):
        text = DIALOGUE.replace("SURVEY", key).replace("CHANNEL", "email")
        text = text.replace("key: after-service", f"key: ask-{key}")
        publish(text.replace("Service Completed", event))
    world.person("aino", consents=ASKED)
    world.tell("aino", "One")
    world.settle()
    world.wait(days=8)
    world.tell("aino", "Two")  # another within 30 days
    world.settle()
    world.tell("aino", "Three")  # the relationship survey keeps its place
    world.settle()
    world.wait(days=31)
    world.tell("aino", "One")  # the same within 90 days
    world.tell("aino", "Two")
    world.settle()
    assert reasons() == [
        ("touch", "sent"),
        ("other", "surveyed_lately"),
        ("nps", "sent"),
        ("touch", "asked_this_lately"),
        ("other", "sent"),
    ]


def test_two_surveys_of_one_moment_are_one(world: Town) -> None:
    for text in (TOUCH, OTHER):
        publish_survey(text)
    for key in ("touch", "other"):
        text = DIALOGUE.replace("SURVEY", key).replace("CHANNEL", "email")
        publish(text.replace("key: after-service", f"key: ask-{key}"))
    world.person("aino", consents=ASKED)
    world.tell("aino", "Service Completed")
    world.settle()
    assert len(world.outbox.sent) == 1
    assert sorted(reason for _, reason in reasons()) == ["sent", "surveyed_lately"]


def test_consent_quota_share_and_closing_each_leave_their_reason(world: Town) -> None:
    live(text=NPS + "asking: {quotas: [{limit: 1}]}\n")
    world.person("ville")
    world.tell("ville", "Service Completed")
    world.person("aino", consents=ASKED)
    world.tell("aino", "Service Completed")
    world.settle()
    link = re.findall(r"http\S+?(/s/\S+)", world.outbox.sent[0].text)[0]
    Client().post(link, {"answer": "9"})
    world.person("eero", consents=ASKED)
    world.tell("eero", "Service Completed")
    world.settle()
    publish_survey(NPS + "asking: {share: 0 %}\n")
    world.person("siiri", consents=ASKED)
    world.tell("siiri", "Service Completed")
    world.settle()
    assert [reason for _, reason in reasons()] == [
        "no_permission",
        "sent",
        "quota_full",
        "not_drawn",
    ]
    assert len(world.outbox.sent) == 1
    assert [told["reason"] for told in world.said("survey.not_asked")] == [
        "no_permission",
        "quota_full",
        "not_drawn",
    ]
