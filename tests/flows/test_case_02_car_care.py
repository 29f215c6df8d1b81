"""Case 2: 82 months of a new car's care, letters on paper, campaigns beside, two cars, one sold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from keskio.engine.pressure import Cap, Collision, Quiet, Rules
from keskio.kernel.clock import VirtualClock
from keskio.know.contracts import ConsentRow
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from tests.flows.company import Company
from tests.flows.town import local
from tests.talk.world import books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
DAY = 24 * 3600 * 1_000_000
HOME = {
    "last_name": "Öhman",
    "street": "Koivukatu 5 A 12",
    "postal_code": "33100",
    "city": "Tampere",
}
ALLOWS = [
    *(ConsentRow("marketing", channel) for channel in ("sms", "email", "letter")),
    *(ConsentRow("research", channel) for channel in ("sms", "email")),
]
RULES = Rules(
    caps=(Cap(limit=1, window=DAY, pressure="all"),),
    collisions=(Collision(loser="marketing", winner="process", window=7 * DAY),),
    quiet=Quiet(),
)
# Delivered on 12 May 2004, a Wednesday.
LETTERS = {
    "welcome": date(2004, 6, 12),
    "service-10": date(2005, 3, 12),
    "warranty-22": date(2006, 3, 12),
    "inspection-34": date(2007, 3, 12),
    "service-46": date(2008, 3, 12),
    "inspection-58": date(2009, 3, 12),
    "inspection-70": date(2010, 3, 12),
    "inspection-82": date(2011, 3, 12),
}


@pytest.fixture
def company(clock: VirtualClock) -> Company:
    clock.turn_to(datetime(2004, 4, 20, 9, 0, tzinfo=UTC))
    set_rules(RULES, by="test")
    publish_built_in()
    publish_playbook("car-care")
    return Company(clock)


def customer(company: Company, name: str) -> None:
    company.person(name, consents=ALLOWS, salesperson="Riitta", **HOME)


def sell(company: Company, name: str, key: str, *, model: str, delivered_on: date | None) -> None:
    company.own(name, "car", key, make="Peugeot", model=model, delivered_on=delivered_on)
    company.tell(name, "Car Ordered", car_id=key)


def test_seven_years_from_the_delivery_not_from_the_order(company: Company) -> None:
    customer(company, "aino")
    sell(company, "aino", "ABC-307", model="307", delivered_on=None)
    company.until(local(2004, 5, 6, 12))  # the day of delivery is told, and moves
    company.own("aino", "car", "ABC-307", delivered_on=date(2004, 5, 10))
    company.until(local(2004, 5, 8, 12))
    company.own("aino", "car", "ABC-307", delivered_on=date(2004, 5, 12))

    # At ten days (22 May is a Saturday: on Monday) a call by her own salesperson.
    company.until(local(2004, 5, 24, 9, 30))
    (call,) = company.events_of("aino", "task.given")
    assert call["title"]["fi"].endswith("kunnossa? (307, luovutettu 12.5.2004)")
    assert call["owner"] == "Riitta"
    company.tell("aino", "task.done", enrolment=call["enrolment"], visit=call["visit"])

    # Between one month and two: the survey; an answer in a sentence is guided, a number is taken.
    company.until(local(2004, 6, 27, 12))
    assert company.contacts("aino")[-1] == (date(2004, 6, 27), "car-care", "survey")
    company.reply("aino", "ihan hyvä")
    company.settle()
    company.reply("aino", "9")
    company.settle()
    assert company.steps_to("aino") == ["welcome", "survey", "survey-help", "thanks"]

    company.until(local(2011, 4, 1, 12))
    letters = {step: on for on, _key, step in company.contacts("aino") if step in LETTERS}
    assert letters == LETTERS
    texts = dict(company.texts_to("aino"))
    assert all("307" in texts[step] for step in LETTERS)
    assert "Ohje on käsikirjan sivulla 112." in texts["welcome"]
    assert "päättyy kahden kuukauden kuluttua" in texts["warranty-22"]
    assert len(company.contacts("aino")) == len(LETTERS) + 3
    assert company.ends_of("aino") == [(1, "cared-for")]
    assert all(entered == found for entered, found in books().values())


def test_two_cars_have_two_programmes_and_never_two_contacts_on_one_day(company: Company) -> None:
    customer(company, "aino")
    for key, model in (("ABC-307", "307"), ("CDE-4", "C4")):
        sell(company, "aino", key, model=model, delivered_on=date(2004, 5, 12))
    company.until(local(2011, 4, 1, 12))
    days = [on for on, _key, _step in company.contacts("aino")]
    assert len(days) == len(set(days)) == 2 * (len(LETTERS) + 1)
    both = dict.fromkeys(LETTERS, 0)
    for step, text in company.texts_to("aino"):
        if step in both and ("307" in text) != ("C4" in text):
            both[step] += 1
    assert both == dict.fromkeys(LETTERS, 2)


def test_a_sold_car_ends_its_own_programme_only(company: Company) -> None:
    customer(company, "aino")
    for key, model in (("ABC-307", "307"), ("CDE-4", "C4")):
        sell(company, "aino", key, model=model, delivered_on=date(2004, 5, 12))
    company.until(local(2005, 6, 1, 12))
    company.own("aino", "car", "ABC-307", ended=True)
    company.until(local(2011, 4, 1, 12))
    later = [text for step, text in company.texts_to("aino") if step in list(LETTERS)[2:]]
    assert len(later) == 6
    assert all("C4" in text for text in later)
    assert company.ends_of("aino") == [(2, "object_ended"), (1, "cared-for")]


def test_campaigns_run_beside_and_keep_seven_days_away(company: Company) -> None:
    publish_playbook("car-magazine", variables={"first_at": "2004-06-08T10:00"})
    publish_playbook("car-tyres-autumn", variables={"first_at": "2004-10-01T10:00"})
    publish_playbook("car-tyres-spring", variables={"first_at": "2005-03-15T10:00"})
    publish_playbook("car-new-model", variables={"sent_at": "2005-03-08T10:00"})
    publish_playbook(
        "car-family-event",
        variables={"invited_at": "2006-03-10T10:00", "starts_at": "2006-03-30T11:00"},
    )
    customer(company, "aino")
    sell(company, "aino", "ABC-307", model="307", delivered_on=date(2004, 5, 12))
    company.until(local(2007, 4, 1, 12))

    contacts = company.contacts("aino")
    process = [on for on, key, step in contacts if key == "car-care"]
    campaigns = {
        key: [on for on, k, _s in contacts if k == key] for key in {c[1] for c in contacts}
    }
    assert set(LETTERS.values()) >= {on for on in process if on != date(2004, 6, 27)}
    for on in (on for key, days in campaigns.items() if key != "car-care" for on in days):
        assert all(abs((on - other).days) >= 7 for other in process), (on, process)
    days = [on for on, _key, _step in contacts]
    assert len(days) == len(set(days))
    # The process won: campaigns that were to go on 8 June 2004, 8 and 15 March 2005 and 10 March 2006 waited.
    assert campaigns["car-magazine"][0] == date(2004, 6, 19)
    assert campaigns["car-new-model"] == [date(2005, 3, 19)]
    assert campaigns["car-family-event"] == [date(2006, 3, 19)]
    assert len(campaigns["car-tyres-autumn"]) == 3
    assert len(campaigns["car-tyres-spring"]) == 3
    assert len(campaigns["car-magazine"]) == 12
    assert all(len(set(pair)) == 2 for pair in pairwise(days))
    assert all(entered == found for entered, found in books().values())


def test_without_a_home_address_the_letter_goes_by_email_and_without_consent_nothing_is_asked(
    company: Company,
) -> None:
    company.person("eero", consents=(), salesperson="Riitta")
    sell(company, "eero", "EEE-1", model="Berlingo", delivered_on=date(2004, 5, 12))
    company.until(local(2004, 9, 1, 12))
    assert [(one.channel, one.subject) for one in company.outbox.sent] == [
        ("email", "Tervetuloa asiakkaaksemme")
    ]
    assert "Tarkista öljy, pesuneste" in company.texts_to("eero")[0][1]
    assert ("dropped", "no_permission") in company.reasons_of("eero")
    company.until(local(2005, 4, 20, 12))  # the programme goes on without the survey
    assert company.steps_to("eero") == ["welcome", "service-10"]
