"""Explain: each message, decision and silence in one plain sentence from what was stored; and who may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import translation

from keskio.channels.contracts import Unknown
from keskio.kernel.clock import VirtualClock
from keskio.know.api import everything_about
from keskio.know.contracts import ConsentRow
from keskio.know.privacy.models import SpecialName
from keskio.know.special import HEALTH_GROUP
from keskio.talk import shelf
from keskio.talk.absence import Answer, why_not
from keskio.talk.actions import CannotPublish
from keskio.talk.answers import latest_answers
from keskio.talk.api import add_offer, publish, publish_playbook, set_dialogue_state, take_out
from keskio.talk.contact.noting import note_contact
from keskio.talk.disclosing import disclosed
from keskio.talk.explaining import Explained, explain_all
from keskio.talk.models import Dialogue, Enrolment
from keskio.talk.patience import patient_people
from keskio.talk.programs import Programs
from keskio.web.actions import create_user
from keskio.web.roles import READER
from tests.talk.world import World

pytestmark = pytest.mark.django_db
KEY = "bicycle-autumn-service"
THANKS = """
keskio: dialogue/1
key: thanks
title: {fi: Kiitos, en: Thanks}
purpose: %s
languages: [fi]
trigger: {event: Order Completed, where: {property: total, at_least: 50}}
eligible: {trait: town, is: Oulu}
steps:
  thank: {kind: send, channel: sms, title: {fi: Kiitosviesti, en: Thank you}, text: "Kiitos! Ei enää: LOPETA"}
  use: {kind: wait, events: {used: Used}, outcomes: {used: end}}
