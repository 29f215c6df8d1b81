"""Case 10: frost brings two times; picked, others asked for, declined; confirmed, reminded, called about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.db import transaction

from keskio.engine.pressure import Quiet, Rules
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from keskio.talk.fanning import FanOuts
from tests.flows.company import Company
from tests.flows.town import local
from tests.talk.world import books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
TUESDAY, THURSDAY = "2026-10-13T09:00", "2026-10-15T16:30"


class Workshop(Company):
    """A company that hears the weather service too."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.fanning = FanOuts()

    def run(self) -> None:
        """Let all jobs work, also the one that fans an event of a source out."""
        super().run()
        while self.fanning.turn(self.clock.micros()):
            super().run()

    def frost(self, town: str) -> None:
        """Let the weather service forecast frost for a town."""
        told = {"town": town, "first_time": TUESDAY, "second_time": THURSDAY}
        at = self.clock.micros()
        body = msgspec.json.encode({"properties": told}).decode()
        with transaction.atomic():
            append_events([NewEvent(0, "Frost Forecast", at, body, received_at=at)])

    def tasks_of(self, name: str) -> list[dict[str, Any]]:
        """Return the tasks that were given about a customer."""
        return self.events_of(name, "task.given")


@pytest.fixture
def workshop(clock: VirtualClock) -> Workshop:
    clock.turn_to(datetime(2026, 10, 8, 6, 0, tzinfo=UTC))
    set_rules(Rules(quiet=Quiet()), by="test")
    publish_built_in()
    for key in ("booked-time", "tyre-change-times", "reserved-inspection"):
        publish_playbook(key, variables={"shop": "Nasta"})
    return Workshop(clock)


def proposed(workshop: Workshop, *names: str, **traits: Any) -> None:
    for name in names:
        workshop.person(name, **{"city": "Oulu", **traits})
    workshop.until(local(2026, 10, 8, 12))
    workshop.frost("Oulu")
    workshop.settle()


def test_frost_concerns_those_who_live_there(workshop: Workshop) -> None:
    workshop.person("eero", city="Turku")
    workshop.person("ville", consents=(), city="Oulu")
    proposed(workshop, "aino")
    ((step, text),) = workshop.texts_to("aino")
    assert step == "propose"
    assert text.startswith(
        "Yöpakkasia luvassa, Oulu! Aika vaihtaa renkaat. Sopiiko 1) 13.10.2026 klo 9.00 vai 2)"
        " 15.10.2026 klo 16.30? Vastaa 1 tai 2."
    )
    assert (workshop.steps_to("eero"), workshop.steps_to("ville")) == ([], [])
    workshop.frost("Oulu")  # the forecast comes again: nobody is asked twice
    workshop.wait(days=10)
    assert workshop.steps_to("aino") == ["propose"]


def test_a_picked_time_is_confirmed_reminded_and_told_of_when_done(workshop: Workshop) -> None:
    proposed(workshop, "aino", "eero")
    workshop.reply("aino", " 1.")
    workshop.reply("eero", "2")
    workshop.settle()
    assert [text.split("Jos")[0] for _s, text in workshop.texts_to("aino")[1:]] == [
        "Kiitos, aikasi on varattu: Renkaiden vaihto 13.10.2026 klo 9.00,"
        " Rengashuolto Nasta, Vanhantie 4. "
    ]
    assert "15.10.2026 klo 16.30" in workshop.texts_to("eero")[1][1]
    workshop.until(local(2026, 10, 12, 11, 59))
    assert workshop.steps_to("aino") == ["propose", "confirmation"]
    workshop.until(local(2026, 10, 12, 12, 1))
    assert "huomenna 13.10.2026 klo 9.00" in workshop.texts_to("aino")[2][1]
    workshop.until(local(2026, 10, 13, 10))
    workshop.tell("aino", "Service Completed")
    workshop.wait(days=10)
    assert workshop.steps_to("aino") == ["propose", "confirmation", "reminder", "ready"]
    assert workshop.steps_to("eero") == ["propose", "confirmation", "reminder"]
    assert sorted(workshop.ends_of("aino")) == [(1, "booked"), (1, "done")]
    assert all(entered == found for entered, found in books().values())


