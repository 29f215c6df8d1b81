"""The web chat: plain forms, a signed visitor, nobody else's words."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from keskio.kernel.clock import VirtualClock
from keskio.kernel.holdings import Person
from keskio.respond.inbox import actions as do
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.chat import COOKIE, thread_of_visitor
from keskio.respond.inbox.holdings import Strangers
from keskio.respond.inbox.joining import merge
from keskio.respond.inbox.models import Case, Entry, Rules

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_visits_before() -> None:
    cache.clear()


def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def test_a_visitor_writes_and_reads_the_answer(clock: VirtualClock) -> None:
    client = visitor()
    first = client.get("/chat/")
    assert "a person answers you here" in first.content.decode()
    assert first["Referrer-Policy"] == "same-origin"
    sent = {"text": "Onko 54 cm runkoa?", "name": "Aino", "email": "aino@example.com"}
    response = client.post("/chat/", sent)
    assert (response.status_code, response["Location"]) == (302, "/chat/?lang=en#last")
    case = Case.objects.get()
    assert (case.channel, case.customer_id, case.name, case.address) == (
        *("chat", 0),
        *("Aino", "aino@example.com"),
    )
    do.note(case.pk, "Kysy varastosta", by="eero")
    entry = do.reply(case.pk, "On, <b>kaksi</b>.", by="eero")
    assert (entry.sending, entry.message_id) == ("", None)
    page = client.get("/chat/").content.decode()
    assert "On, &lt;b&gt;kaksi&lt;/b&gt;." in page
    assert "Kysy varastosta" not in page
    client.post("/chat/", {"text": "Kiitos!"})
    case.refresh_from_db()
    assert (case.state, case.unread_count) == (c.OPEN, 1)
    part = client.get("/chat/", headers={"X-Chat-Part": "messages"}).content.decode()
    assert part.count("<li") == 3
    assert "<html" not in part


def test_visitors_do_not_see_each_other(clock: VirtualClock) -> None:
    one, two = visitor(), visitor()
    one.post("/chat/", {"text": "Salaisuus"})
    two.post("/chat/", {"text": "Muu"})
    assert "Salaisuus" not in two.get("/chat/").content.decode()
    first, second = Case.objects.order_by("pk")
    merge(second.pk, first.pk, by="eero")
    do.reply(first.pk, "Vastaus ensimmäiselle", by="eero")
    two.post("/chat/", {"text": "Vieläkö?"})
    do.reply(first.pk, "Vastaus toiselle", by="eero")
    page = two.get("/chat/").content.decode()
    assert ("Muu" in page, "Vieläkö?" in page, "Vastaus toiselle" in page) == (True, True, True)
    assert ("Salaisuus" in page, "Vastaus ensimmäiselle" in page) == (False, False)
    page = one.get("/chat/").content.decode()
    assert ("Salaisuus" in page, "Vastaus ensimmäiselle" in page) == (True, True)
    assert ("Muu" in page, "Vieläkö?" in page, "Vastaus toiselle" in page) == (False, False, False)
    forged = Client()
    forged.cookies[COOKIE] = one.cookies[COOKIE].value[:-3] + "xyz"
    assert "Salaisuus" not in forged.get("/chat/").content.decode()
    assert thread_of_visitor("arvaus") == ""


def test_what_was_written_to_a_customers_own_address_is_not_shown_to_a_visitor(
    clock: VirtualClock,
) -> None:
    client = visitor()
    client.post("/chat/", {"text": "Olen Aino, mikä on tilaukseni?"})
    case = Case.objects.get()
    do.reply(case.pk, "Vastaan sähköpostiin.", by="eero")
    do.reply(case.pk, "Tilauksesi on 128.", by="eero", way=("email", "aino@example.com"))
    page = client.get("/chat/").content.decode()
    assert ("Vastaan sähköpostiin." in page, "128" in page) == (True, False)


def test_what_cannot_be_taken_is_said_and_kept_in_the_form(clock: VirtualClock) -> None:
    client = visitor()
    for sent in ({"text": "  "}, {"text": "Hei", "email": "ei osoite"}, {"text": "x" * 4001}):
        response = client.post("/chat/", sent)
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode()
    assert not Case.objects.exists()
    assert 'lang="fi"' in client.get("/chat/?lang=fi").content.decode()


def test_a_flood_is_held_back(clock: VirtualClock) -> None:
    client = visitor()
    answers = [client.post("/chat/", {"text": f"Hei {n}"}).status_code for n in range(22)]
    assert answers == [302] * 20 + [429] * 2
    assert Entry.objects.filter(kind=c.IN).count() == 20


def test_the_page_can_be_closed_and_needs_a_token(clock: VirtualClock) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/chat/", {"text": "Hei"}).status_code == 403
    Rules.objects.create(document={"has_chat": False}, changed_at=0)
    assert visitor().get("/chat/").status_code == 404


def test_a_stranger_is_erased_by_the_address_that_she_gave(clock: VirtualClock) -> None:
    visitor().post("/chat/", {"text": "Hei", "email": "Aino@Example.com"})
    visitor().post("/chat/", {"text": "Moi", "email": "eero@example.com"})
    aino = Person((7,), words=("aino@example.com",))
    assert len(Strangers().export(aino)) == 3
    assert Strangers().erase(aino, 0) == 1
    assert Strangers().erase(aino, 0) == 0
    assert [case.address for case in Case.objects.all()] == ["eero@example.com"]
    assert Strangers().erase(Person((7,)), 0) == 0


def test_signs_that_no_table_can_hold_are_left_out(clock: VirtualClock) -> None:
    client = visitor()
    assert client.post("/chat/", {"text": "\x00"}).status_code == 422
    client.post("/chat/", {"text": "He\x00i", "name": "Ai\x00no"})
    client.post("/chat/", {"text": "Vielä\x00kö?"})
    case = Case.objects.get()
    assert (case.name, case.preview) == ("Aino", "Vieläkö?")
    texts = Entry.objects.filter(case_id=case.pk, kind=c.IN).order_by("number")
    assert list(texts.values_list("text", "by")) == [("Hei", "Aino"), ("Vieläkö?", "Aino")]