ends: 2013-12-31
"""


@pytest.fixture
def world(clock: VirtualClock) -> World:
    clock.turn_to(datetime(2012, 9, 1, 6, 0, tzinfo=UTC))
    return World(clock)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Any:
    # What is rolled back leaves its numbers to the next test: nothing compiled may stay.
    monkeypatch.setattr(shelf, "_programs", Programs())
    with translation.override("en"):
        yield


def told_of(world: World, name: str, *, may_see_health: bool = True) -> list[Explained]:
    return explain_all(world.people[name], may_see_health=may_see_health)


def answer_for(world: World, name: str, key: str = "thanks", **more: Any) -> Answer:
    dialogue = Dialogue.objects.get(key=key)
    given = {"may_see_health": True, "language": "en", **more}
    return why_not(world.people[name], dialogue, **given)


def test_a_message_is_explained_by_trigger_step_permission_and_rules(world: World) -> None:
    publish(THANKS % "marketing")
    world.person("aino", town="Oulu")
    world.tell("aino", "Order Completed", total=85)
    world.settle()
    (one,) = told_of(world, "aino")
    assert one.sentence == (
        "The customer came into “Thanks” (version 1) on 1 Sep 2012, 09:00, when “Order Completed”"
        " happened; the step “Thank you” sent this message (SMS) on 1 Sep 2012, 09:00; it was allowed"
        " by the permission (marketing, SMS) given on 1 Sep 2012, 09:00, source: import; it was message"
        " 1 of at most 4 in 7 days."
    )
    assert [fact.key for fact in one.facts] == ["trigger", "step", "permission", "rules", "state"]
    assert (one.values["trigger"], one.values["trigger_event"]) == ("event", "Order Completed")


def test_a_message_that_carries_a_code_says_which(world: World) -> None:
    add_offer("winter-bicycle-20", title={"fi": "Talvipyörät -20 %"}, prefix="TALVI")
    publish_playbook(KEY)
    world.person("eero")
    world.wait(days=9, hours=1)
    world.reply("eero", "B")
    world.settle()
    first = told_of(world, "eero")[0]
    assert first.step_key == "send-coupon"
    assert "it carried the code TALVI" in first.sentence
    assert "with its audience" in first.sentence
    assert "it needed no separate permission (asked for by the customer)" in first.sentence


def test_what_was_not_sent_says_why(world: World) -> None:
    publish(THANKS % "marketing")
    world.person("ville", consents=(), town="Oulu")
    world.tell("ville", "Order Completed", total=85)
    world.settle()
    (one,) = told_of(world, "ville")
    assert (one.kind, one.verdict, one.reason) == ("decision", "dropped", "no_permission")
    assert one.sentence == (
        "The customer came into “Thanks” (version 1) on 1 Sep 2012, 09:00, when “Order Completed”"
        " happened; a message was not sent at the step “Thank you” on 1 Sep 2012, 09:00: The customer"
        " has not given permission for this purpose in this channel."
    )


@pytest.mark.parametrize(
    ("prepare", "code", "reason", "words"),
    [
        ({}, "no_event", "", "has not happened to the customer"),
        ({"total": 10}, "event_not_meant", "", "not in the way"),
        ({"total": 85, "town": "Turku"}, "refused", "not_eligible", "does not meet"),
        ({"total": 85}, "waiting", "", "waits at “use” since"),
        ({"total": 85, "consents": ()}, "dropped", "no_permission", "was not sent"),
        ({"total": 85, "out": True}, "exited", "taken_out", "went out of “Thanks”"),
    ],
)
def test_why_somebody_did_not_get_it(
    world: World, prepare: dict[str, Any], code: str, reason: str, words: str
) -> None:
    publish(THANKS % "marketing")
    consents = {"consents": prepare["consents"]} if "consents" in prepare else {}
    world.person("aino", town=prepare.get("town", "Oulu"), **consents)
    if "total" in prepare:
        world.tell("aino", "Order Completed", total=prepare["total"])
    world.settle()
    if "out" in prepare:
        take_out(world.people["aino"], Enrolment.objects.get().pk, by="eero")
        world.settle()
    found = answer_for(world, "aino")
    assert (found.code, found.reason) == (code, reason)
    assert words in found.sentence


def test_what_happened_before_the_dialogue_is_not_run(world: World) -> None:
    world.person("aino", town="Oulu")
    world.tell("aino", "Order Completed", total=85)
    world.wait(days=1)
    publish(THANKS % "marketing")
    assert answer_for(world, "aino").code == "event_before"


def test_a_dialogue_that_is_closed_or_has_not_begun_says_so(world: World) -> None:
    publish(THANKS % "marketing")
    publish_playbook(KEY)
    world.person("aino", town="Oulu")
    assert answer_for(world, "aino", KEY).code == "not_begun"
    set_dialogue_state("thanks", "closed")
    assert answer_for(world, "aino").code == "closed_dialogue"


def test_who_is_not_in_the_audience_is_told_so(world: World) -> None:
    publish_playbook(KEY)
    world.person("onni", earlier_customer=False)
    world.wait(days=9, hours=1)
    assert answer_for(world, "onni", KEY).code == "not_in_audience"


# health


def test_what_health_messages_say_is_hidden_from_those_who_may_not_see_it(world: World) -> None:
    publish(THANKS % "health")
    world.person("siiri", town="Oulu", consents=(ConsentRow("health", "sms"),))
    world.tell("siiri", "Order Completed", total=85)
    world.settle()
    (seen,), (hidden,) = told_of(world, "siiri"), told_of(world, "siiri", may_see_health=False)
    assert (seen.is_hidden, seen.text[:7], seen.dialogue) == (False, "Kiitos!", "Thanks")
    assert (hidden.is_hidden, hidden.text, hidden.dialogue, hidden.step) == (True, "", "", "")
    assert "Thanks" not in hidden.sentence
    assert answer_for(world, "siiri", may_see_health=False).code == "hidden"


def test_a_marketing_dialogue_may_not_use_health_data(world: World) -> None:
    SpecialName.objects.create(kind=SpecialName.Kind.EVENT, name="Order *")
    with pytest.raises(CannotPublish) as refused:
        publish(THANKS % "marketing")
    assert [f.code for f in refused.value.findings] == ["health_for_marketing"]
    assert not Dialogue.objects.exists()
    publish(THANKS % "health")
    assert Dialogue.objects.count() == 1
    assert world.people == {}


def test_answers_of_those_in_health_dialogues_are_hidden_at_home(world: World) -> None:
    publish(THANKS % "health")
    for name in ("siiri", "aino"):
        world.person(name, town="Oulu")
    world.tell("siiri", "Order Completed", total=85)
    for name in ("siiri", "aino"):
        world.reply(name, "142/88")
    world.settle()
    seen = {one.customer: one.text for one in latest_answers(9)}
    hidden = {
        one.customer: (one.text, one.is_hidden) for one in latest_answers(9, may_see_health=False)
    }
    siiri, aino = world.people["siiri"], world.people["aino"]
    assert seen == {siiri: "142/88", aino: "142/88"}
    assert hidden == {siiri: ("", True), aino: ("142/88", False)}


def test_an_experiment_is_named_with_its_arm(world: World) -> None:
    split = "  which: {kind: split, arms: {a: 1}, experiment: texts, outcomes: {a: thank}}\n  thank"
    publish((THANKS % "marketing").replace("  thank", split))
    world.person("aino", town="Oulu")
    world.tell("aino", "Order Completed", total=85)
    world.settle()
    (one,) = told_of(world, "aino")
    assert "in the experiment “texts” the customer is in “a”" in one.sentence


def test_what_people_have_sent_counts_in_the_explanation_as_it_did_at_the_gate(
    world: World,
) -> None:
    publish(THANKS % "marketing")
    aino = world.person("aino", town="Oulu")
    note_contact(aino, "sms", "marketing", world.clock.micros() - 3_600_000_000, "a letter")
    world.tell("aino", "Order Completed", total=85)
    world.settle()
    (one,) = told_of(world, "aino")
    assert "it was message 2 of at most 4 in 7 days" in one.sentence


def test_the_control_group_is_told_so(world: World) -> None:
    publish((THANKS % "marketing").replace("ends:", "control: 100 %\nends:"))
    world.person("aino", town="Oulu")
    world.tell("aino", "Order Completed", total=85)
    world.settle()
    found = answer_for(world, "aino")
    assert (found.code, found.reason) == ("ended", "control_group")
    assert found.sentence.startswith("The customer is in the control group of “Thanks”")


def test_who_got_it_is_told_when(world: World) -> None:
    publish(
        (THANKS % "marketing").replace("outcomes: {used: end}", "for: 1 day, outcomes: {used: end}")
    )
    world.person("aino", town="Oulu")
    world.tell("aino", "Order Completed", total=85)
    world.wait(days=2)
    found = answer_for(world, "aino")
    assert found.sentence == (
        "The customer got it; messages sent: 1, the last on 1 Sep 2012, 09:00."
        " “Thanks” ended on 2 Sep 2012, 09:00."
    )


# the customer's own version


def test_the_export_tells_the_customer_why_each_message_came(world: World) -> None:
    publish(THANKS % "marketing")
    aino = world.person("aino", town="Oulu")
    world.tell("aino", "Order Completed", total=85)
    world.settle()
    told = everything_about(aino)
    assert told is not None
    (row,) = told["held"]["talk.explained"]
    assert row == {
        "at": "2012-09-01T06:00:00+00:00",
        "fi": "Lähetimme sinulle viestin 1.9.2012 klo 9.00 (Tekstiviesti, Kiitos). Se tuli, koska"
        " 1.9.2012 klo 9.00 tapahtui: ”Order Completed”. Olit antanut siihen luvan 1.9.2012 klo 9.00"
        " (markkinointi; import).",
        "en": "We sent you a message on 1 Sep 2012, 09:00 (SMS, Thanks). It came because on 1 Sep 2012,"
        " 09:00 this happened: “Order Completed”. You had allowed it on 1 Sep 2012, 09:00 (marketing;"
        " import).",
    }


def test_the_export_tells_what_did_not_come(world: World) -> None:
    publish(THANKS % "marketing")
    world.person("ville", consents=(), town="Oulu")
    world.tell("ville", "Order Completed", total=85)
    world.settle()
    (row,) = disclosed([world.people["ville"]])
    assert row["en"] == (
        "We would have sent you a message on 1 Sep 2012, 09:00 (Thanks), but did not. The customer has"
        " not given permission for this purpose in this channel."
    )


# pages and the API


@pytest.fixture
def signed_in(db: None) -> Callable[[], Client]:
    def sign_in(*, health: bool = False) -> Client:
        person = create_user("reader", password="kuutamo-järvellä-88", role=READER)
        if health:
            person.groups.add(Group.objects.get_or_create(name=HEALTH_GROUP)[0])
        client = Client(headers={"accept-language": "en"})
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def test_an_unknown_message_about_health_is_not_read_by_everybody(
    world: World, signed_in: Callable[..., Client]
) -> None:
    publish(THANKS % "health")
    world.person("siiri", town="Oulu", consents=(ConsentRow("health", "sms"),))
    world.outbox.results.append(Unknown("the line broke"))
    world.tell("siiri", "Order Completed", total=85)
    world.settle()
    page = signed_in().get("/messages/unknown/").content.decode()
    assert "It is about health" in page
    assert "Kiitos" not in page


def test_pages_and_the_api_say_the_same(world: World, signed_in: Callable[[], Client]) -> None:
    publish(THANKS % "marketing")
    aino = world.person("aino", town="Oulu")
    world.tell("aino", "Order Completed", total=85)
    world.settle()
    client = signed_in()
    (one,) = told_of(world, "aino")
    page = client.get(f"/messages/why/{one.id}/").content.decode()
    assert one.sentence.replace("'", "&#x27;") in page
    told = client.get(f"/api/explain/messages/{one.id}/").json()
    assert (told["sentence"], told["values"]["trigger"]) == (one.sentence, "event")
    everything = client.get(f"/api/explain/customers/{aino}/").json()["explained"]
    assert [line["id"] for line in everything] == [one.id]
    answer = client.get(f"/api/explain/customers/{aino}/dialogues/thanks/").json()
    assert (answer["code"], len(answer["more"])) == ("waiting", 1)
    why = client.get(f"/customers/{aino}/why-not/", {"dialogue": "thanks"}).content.decode()
    assert answer["sentence"] in why


def test_the_api_sends_strangers_nowhere(world: World, client: Client) -> None:
    publish(THANKS % "marketing")
    aino = world.person("aino")
    stranger = client.get(f"/api/explain/customers/{aino}/")
    assert (stranger.status_code, stranger.json()) == (401, {"error": "not_signed_in"})


@pytest.mark.parametrize(
    "path", ["messages/99/", "decisions/99/", "customers/99/", "customers/99/dialogues/thanks/"]
)
def test_the_api_says_what_is_not_there(path: str, signed_in: Callable[[], Client]) -> None:
    found = signed_in().get(f"/api/explain/{path}")
    assert (found.status_code, found.json()) == (404, {"error": "not_found"})


def test_those_who_wait_without_a_deadline_are_listed(
    world: World, signed_in: Callable[[], Client]
) -> None:
    publish((THANKS % "marketing").replace("ends: 2013-12-31", "ends: {for: 3650 days}"))
    aino = world.person("aino", town="Oulu")
    world.tell("aino", "Order Completed", total=85)
    world.settle()
    world.wait(days=2)
    assert patient_people("en", limit=10) == []  # the dialogue's own end is a deadline
    Enrolment.objects.update(due_at=None)
    (row,) = patient_people("en", limit=10)
    assert (row.customer, row.dialogue, row.step_key) == (aino, "Thanks", "use")
    assert "Thanks" in signed_in().get("/dialogues/waiting/").content.decode()
