"""The pages of contact pressure: the rules in sentences, their editor, who would win, trials."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import translation

from keskio.engine.pressure import Cap, Collision, Control, Quiet, Rules
from keskio.engine.times import DAY, HOUR
from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.talk.api import publish, set_rules
from keskio.talk.contact.models import Trial
from keskio.talk.contact.queries import rules_now
from keskio.talk.contact.ranking import candidates_of
from keskio.talk.contact.trials import Trials
from keskio.talk.contact.words import sentences
from keskio.talk.programs import Programs
from keskio.web.actions import create_user
from keskio.web.roles import ADMIN, EDITOR, READER
from tests.talk.contact.test_gate_live import dialogue
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)

RULES = Rules(
    caps=(Cap(2, 7 * DAY, "email", "marketing"), Cap(1, 36 * HOUR, pressure="process")),
    quiet=Quiet(22 * 60, 7 * 60),
    collisions=(Collision("marketing", "process", 7 * DAY),),
    controls=(Control("2026", 0.05, ("marketing", "survey")),),
)
SENT = {
    "caps": 2,
    "cap0-limit": 2,
    "cap0-length": 7,
    "cap0-unit": "days",
    "cap0-pressure": "marketing",
    "cap0-channel": "email",
    "cap1-limit": 1,
    "cap1-length": 36,
    "cap1-unit": "hours",
    "cap1-pressure": "process",
    "cap1-channel": "*",
    "collisions": 1,
    "collision0-loser": "marketing",
    "collision0-winner": "process",
    "collision0-length": 7,
    "quiet": "on",
    "start": "22:00",
    "end": "07:00",
    "zone": "Europe/Helsinki",
    "arbitrates": "on",
    "controls": 1,
    "control0-key": "2026",
    "control0-share": 5,
    "control0-classes": "marketing, survey",
}


@pytest.fixture
def signed_in(db: None) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(create_user(role, password="kuutamo-järvellä-88", role=role))
        return client

    return sign_in


def test_rules_are_said_in_plain_sentences() -> None:
    with translation.override("en"):
        assert sentences(RULES) == [
            "Marketing, E-mail: at most 2 messages in any 7 days.",
            "Process messages, all channels: at most one message in any 1 day 12 hours.",
            "Marketing: never within 7 days of this, which goes first: process messages.",
            "A control group of 5 % gets none of this: marketing, surveys (group 2026).",
            "Nothing but answers goes between 22:00 and 7:00 by the customer's clock"
            " (Europe/Helsinki where it is not known).",
            "Where there is not room for all, what is planned and worth more keeps its place.",
        ]
        assert sentences(Rules(quiet=None)) == [
            "Nothing limits how many messages a customer may get.",
            "Messages may go at any hour.",
        ]


def test_an_administrator_changes_the_rules(signed_in: Callable[[str], Client]) -> None:
    client = signed_in(ADMIN)
    assert client.get("/contact/change/").status_code == 200
    wrong = client.post("/contact/change/", {**SENT, "cap0-length": "", "zone": "Mars/Base"})
    assert (wrong.status_code, rules_now().by) == (200, "")
    assert client.post("/contact/change/", SENT).status_code == 302
    dated = rules_now()
    assert (dated.rules, dated.by) == (RULES, ADMIN)
    assert client.post("/contact/change/", {**SENT, "caps": 1, "quiet": ""}).status_code == 302
    shown = client.get("/contact/").content.decode()
    assert "Messages may go at any hour." in shown
    assert "Process messages, all channels" in shown  # among the earlier ones


def test_others_may_not(signed_in: Callable[[str], Client]) -> None:
    assert signed_in(EDITOR).post("/contact/change/", SENT).status_code == 403
    reader = signed_in(READER)
    assert reader.get("/contact/").status_code == 200
    assert reader.post("/contact/try/", SENT).status_code == 403


def test_who_would_win_for_one_customer(
    clock: VirtualClock, signed_in: Callable[[str], Client]
) -> None:
    set_rules(Rules((Cap(1, 7 * DAY),), None), by="")
    world = World(clock)
    aino = world.person("aino")
    publish(dialogue("best", wait="3 days", more="worth: {value: 40, probability: 0.5}"))
    publish(dialogue("news", wait="2 days", more="worth: {value: 10, probability: 0.5}"))
    world.tell("aino", "Asked news")
    world.tell("aino", "Asked best")
    world.settle()
    client = signed_in(READER)
    for asked in (f"#{aino}", "aino@example.com"):
        shown = client.get("/contact/customer/", {"q": asked}).content.decode()
        assert shown.index("/dialogues/best/") < shown.index("/dialogues/news/")
        assert "would go now" in shown
        assert "ranked higher. The winner: best." in shown
    assert "Nobody was found" in client.get("/contact/customer/?q=nobody").content.decode()
    assert client.get("/contact/customer/").status_code == 200


def test_who_would_win_says_nothing_of_health_to_those_who_may_not_see_it(
    clock: VirtualClock, signed_in: Callable[[str], Client]
) -> None:
    world = World(clock)
    aino = world.person("aino", consents=(ConsentRow("health", "sms"),))
    publish(dialogue("pressure", wait="3 days").replace("purpose: marketing", "purpose: health"))
    world.tell("aino", "Asked pressure")
    world.settle()
    shown = signed_in(READER).get("/contact/customer/", {"q": f"#{aino}"}).content.decode()
    assert "It is about health" in shown
    assert "/dialogues/pressure/" not in shown


def test_a_message_that_may_soon_be_too_late_is_as_urgent_on_the_page_as_at_the_gate(
    clock: VirtualClock,
) -> None:
    world = World(clock)
    aino = world.person("aino")
    publish(dialogue("soon", wait="1 day").replace("text:", "valid: {for: 1 day}, text:"))
    world.tell("aino", "Asked soon")
    world.settle()
    programs = Programs()
    programs.refresh()
    (found,), _ = candidates_of(aino, programs, Rules(), clock.micros())
    assert found.urgency == 1.5  # a day is left
    assert found.rank == found.value * found.probability * found.urgency


def test_a_trial_is_begun_watched_and_stopped(
    clock: VirtualClock, signed_in: Callable[[str], Client]
) -> None:
    world = World(clock)
    world.person("aino")
    publish(dialogue("news"))
    world.tell("aino", "Asked news")
    world.settle()
    world.wait(hours=1)
    client = signed_in(EDITOR)
    assert client.get("/contact/try/").status_code == 200
    begun = client.post("/contact/try/", SENT)
    address = begun.headers["Location"]
    assert "waits for its turn" in client.get(address).content.decode()
    job = Trials()
    while job.turn(clock.micros()):
        pass
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert ("ready" in part, "<html" in part, "news" in part) == (True, False, True)
    client.post(f"{address}stop/")
    assert Trial.objects.get().state == Trial.State.DONE
    other = client.post("/contact/try/", SENT).headers["Location"]
    client.post(f"{other}stop/")
    assert Trial.objects.order_by("-id")[0].state == Trial.State.STOPPED
    assert client.get(other).status_code == 200
