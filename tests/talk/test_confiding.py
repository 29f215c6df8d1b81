"""Who is in a dialogue about health is told to nobody who may not see health data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from keskio.kernel.clock import VirtualClock, from_micros
from keskio.know.contracts import ConsentRow
from keskio.know.special import HEALTH_GROUP
from keskio.talk import shelf
from keskio.talk.api import publish
from keskio.talk.backtests.models import Backtest, Sample
from keskio.talk.models import Enrolment
from keskio.talk.printing.actions import close_run
from keskio.talk.printing.jobs import Gatherer
from keskio.talk.printing.models import PrintRun
from keskio.talk.programs import Programs
from keskio.web.actions import create_user
from keskio.web.roles import READER
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)

DEFINITION = """
keskio: dialogue/1
key: {key}
title: {{fi: Hoito, en: Therapy}}
purpose: service
languages: [fi]
trigger: {{event: "Asked {key}"}}
ends: {{for: 3650 days}}
steps:
  tell: {{kind: send, channel: {channel}, purpose: {purpose}, text: {{fi: Lääkkeesi on valmis}}}}
  use: {{kind: wait, events: {{used: Used}}, outcomes: {{used: end}}}}
"""
CONSENTS = tuple(ConsentRow("health", channel, "given") for channel in ("sms", "letter"))
REFUSAL = "shown only to those who may see health data"


def definition(key: str, purpose: str, channel: str = "sms") -> str:
    return DEFINITION.format(key=key, purpose=purpose, channel=channel)


@pytest.fixture
def world(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(shelf, "_programs", Programs())
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    found = World(clock)
    for key, purpose in (("care", "health"), ("parcel", "service")):
        publish(definition(key, purpose))
        found.person(f"{key}-ainola", consents=CONSENTS)
        found.tell(f"{key}-ainola", f"Asked {key}")
    found.settle()
    Enrolment.objects.update(due_at=None)
    found.clock.advance(timedelta(days=2))
    return found


def reader(*, health: bool) -> Client:
    user = create_user(f"reader-{health}", password="kuutamo-järvellä-88", role=READER)
    if health:
        user.groups.add(Group.objects.get_or_create(name=HEALTH_GROUP)[0])
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_list_of_those_without_a_deadline_passes_over_them(world: World) -> None:
    def customers(client: Client) -> list[bool]:
        page = client.get("/dialogues/waiting/").content.decode()
        return [f"/customers/{number}/" in page for number in world.people.values()]

    assert customers(reader(health=True)) == [True, True]
    assert customers(reader(health=False)) == [False, True]


def test_a_step_tells_how_many_wait_but_not_who(world: World) -> None:
    def page(client: Client, key: str) -> str:
        return client.get(f"/dialogues/{key}/versions/1/steps/use/").content.decode()

    patient = f"/customers/{world.people['care-ainola']}/"
    assert patient in page(reader(health=True), "care")
    without = reader(health=False)
    told = page(without, "care")
    assert (patient in told, REFUSAL in told) == (False, True)
    assert f"/customers/{world.people['parcel-ainola']}/" in page(without, "parcel")


def test_a_backtest_shows_its_figures_but_not_its_people(world: World) -> None:
    row = Backtest.objects.create(
        title="Care",
        made_at=from_micros(world.clock.micros()),
        state=Backtest.State.STOPPED,
        asked={"draft": {"text": definition("care", "health")}},
    )
    customer = world.people["care-ainola"]
    Sample.objects.create(backtest=row, customer_id=customer, kinds=[], lines=[])
    path = f"/backtests/{row.pk}/people/{customer}/"
    assert reader(health=True).get(path).status_code == 200
    assert reader(health=False).get(path).status_code == 403


def test_a_letter_about_health_is_printed_but_not_read(world: World) -> None:
    publish(definition("note", "health", channel="letter"))
    world.person(
        "seppo", consents=CONSENTS, street="Koivukatu 5", postal_code="33100", city="Tampere"
    )
    world.tell("seppo", "Asked note")
    world.run()
    Gatherer().turn(world.clock.micros())
    run = PrintRun.objects.get()
    close_run(run, by="test")

    def reads(client: Client) -> bool:
        return "Lääkkeesi" in client.get(f"/letters/{run.pk}/").content.decode()

    assert (reads(reader(health=True)), reads(reader(health=False))) == (True, False)


def test_the_timeline_tells_that_a_patient_was_written_to_and_wrote_but_not_what(
    world: World,
) -> None:
    for key in ("care", "parcel"):
        world.reply(f"{key}-ainola", "Särky jatkuu")

    def told(client: Client, key: str) -> list[bool]:
        page = client.get(f"/customers/{world.people[f'{key}-ainola']}/").content.decode()
        timeline = page[page.index('id="timeline-title"') :]
        return [
            word in timeline for word in ("Särky", "Therapy", "tell", "Message to the customer")
        ]

    everything, little = [True, True, True, True], [False, False, False, True]
    assert told(reader(health=True), "care") == everything
    without = reader(health=False)
    assert (told(without, "care"), told(without, "parcel")) == (little, everything)
