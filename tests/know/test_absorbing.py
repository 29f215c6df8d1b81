"""What identifies and stop words change."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.events.contracts import Envelope
from keskio.know.absorbing import absorb
from keskio.know.api import facts_of, people_of
from keskio.know.ledger import place
from keskio.know.models import Consent, Customer, Link
from tests.know.cast import browser, server

pytestmark = pytest.mark.django_db


def take(*envelopes: Envelope) -> tuple[list[int], list[str]]:
    placed = place(envelopes)
    return list(placed.customers), [event.name for event in absorb(envelopes, placed)]


def answer(text: str, keyword: str = "", *, at: int = 5, phone: str = "+358457001234") -> Envelope:
    properties = {"channel": "sms", "text": text, "keyword": keyword}
    body = json.dumps({"properties": properties})
    return server(phone=phone, name="message.received", body=body, at=at)


def consents_of(customer: int) -> dict[str, str]:
    return facts_of([customer])[customer].consents


def test_absorb_picks_up_who_the_customer_is_and_how_to_reach_her() -> None:
    traits = {
        "firstName": "Aino",
        "lastName": "Virtanen",
        "email": "Aino@Example.com",
        "phone": "045 700 1234",
        "locale": "fi-FI",
        "timezone": "Europe/Helsinki",
        "plan": "gold",
    }
    (aino,), _ = take(server(user="aino", traits=traits))

    facts = facts_of([aino], ["plan", "missing"])[aino]
    assert facts.traits == {"plan": "gold"}
    assert facts.addresses == {"sms": "+358457001234", "email": "aino@example.com"}
    assert (facts.language, facts.zone) == ("fi", "Europe/Helsinki")
    person = people_of([aino])[aino]
    assert (person.name, person.email, person.known) == ("Aino Virtanen", "aino@example.com", True)
    assert Customer.objects.get(id=aino).search == "aino virtanen aino@example.com +358457001234"


def test_absorb_keeps_a_bad_phone_as_a_trait_and_reports_it() -> None:
    (aino,), _ = take(server(user="aino", traits={"phone": "soita!"}))

    facts = facts_of([aino])[aino]
    assert (facts.traits, facts.addresses) == ({"phone": "soita!"}, {})
    assert list(
        Link.objects.filter(customer_id=aino).exclude(refused="").values_list("value", "refused")
    ) == [("soita!", "not_a_phone")]


def test_absorb_takes_away_a_trait_told_as_null() -> None:
    take(server(user="aino", traits={"plan": "gold", "email": "aino@example.com"}, at=1))
    (aino,), _ = take(server(user="aino", traits={"plan": None, "email": None}, at=2))

    facts = facts_of([aino])[aino]
    assert (facts.traits, facts.addresses) == ({}, {})


def test_absorb_does_not_let_a_browser_change_where_a_customer_is_reached() -> None:
    (aino,), _ = take(server(user="aino", traits={"email": "aino@example.com"}, at=1))

    take(browser(user="aino", traits={"email": "thief@example.com"}, at=2))

    assert facts_of([aino])[aino].addresses == {"email": "aino@example.com"}


def test_absorb_lets_a_browser_tell_the_first_address() -> None:
    (aino,), _ = take(browser(user="aino", traits={"email": "aino@example.com"}))

    assert facts_of([aino])[aino].addresses == {"email": "aino@example.com"}


@given(st.permutations([({"a": 1}, 1), ({"b": 2, "a": None}, 2), ({"a": 3}, 3), ({"b": 9}, 1)]))
def test_absorb_gives_the_same_traits_in_any_order(told: list[tuple[dict[str, int], int]]) -> None:
    Customer.objects.all().delete()
    Link.objects.all().delete()
    for traits, at in told:
        (aino,), _ = take(server(extra=(("crm", "1"),), traits=traits, at=at))

    assert facts_of([aino])[aino].traits == {"a": 3, "b": 2}


def test_stop_withdraws_what_was_given_in_the_channel_and_blocks_it() -> None:
    (aino,), _ = take(answer("hei", at=1))
    states = {"marketing/sms": "given", "research/sms": "denied", "marketing/email": "given"}
    Customer.objects.filter(id=aino).update(consents=json.dumps(states))

    _, events = take(answer("STOP", "stop", at=2))

    assert events == ["consent.withdrawn"]
    assert consents_of(aino) == {
        "marketing/sms": "withdrawn",
        "research/sms": "denied",
        "marketing/email": "given",
        "*/sms": "withdrawn",
    }
    lines = Consent.objects.filter(customer_id=aino).values_list("purpose", "state", "proof")
    assert list(lines) == [("marketing", "withdrawn", "STOP"), ("*", "withdrawn", "STOP")]


def test_stop_again_changes_nothing() -> None:
    take(answer("STOP", "stop", at=2))

    _, events = take(answer("stop!", "stop", at=3))

    assert events == []
    assert Consent.objects.count() == 1


def test_start_gives_back_exactly_what_the_stop_took() -> None:
    (aino,), _ = take(answer("hei", at=1))
    before = {"marketing/sms": "given", "service/sms": "withdrawn"}
    Customer.objects.filter(id=aino).update(consents=json.dumps(before))

    _, events = take(answer("STOP", "stop", at=2), answer("START", "start", at=3))

    assert events == ["consent.withdrawn", "consent.given"]
    assert consents_of(aino) == before | {"*/sms": "given"}


def test_start_without_a_stop_gives_no_consent_for_anything() -> None:
    (aino,), _ = take(answer("START", "start", at=3))

    assert consents_of(aino) == {"*/sms": "given"}


def test_a_late_stop_does_not_undo_a_later_start() -> None:
    (aino, _), _ = take(answer("STOP", "stop", at=1), answer("START", "start", at=5))

    _, events = take(answer("STOP", "stop", at=3))

    assert events == []
    assert consents_of(aino) == {"*/sms": "given"}


words = st.lists(
    st.tuples(st.sampled_from(["stop", "start", ""]), st.integers(1, 6)), min_size=1, max_size=6
)


@given(words)
def test_the_same_words_again_change_nothing(told: list[tuple[str, int]]) -> None:
    for model in (Customer, Link, Consent):
        model.objects.all().delete()
    batch = [answer(word, word, at=at) for word, at in told]
    (aino, *_), _ = take(*batch)
    states, lines = consents_of(aino), Consent.objects.count()

    _, events = take(*batch)

    assert (events, consents_of(aino), Consent.objects.count()) == ([], states, lines)


def test_absorb_reads_and_writes_once_for_a_whole_batch(
    django_assert_num_queries: object,
) -> None:
    batch = [server(user=f"u{i}", traits={"plan": i}) for i in range(50)]
    placed = place(batch)

    with django_assert_num_queries(2):  # type: ignore[operator] # one read, one write
        absorb(batch, placed)


def test_a_spam_complaint_withdraws_as_a_stop_word_does_but_is_no_stop_word() -> None:
    properties = {"channel": "email", "status": "complained", "keyword": "stop"}
    body = json.dumps({"properties": properties})
    complaint = server(email="aino@example.com", name="delivery.reported", body=body, at=5)
    placed = place([complaint])
    (event,) = absorb([complaint], placed)
    assert event.name == "consent.withdrawn"
    assert json.loads(event.body)["properties"]["cause"] == "complaint"
    assert consents_of(placed.customers[0]) == {"*/email": "withdrawn"}
