"""Case 3: lenses. The next order is foreseen from the history alone; one e-mail two weeks before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keskio.engine.pressure import Quiet, Rules
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import add_computed_trait
from keskio.talk.api import publish_built_in, publish_playbook, set_rules
from tests.flows.company import Company
from tests.flows.town import local
from tests.talk.world import books

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
NEXT = {
    "key": "next_order_on",
    "title": "Seuraava tilaus",
    "of": {"event": "Order Completed"},
    "compute": "next_expected",
    "property": "lasts_days",
}
LAST = {
    "key": "last_order",
    "title": "Viimeisin tilaus",
    "of": {"event": "Order Completed"},
    "compute": "last",
    "property": "order_id",
}


@pytest.fixture
def company(clock: VirtualClock) -> Company:
    clock.turn_to(datetime(2010, 10, 1, 9, 0, tzinfo=UTC))
    set_rules(Rules(quiet=Quiet()), by="test")
    for document in (NEXT, LAST):
        add_computed_trait(document, by="test")
    publish_built_in()
    publish_playbook("predicted-reorder", variables={"shop": "Linssikauppa"})
    company = Company(clock)
    company.pace = timedelta(hours=6)
    return company


def order(company: Company, name: str, number: str, *, lasts_days: int | None = None) -> None:
    told: dict[str, Any] = {"order_id": number, "revenue": 54}
    if lasts_days:
        told["lasts_days"] = lasts_days
    company.tell(name, "Order Completed", **told)
    company.settle()


def emails(company: Company, name: str) -> list[str]:
    return [one.text for one in company.outbox.sent if one.to == f"{name}@example.com"]


def test_the_usual_interval_and_the_package_say_when(company: Company) -> None:
    for name in ("aino", "eero", "siiri"):
        company.person(name)
    # Aino orders every 60 days; Eero once, a package that lasts 90 days; Siiri once, nobody knows what.
    order(company, "aino", "A1")
    order(company, "eero", "E1", lasts_days=90)
    order(company, "siiri", "S1")
    company.until(local(2010, 11, 30, 12))
    assert [emails(company, name) for name in ("aino", "eero", "siiri")] == [[], [], []]
    order(company, "aino", "A2")

    # Eero's lenses last to 30 December: two weeks before is the 16th, at ten.
    company.until(local(2010, 12, 16, 9, 55))
    assert emails(company, "eero") == []
    company.until(local(2010, 12, 16, 10, 10))
    (text,) = emails(company, "eero")
    assert "suunnilleen 30.12.2010 asti" in text
    assert "https://linssit.example/uudelleen/E1" in text
    # Aino's: 30 November and 60 days is 29 January: on the 15th.
    company.until(local(2011, 1, 15, 9, 55))
    assert emails(company, "aino") == []
    company.until(local(2011, 1, 15, 10, 10))
    assert len(emails(company, "aino")) == 1

    company.until(local(2011, 4, 1, 12))
    assert [len(emails(company, name)) for name in ("aino", "eero", "siiri")] == [1, 1, 0]
    assert fetch("SELECT count(*) FROM talk_message WHERE channel <> 'email'") == [(0,)]
    assert all(entered == found for entered, found in books().values())


def test_an_order_in_between_cancels_it_and_moves_the_day(company: Company) -> None:
    company.person("eero")
    order(company, "eero", "E1", lasts_days=90)
    company.until(local(2010, 12, 10, 12))  # six days before the e-mail would go
    order(company, "eero", "E2", lasts_days=90)
    company.until(local(2011, 2, 1, 12))
    assert emails(company, "eero") == []
    # The interval was 70 days, the package says 90: the middle is 80, from 10 December.
    company.until(local(2011, 2, 14, 12))
    assert len(emails(company, "eero")) == 1
    assert "suunnilleen 28.2.2011 asti" in emails(company, "eero")[0]


def test_an_order_in_the_night_cancels_the_one_that_waits_for_the_morning(company: Company) -> None:
    company.person("eero")
    company.person("ville", consents=())
    for name in ("eero", "ville"):
        order(company, name, "1", lasts_days=90)
    company.until(local(2010, 12, 16, 12))
    assert len(emails(company, "eero")) == 1
    assert emails(company, "ville") == []
    assert ("dropped", "no_permission") in company.reasons_of("ville")
    order(company, "eero", "2", lasts_days=90)
    company.wait(days=30)
    assert company.ends_of("eero") == [(2, "goal_reached")]
