"""Complaints are welcome: feedback opens a case; causes are linked, mended, and told of in public."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from keskio.events.models import Event
from keskio.kernel.clock import VirtualClock, now
from keskio.know.api import import_people
from keskio.know.contracts import NewPerson
from keskio.respond.feedback.actions import NotMendable, link_case, save_cause
from keskio.respond.feedback.models import Cause, Caused, Page
from keskio.respond.feedback.public import SENT
from keskio.respond.inbox.actions import open_case
from keskio.respond.inbox.models import Case, Entry

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
PAGE = "/feedback/"


@pytest.fixture(autouse=True)
def _anew() -> None:
    cache.clear()


def send(**told: str) -> tuple[int, str]:
    """Send feedback as a stranger's browser would; return the status and the page."""
    given = {"kind": "complaint", "text": "Pyörän vaihteet jumittavat.", **told}
    answer = Client().post(f"{PAGE}?lang=fi", given)
    return answer.status_code, answer.content.decode()


def test_a_complaint_opens_a_case_with_a_promise_of_an_answer(clock: VirtualClock) -> None:
    status, page = send(email="aino@example.com", name="Aino", topic="product", wish="Korjaus")
    case = Case.objects.get()
    assert status == 200
    assert f"<strong>{case.pk}</strong>" in page
    assert (case.channel, case.kind, case.themes, case.name, case.address) == (
        "form",
        "complaint",
        ["product"],
        "Aino",
        "aino@example.com",
    )
    assert Entry.objects.get(case_id=case.pk, kind="in").text == (
        "Pyörän vaihteet jumittavat.\n\n→ Korjaus"
    )
    assert Event.objects.filter(name="feedback.given").count() == 1


def test_a_known_address_makes_it_that_customers(clock: VirtualClock) -> None:
    import_people([NewPerson((("user_id", "aino"),), {"email": "aino@example.com"}, ())])
    send(email="AINO@example.com")
    assert Case.objects.get().customer_id > 0


def test_a_form_sent_twice_is_one_feedback_and_other_words_another(clock: VirtualClock) -> None:
    page = Client().get(f"{PAGE}?lang=fi").content.decode()
    (once,) = re.findall(r'name="once" value="([^"]+)"', page)
    first, again = send(once=once), send(once=once)
    assert first == again
    assert (Case.objects.count(), Event.objects.filter(name="feedback.given").count()) == (1, 1)
    send(once=once, text="Ja satula keikkuu.")
    assert Case.objects.count() == 2


def test_without_an_address_it_is_read_all_the_same(clock: VirtualClock) -> None:
    status, page = send()
    assert (status, Case.objects.get().address) == (200, "")
    assert "Vastaamme viimeistään" not in page


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"text": "  "}, "Kirjoita, mitä tapahtui."),
        ({"kind": "gossip"}, "Valitse, mistä on kyse."),
        ({"email": "aino"}, "Sähköpostiosoite ei kelpaa."),
        ({"phone": "12"}, "Puhelinnumero ei kelpaa."),
        ({"text": "a" * 5001}, "Teksti on liian pitkä"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(told: dict[str, str], said: str) -> None:
    status, page = send(**{"name": "Aino Virtanen", **told})
    assert (status, Case.objects.count()) == (422, 0)
    assert said in page
    assert "Aino Virtanen" in page


def test_one_address_may_not_send_without_end(clock: VirtualClock) -> None:
    statuses = [send()[0] for _ in range(SENT + 1)]
    assert statuses == [200] * SENT + [429]


def test_a_closed_page_takes_nothing(clock: VirtualClock) -> None:
    Page.objects.create(is_open=False, title={"fi": "x"}, changed_at=now())
    assert send()[0] == 404
    assert Case.objects.count() == 0


def test_what_was_mended_is_told_when_it_may_be(clock: VirtualClock, signed_in: SignIn) -> None:
    told = {"fi": "Vaihteet säädetään nyt ennen toimitusta.", "en": "Gears are set first."}
    cause = save_cause(Cause(title="Vaihteet", is_public=True, told=told), by="sari")
    assert told["fi"] not in Client().get(f"{PAGE}?lang=fi").content.decode()
    save_cause(cause, by="sari", state=Cause.State.MENDED)
    assert told["fi"] in Client().get(f"{PAGE}?lang=fi").content.decode()
    assert told["en"] in Client().get(f"{PAGE}?lang=en").content.decode()
    assert Event.objects.filter(name="cause.mended").count() == 1
    admin = signed_in("admin")
    form = admin.get(reverse("feedback:page")).context["form"]
    given = {k: v for k, v in form.initial.items() if k != "shows_mended" and v is not False}
    assert admin.post(reverse("feedback:page"), given).status_code == 302
    assert told["fi"] not in Client().get(f"{PAGE}?lang=fi").content.decode()


def test_a_cause_told_in_public_needs_words() -> None:
    with pytest.raises(NotMendable):
        save_cause(Cause(title="x", is_public=True, state=Cause.State.MENDED), by="sari")
    assert Cause.objects.count() == 0


def test_cases_are_linked_once_and_counted(clock: VirtualClock, signed_in: SignIn) -> None:
    cause = save_cause(Cause(title="Vaihteet", mend_by=date(2026, 1, 1)), by="sari")
    case = open_case(customer=0, channel="form", text="Jumittaa")
    assert link_case(cause, case.pk, by="sari")
    assert not link_case(cause, case.pk, by="otto")
    editor = signed_in("editor")
    page = editor.get(reverse("feedback:causes"))
    assert [(one.cases, late) for one, late, _theme in page.context["waiting"]] == [(1, True)]
    address = reverse("feedback:link", args=[cause.pk])
    editor.post(address, {"case": f"#{case.pk}", "unlink": "yes"})
    assert Caused.objects.count() == 0
    editor.post(address, {"case": "99999"})
    assert Caused.objects.count() == 0


def test_a_reader_sees_causes_and_changes_none(signed_in: SignIn) -> None:
    cause = save_cause(Cause(title="Vaihteet"), by="sari")
    reader = signed_in("reader")
    address = reverse("feedback:cause", args=[cause.pk])
    assert reader.get(address).status_code == 200
    assert reader.post(address, {"title": "x", "state": "found"}).status_code == 403
    assert reader.get(reverse("feedback:page")).status_code == 403


def test_signs_that_no_table_can_hold_are_left_out(clock: VirtualClock) -> None:
    assert send(text="\x00")[0] == 422
    assert send(text="Vaihteet\x00 jumittavat", name="Ai\x00no")[0] == 200
    case = Case.objects.get()
    assert (case.name, case.subject) == ("Aino", "Vaihteet jumittavat")
