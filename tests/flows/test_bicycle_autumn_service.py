"""Case 1 over HTTP with virtual time: campaign SMS, answers A and B, guidance, STOP, silence, helmets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from keskio.kernel.clock import VirtualClock
from keskio.talk.api import add_offer, publish_built_in, publish_playbook
from tests.flows.town import Town, local
from tests.talk.world import books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(clock: VirtualClock, tmp_path: Path, settings: Settings) -> Iterator[Town]:
    clock.turn_to(datetime(2012, 9, 3, 6, 0, tzinfo=UTC))
    with Town(clock, tmp_path).open(settings) as town:
        publish_built_in()
        add_offer("winter-bicycle-20", title={"fi": "Talvipyörät -20 %"}, prefix="TALVI")
        publish_playbook("bicycle-autumn-service")
        yield town


def test_the_whole_autumn(town: Town) -> None:
    for name in ("aino", "bertta", "otto", "siiri", "hilja", "late"):
        town.customer(name)
    town.customer("emil", phone=None, language="en")
    town.customer("ville", consents="")
    town.turn_to(local(2012, 9, 10, 9, 59))
    assert town.texts_on("aino") == []

    town.turn_to(local(2012, 9, 11, 12, 0))
    (offer,) = town.texts_on("aino")
    assert offer.startswith("Hei Aino! Syyshuolto ja talvirenkaat yhteensä 85 €")
    assert "29.9.2012" in offer
    assert town.texts_on("ville") == []
    assert [letter.subject for letter in town.letters_to("emil")] == [
        "Autumn service and winter tyres 85 €"
    ]

    # A: thanked, and a task due on the next working day; a second A changes nothing.
    town.answer("aino", "A.")
    town.answer("aino", "a")
    (task,) = town.tasks()
    assert task.customer_id == town.number("aino")
    assert task.due_at == datetime(2012, 9, 12, 13, 0, tzinfo=UTC)
    assert len(town.texts_on("aino")) == 2
    town.turn_to(local(2012, 9, 12, 10, 0))
    town.do_task(task)
    assert [task.state for task in town.tasks(state="done")] == ["done"]

    # B: a personal code, by SMS and by e-mail.
    town.answer("bertta", " b ")
    assert "TALVI-" in town.texts_on("bertta")[1]
    town.answer_by_mail("emil", "B\n\nBest regards,\nEmil")
    code = town.letters_to("emil")[1]
    assert code.subject == "Your code for winter bicycles"

    # Anything else: guidance, and the question stays open.
    town.answer("otto", "Ahaa kiitos")
    assert town.texts_on("otto")[1].startswith("Kiitos viestistäsi! Vastaathan")
    town.answer("otto", "A")
    assert len(town.tasks()) == 1

    # STOP: confirmed once, nothing more.
    town.answer("siiri", "LOPETA")
    town.answer("siiri", "stop")
    assert len(town.texts_on("siiri")) == 2

    # After the end of the offer an A is told so.
    town.turn_to(local(2012, 10, 2, 12, 0))
    town.answer("late", "A")
    assert "päättyi 29.9.2012" in town.texts_on("late")[1]

    # Silence: the scheduled message about the helmets, and signing up.
    town.turn_to(local(2012, 11, 10, 12, 0))
    helmets = town.texts_on("hilja")[1]
    assert "uudet kypärät ovat saapuneet" in helmets
    assert "20.11.2012 klo 18–20" in helmets
    town.answer("hilja", "A")
    assert town.texts_on("hilja")[2].startswith("Kiitos, olet ilmoittautunut kypäräiltaan")

    town.turn_to(local(2013, 2, 10, 12, 0))
    counts = {name: len(town.texts_on(name)) for name in town.phones}
    assert counts == {
        "aino": 2,  # offer, thanks: her call was made, no helmets
        "bertta": 2,  # offer, code
        "otto": 3,  # offer, guidance, thanks
        "siiri": 2,  # offer, confirmation
        "hilja": 3,  # offer, helmets, registration
        "late": 3,  # offer, told so, helmets
        "emil": 0,
        "ville": 0,
    }
    assert [len(town.letters_to(name)) for name in ("emil", "ville")] == [2, 0]
    assert all(entered == found for entered, found in books().values())
