"""Letters: gathered, closed, downloaded, printed; taken back until then; and nothing kept of the erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from keskio.kernel.clock import VirtualClock
from keskio.kernel.holdings import Person, holdings
from keskio.know.api import set_traits, withdraw_consent
from keskio.talk.api import invite, publish
from keskio.talk.printing.actions import (
    FileIsOld,
    NothingToPrint,
    WrongState,
    close_run,
    mark_printed,
)
from keskio.talk.printing.jobs import Gatherer
from keskio.talk.printing.models import PrintRun, Sheet
from keskio.talk.printing.queries import counts_of
from keskio.web.api import create_user
from tests.flows.company import Company

pytestmark = pytest.mark.django_db(transaction=True)
HOME: dict[str, Any] = {
    "last_name": "Öhman",
    "street": "Koivukatu 5 A 12",
    "postal_code": "33100",
    "city": "Tampere",
}
LETTER = """
keskio: dialogue/1
key: letter
title: Kirje
purpose: service
languages: [fi]
object: {kind: car, key: car_id}
trigger: {hand: true, keep: [car_id]}
reentry: always
steps:
  write:
    kind: send
    channel: letter
    subject: Autosi {{ object.model }}
    text: |-
      Hei {{ customer.first_name }}!

      {% if object.model == "307" %}Näin hoidat mallia 307.{% else %}Näin hoidat autoasi.{% endif %}