def test_other_times_are_asked_for_and_a_person_books(workshop: Workshop) -> None:
    proposed(workshop, "aino")
    workshop.reply("aino", "muu")
    workshop.settle()
    workshop.reply("aino", "perjantaina iltapäivällä")
    workshop.settle()
    (task,) = workshop.tasks_of("aino")
    assert task["title"]["fi"].endswith("asiakkaalle, joka toivoo: perjantaina iltapäivällä")
    workshop.tell("aino", "task.done", enrolment=task["enrolment"], visit=task["visit"])
    # What the person booked comes as an event of the booking system, and is looked after the same way.
    workshop.tell(
        "aino", "Appointment Booked", starts_at="2026-10-16T14:00", service="Renkaiden vaihto"
    )
    workshop.wait(days=12)
    assert workshop.steps_to("aino") == ["propose", "wish", "confirmation", "reminder"]


def test_declining_and_silence_and_another_answer(workshop: Workshop) -> None:
    proposed(workshop, "aino", "eero", "otto")
    workshop.reply("aino", "Ei")
    workshop.reply("otto", "ehkä")
    workshop.settle()
    workshop.reply("otto", "2")
    workshop.wait(days=4)
    assert workshop.steps_to("aino") == ["propose", "thank-anyway"]
    assert workshop.steps_to("otto")[:3] == ["propose", "guide", "confirmation"]
    assert workshop.ends_of("eero") == [(1, "no-answer")]
    assert [workshop.tasks_of(name) for name in ("aino", "eero")] == [[], []]


def test_who_cannot_come_after_all_says_so_and_a_person_frees_the_time(workshop: Workshop) -> None:
    proposed(workshop, "aino")
    workshop.reply("aino", "1")
    workshop.settle()
    workshop.reply("aino", "perun")
    workshop.settle()
    (task,) = workshop.tasks_of("aino")
    assert task["title"]["fi"].startswith("Asiakas perui: Renkaiden vaihto 13.10.2026 klo 9.00")
    workshop.wait(days=8)
    assert "reminder" not in workshop.steps_to("aino")


def reserve(workshop: Workshop, *names: str) -> None:
    for name in names:
        workshop.person(name, consents=())  # a service message: it needs no consent to marketing
        workshop.tell(
            name,
            "Inspection Reserved",
            starts_at="2026-10-21T13:30",
            place="Katsastus Kulma",
            car="ABC-307",
        )
    workshop.until(local(2026, 10, 8, 12))


def test_a_reserved_inspection_is_confirmed_or_called_about_after_three_days(
    workshop: Workshop,
) -> None:
    reserve(workshop, "aino", "eero")
    assert "katsastusajan 21.10.2026 klo 13.30, Katsastus Kulma" in workshop.texts_to("aino")[0][1]
    workshop.reply("aino", "OK")
    workshop.until(local(2026, 10, 11, 8, 59))
    assert workshop.tasks_of("eero") == []
    workshop.until(local(2026, 10, 11, 9, 1))
    (task,) = workshop.tasks_of("eero")
    assert task["title"]["fi"] == (
        "Katsastusaikaa 21.10.2026 klo 13.30 ei ole vahvistettu. Soita asiakkaalle."
    )
    # Given on a Sunday: it is due on Monday.
    assert task["due_at"] == int(datetime(2026, 10, 12, 13, 0, tzinfo=UTC).timestamp() * 1e6)
    workshop.wait(days=14)
    assert workshop.steps_to("aino") == ["confirm", "confirmation", "reminder"]
    assert workshop.steps_to("eero") == ["confirm"]
    assert workshop.tasks_of("aino") == []


def test_an_unsuitable_time_becomes_a_call_at_once_and_stop_is_honoured(workshop: Workshop) -> None:
    reserve(workshop, "aino", "siiri")
    workshop.reply("aino", "ei")
    workshop.reply("siiri", "STOP")
    workshop.wait(days=14)
    assert [task["title"]["fi"][-24:] for task in workshop.tasks_of("aino")] == [
        "Soita ja sovi uusi aika."
    ]
    assert workshop.tasks_of("siiri") == []
    assert workshop.steps_to("siiri") == ["confirm", "confirm"]
