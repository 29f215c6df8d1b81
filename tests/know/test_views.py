"""The customers' list and the customer page, as people of each role see and use them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.know.api import facts_of, find_or_create, give_consent, withdraw_consent
from keskio.know.ledger import resolve
from tests.know.cast import browser, server

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def add(number: int) -> int:
    identifiers = [("crm", f"c-{number}"), ("phone", f"045 700 {number:04d}")]
    traits = {"name": f"Aino Mäkinen {number}", "email": f"aino{number}@example.com"}
    return find_or_create(identifiers, traits=traits)


def happen(customer: int, name: str, at: int, **properties: str) -> None:
    append_events([NewEvent(customer, name, at, json.dumps({"properties": properties}))])


def names_in(response: object) -> list[str]:
    return [customer.name for customer in response.context["page"].items]  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1, 3])
def test_customers_asks_no_more_of_the_database_for_more_rows(
    signed_in: SignedIn, count: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    for number in range(count):
        add(number)
    client = signed_in("reader")
    client.get("/customers/")

    with django_assert_num_queries(LIST_QUERIES):  # type: ignore[attr-defined]
        response = client.get("/customers/", headers={"hx-request": "true"})

    assert names_in(response) == [f"Aino Mäkinen {n}" for n in reversed(range(count))]


LIST_QUERIES = 5  # session and user of every request; whom to show, their rows, and how many


@pytest.mark.parametrize(
    "text",
    [
        "aino mäkinen 2",
        "MÄKINEN 2",
        "aino2@",
        "045 700 0002",
        "0457000002",
        "c-2",
        "+358457000002",
    ],
)
def test_customers_finds_by(signed_in: SignedIn, text: str) -> None:
    for number in range(1, 4):
        add(number)

    response = signed_in("reader").get("/customers/", {"q": text})

    assert names_in(response) == ["Aino Mäkinen 2"]


def test_customers_finds_by_keskios_own_number(signed_in: SignedIn) -> None:
    aino = add(1)
    add(2)

    assert names_in(signed_in("reader").get("/customers/", {"q": f"#{aino}"})) == ["Aino Mäkinen 1"]


def test_customers_says_when_nobody_is_found(signed_in: SignedIn) -> None:
    add(1)

    response = signed_in("reader").get("/customers/", {"q": "100 %_'"})

    assert names_in(response) == []
    assert "Nobody was found" in response.content.decode()


def test_customers_leaves_out_those_merged(signed_in: SignedIn) -> None:
    known, _ = resolve([browser(user="aino"), browser(anonymous="d1")])
    resolve([browser(user="aino", anonymous="d1")])

    response = signed_in("reader").get("/customers/")

    assert [customer.pk for customer in response.context["page"].items] == [known]


def test_customer_shows_who_she_is_and_what_happened(signed_in: SignedIn) -> None:
    aino = add(1)
    happen(aino, "message.received", 10, channel="sms", text="Ahaa <b>kiitos</b>")
    happen(aino, "Order Completed", 20, total="85")

    page = signed_in("reader").get(f"/customers/{aino}/").content.decode()

    for shown in (
        "<h1>Aino Mäkinen 1",
        "+358457000001",
        "Message from the customer (SMS)",
        "Ahaa &lt;b&gt;kiitos&lt;/b&gt;",
        "Order Completed",
        "total: 85",
    ):
        assert shown in page


def test_customer_shows_what_is_known_and_by_which_identities(signed_in: SignedIn) -> None:
    aino = add(1)
    page = signed_in("reader").get(f"/customers/{aino}/known/").content.decode()
    for shown in ("c-1", "Customer number", "aino1@example.com"):
        assert shown in page


def test_a_reader_is_shown_no_buttons_for_consents(signed_in: SignedIn) -> None:
    aino = add(1)
    give_consent(aino, purpose="marketing", channel="sms", source="form")
    page = signed_in("reader").get(f"/customers/{aino}/rights/").content.decode()
    assert "Marketing" in page or "marketing" in page
    assert "Withdraw" not in page


def test_customer_shows_identities_that_were_not_taken(signed_in: SignedIn) -> None:
    (aino,) = resolve([browser(user="aino", anonymous="d1")])
    (ville,) = resolve([browser(user="ville", anonymous="d1")])

    page = signed_in("reader").get(f"/customers/{ville}/known/").content.decode()

    assert "1 identity was not taken" in page
    assert "belongs to another known customer" in page
    assert aino != ville


def test_customer_of_a_merged_number_leads_to_who_she_is_now(signed_in: SignedIn) -> None:
    known, anonymous = resolve([browser(user="aino"), browser(anonymous="d1")])
    happen(anonymous, "page.viewed", 10, title="Tyres")
    resolve([browser(user="aino", anonymous="d1")])
    client = signed_in("reader")

    response = client.get(f"/customers/{anonymous}/", follow=True)

    assert response.redirect_chain == [(f"/customers/{known}/", 302)]
    assert "Viewed a page: Tyres" in response.content.decode()


def test_customer_who_is_not_there_is_a_page_404(signed_in: SignedIn) -> None:
    assert signed_in("reader").get("/customers/987654/").status_code == 404


def test_customer_asks_the_same_however_much_has_happened(signed_in: SignedIn) -> None:
    aino = add(1)
    client = signed_in("reader")
    counts = []
    for more in (1, 40):
        for at in range(more):
            happen(aino, "Order Completed", at, total=str(at))
        client.get(f"/customers/{aino}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/customers/{aino}/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_timeline_pages_show_everything_once(signed_in: SignedIn) -> None:
    aino = add(1)
    for at in range(1, 71):
        happen(aino, f"Event {at}", 10 + at // 4, number=str(at))
    client = signed_in("reader")
    shown: list[str] = []
    before = 1000
    while before:
        response = client.get(f"/customers/{aino}/timeline/", {"before": before})
        shown += [entry.name for entry in response.context["entries"]]
        before = response.context["before"]

    assert sorted(shown) == sorted(f"Event {at}" for at in range(1, 71))


def test_timeline_leaves_out_what_another_event_tells_better(signed_in: SignedIn) -> None:
    aino = add(1)
    happen(aino, "message.delivered", 10, channel="sms")
    happen(aino, "delivery.reported", 11, channel="sms", status="delivered")

    response = signed_in("reader").get(f"/customers/{aino}/")

    happened = [entry.name for entry in response.context["entries"]]
    assert happened == ["customer.identified", "message.delivered"]


def test_timeline_since_a_moment_shows_what_is_new_too(signed_in: SignedIn) -> None:
    aino = add(1)
    happen(aino, "Old", 5)
    happen(aino, "Shown", 10)
    happen(aino, "New", 20)

    response = signed_in("reader").get(
        f"/customers/{aino}/timeline/", {"since": 10}, headers={"hx-request": "true"}
    )

    happened = [entry.name for entry in response.context["entries"]]
    assert happened == ["customer.identified", "New", "Shown"]


def test_an_editor_records_and_withdraws_a_consent(signed_in: SignedIn) -> None:
    aino = add(1)
    client = signed_in("editor")

    told = {"purpose": "marketing", "channel": "sms", "proof": "form 12"}
    page = client.post(f"/customers/{aino}/consents/", told, follow=True).content.decode()

    assert "The consent was recorded." in page
    assert "form 12" in page
    assert facts_of([aino])[aino].consents == {"marketing/sms": "given"}

    told = {"purpose": "marketing", "channel": "sms"}
    page = client.post(f"/customers/{aino}/consents/withdraw/", told, follow=True).content.decode()

    assert "The consent was withdrawn." in page
    assert facts_of([aino])[aino].consents == {"marketing/sms": "withdrawn"}


def test_an_editor_lifts_a_stop(signed_in: SignedIn) -> None:
    aino = add(1)
    withdraw_consent(aino, purpose="*", channel="sms", source="sms", cause="stop_word")
    client = signed_in("editor")
    assert "Lift the stop" in client.get(f"/customers/{aino}/rights/").content.decode()

    client.post(f"/customers/{aino}/consents/lift/", {"purpose": "*", "channel": "sms"})

    assert facts_of([aino])[aino].consents == {"*/sms": "given"}


def test_a_consent_without_proof_is_not_recorded(signed_in: SignedIn) -> None:
    aino = add(1)

    told = {"purpose": "marketing", "channel": "sms", "proof": " "}
    page = signed_in("editor").post(f"/customers/{aino}/consents/", told, follow=True)

    assert "say how it was given" in page.content.decode()
    assert facts_of([aino])[aino].consents == {}


def test_a_reader_changes_no_consents(signed_in: SignedIn) -> None:
    aino = add(1)
    give_consent(aino, purpose="marketing", channel="sms", source="shop")
    client = signed_in("reader")

    for path in ("", "withdraw/", "lift/"):
        told = {"purpose": "marketing", "channel": "sms", "proof": "x"}
        assert client.post(f"/customers/{aino}/consents/{path}", told).status_code == 403

    assert facts_of([aino])[aino].consents == {"marketing/sms": "given"}


def test_consents_change_by_post_with_a_token_only(signed_in: SignedIn) -> None:
    aino = add(1)
    client = signed_in("editor")
    assert client.get(f"/customers/{aino}/consents/withdraw/").status_code == 405

    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies
    told = {"purpose": "*", "channel": "sms"}
    assert careful.post(f"/customers/{aino}/consents/withdraw/", told).status_code == 403
    assert facts_of([aino])[aino].consents == {}


def test_pages_ask_to_sign_in_first() -> None:
    resolve([server(user="aino")])
    for path in ("/customers/", "/customers/1/", "/customers/1/timeline/"):
        assert Client().get(path).status_code == 302


@pytest.mark.parametrize(("reader", "name"), [("en", "Finnish"), ("fi", "suomi")])
def test_the_list_calls_languages_by_their_names(
    signed_in: SignedIn, reader: str, name: str
) -> None:
    find_or_create([("crm", "c-1")], traits={"name": "Aino Mäkinen", "language": "fi"})

    page = signed_in("reader").get("/customers/", headers={"accept-language": reader})

    label = {"en": "Language", "fi": "Kieli"}[reader]
    assert f'<td data-label="{label}">{name}</td>' in page.content.decode()