"""


@pytest.fixture
def company(clock: VirtualClock) -> Company:
    clock.turn_to(datetime(2026, 3, 4, 20, 30, tzinfo=UTC))  # letters make no noise in the evening
    company = Company(clock)
    company.prints = False
    publish(LETTER.replace("purpose: service", "purpose: service\nquiet: ignore"))
    return company


@pytest.fixture
def editor(company: Company) -> Client:
    user = create_user("painaja", password="correct-horse-85", role="editor")
    client = Client()
    client.force_login(user)
    return client


def write_to(
    company: Company, *names: str, models: Sequence[str] = ("307", "C4", "208")
) -> PrintRun:
    for number, (name, model) in enumerate(zip(names, models, strict=False), 1):
        company.person(name, **HOME)
        company.own(name, "car", f"ABC-{number}", model=model)
        invite("letter", [company.people[name]], properties={"car_id": f"ABC-{number}"})
    company.run()
    Gatherer().turn(company.clock.micros())
    return PrintRun.objects.get()


def texts(run: PrintRun) -> list[tuple[str, str, str]]:
    return [(one.address, one.subject, one.text) for one in run.sheets.order_by("id")]


def states(company: Company, name: str) -> list[dict[str, object]]:
    return [
        {key: told[key] for key in ("channel", "reason") if key in told}
        for told in company.events_of(name, "message.")
    ]


def test_letters_gather_and_follow_the_model_that_the_customer_drives(company: Company) -> None:
    run = write_to(company, "aino", "eero")
    assert (run.state, counts_of([run])[run.pk].waiting) == ("open", 2)
    close_run(run, by="painaja")
    home = "Öhman\nKoivukatu 5 A 12\n33100 TAMPERE"
    assert texts(run) == [
        (f"Aino {home}", "Autosi 307", "Hei Aino!\n\nNäin hoidat mallia 307."),
        (f"Eero {home}", "Autosi C4", "Hei Eero!\n\nNäin hoidat autoasi."),
    ]
    assert company.events_of("aino", "message.") == []


def test_the_whole_way_by_the_pages(company: Company, editor: Client) -> None:
    run = write_to(company, "aino", "eero")
    assert editor.get("/letters/").status_code == 200
    assert editor.post(f"/letters/{run.pk}/letters.pdf").status_code == 404  # not closed yet
    editor.post(f"/letters/{run.pk}/close/")
    page = editor.get(f"/letters/{run.pk}/").content.decode()
    assert "Näin hoidat mallia 307." in page
    first = editor.post(f"/letters/{run.pk}/letters.pdf")
    assert first["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF-")
    assert first.content.count(b"/Type /Page\n") == 4  # for each an address page and a letter
    assert editor.post(f"/letters/{run.pk}/letters.pdf").content == first.content
    editor.post(f"/letters/{run.pk}/printed/")
    run.refresh_from_db()
    assert (run.state, run.printed, run.printed_by) == ("printed", 2, "painaja")
    company.run()
    assert states(company, "aino") == [{"channel": "letter"}]
    assert company.ends_of("aino") == [(1, "write.sent")]
    assert company.texts_to("aino") == [("write", "Hei Aino!\n\nNäin hoidat mallia 307.")]


def test_what_comes_later_goes_into_the_next_run(company: Company) -> None:
    first = write_to(company, "aino")
    close_run(first, by="painaja")
    company.person("eero", **HOME)
    invite("letter", [company.people["eero"]], properties={"car_id": "X-1"})
    company.run()
    Gatherer().turn(company.clock.micros())
    counts = counts_of(list(PrintRun.objects.order_by("id")))
    assert [(one.waiting, one.sent) for one in counts.values()] == [(1, 0), (1, 0)]


def test_a_withdrawal_is_honoured_until_the_letters_have_gone(
    company: Company, editor: Client
) -> None:
    run = write_to(company, "aino", "eero", "siiri")
    close_run(run, by="painaja")
    assert editor.post(f"/letters/{run.pk}/letters.pdf").content.count(b"/Type /Page\n") == 6
    withdraw_consent(
        company.people["siiri"], purpose="service", channel="letter", source="staff", proof="soitto"
    )
    company.run()
    with pytest.raises(FileIsOld):
        mark_printed(PrintRun.objects.get(pk=run.pk), by="painaja")
    assert "printed" not in {one.state for one in PrintRun.objects.all()}
    assert editor.post(f"/letters/{run.pk}/letters.pdf").content.count(b"/Type /Page\n") == 4
    assert mark_printed(PrintRun.objects.get(pk=run.pk), by="painaja") == 2
    company.run()
    assert company.steps_to("siiri") == []
    assert company.steps_to("aino") == ["write"]


def test_without_downloading_nothing_is_said_to_have_gone(company: Company) -> None:
    run = write_to(company, "aino")
    close_run(run, by="painaja")
    with pytest.raises(WrongState):
        close_run(run, by="somebody slower")
    with pytest.raises(FileIsOld):
        mark_printed(PrintRun.objects.get(pk=run.pk), by="painaja")
    assert company.steps_to("aino") == []


def test_without_an_address_the_letter_is_dropped_and_it_is_said_why(company: Company) -> None:
    company.person("ville")  # a phone and an e-mail address, no home
    company.own("ville", "car", "V-1", model="307")
    invite("letter", [company.people["ville"]], properties={"car_id": "V-1"})
    company.run()
    assert company.reasons_of("ville") == [("dropped", "no_address")]


def test_an_address_that_is_gone_by_closing_is_told_then(company: Company) -> None:
    run = write_to(company, "aino", "eero")
    set_traits({company.people["aino"]: {"street": None}}, at=company.clock.micros())
    company.run()
    close_run(run, by="painaja")
    company.run()
    assert [sheet.customer_id for sheet in run.sheets.all()] == [company.people["eero"]]
    assert states(company, "aino") == [{"channel": "letter", "reason": "no_address"}]


def test_a_run_that_nobody_is_left_in_stays_open(company: Company) -> None:
    run = write_to(company, "aino")
    set_traits({company.people["aino"]: {"street": None}}, at=company.clock.micros())
    company.run()
    with pytest.raises(NothingToPrint):
        close_run(run, by="painaja")
    assert states(company, "aino") == [{"channel": "letter", "reason": "no_address"}]
    assert PrintRun.objects.get().state == "open"


def test_an_erased_customer_is_in_no_later_file(company: Company, editor: Client) -> None:
    run = write_to(company, "aino", "eero")
    close_run(run, by="painaja")
    person = Person((company.people["aino"],))
    for holding in holdings():
        if holding.key in ("talk.unsent", "printing_sheet"):
            assert holding.erase(person, company.clock.micros()) >= 1
    assert Sheet.objects.filter(customer_id=company.people["aino"]).count() == 0
    assert editor.post(f"/letters/{run.pk}/letters.pdf").content.count(b"/Type /Page\n") == 2
