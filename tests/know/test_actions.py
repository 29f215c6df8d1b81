"""Consents by staff, customers made by hand and by import."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keskio.events.models import Event
from keskio.kernel.clock import VirtualClock
from keskio.kernel.errors import Mistake
from keskio.know.api import (
    NoSuchCustomer,
    all_customer_ids,
    customer_by,
    facts_of,
    find_or_create,
    give_consent,
    import_people,
    people_of,
    same_person_ids,
    set_traits,
    withdraw_consent,
)
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.know.ledger import resolve
from keskio.know.models import Consent, Customer
from tests.know.cast import browser

pytestmark = pytest.mark.django_db


def events() -> list[tuple[int, str]]:
    return list(Event.objects.order_by("id").values_list("customer_id", "name"))


def aino() -> int:
    return find_or_create([("phone", "045 700 1234")], traits={"name": "Aino Virtanen"})


def test_give_consent_is_a_line_a_state_and_an_event(clock: VirtualClock) -> None:
    customer = aino()

    is_news = give_consent(
        customer, purpose="marketing", channel="sms", source="shop", actor="maija", proof="paper 12"
    )

    assert is_news
    assert facts_of([customer])[customer].consents == {"marketing/sms": "given"}
    line = Consent.objects.get()
    assert (line.state, line.source, line.actor, line.proof) == (
        "given",
        "shop",
        "maija",
        "paper 12",
    )
    event = Event.objects.get(name="consent.given")
    assert event.customer_id == customer
    assert json.loads(event.body)["properties"] == {
        "purpose": "marketing",
        "channel": "sms",
        "cause": "staff",
        "source": "shop",
        "actor": "maija",
    }


def test_withdraw_consent_twice_is_news_once(clock: VirtualClock) -> None:
    customer = aino()

    assert withdraw_consent(customer, purpose="marketing", channel="sms", source="call")
    assert not withdraw_consent(customer, purpose="marketing", channel="sms", source="call")
    assert events() == [(customer, "customer.identified"), (customer, "consent.withdrawn")]


def test_consent_of_a_merged_customer_is_the_other_ones() -> None:
    known, anonymous = resolve([browser(user="aino"), browser(anonymous="d1")])
    resolve([browser(user="aino", anonymous="d1")])

    give_consent(anonymous, purpose="marketing", channel="email", source="web")

    facts = facts_of([known, anonymous])
    assert facts[known].consents == {"marketing/email": "given"}
    assert facts[anonymous] == facts[known]


def test_merging_keeps_the_stricter_consent() -> None:
    known, anonymous = resolve([browser(user="aino"), browser(anonymous="d1")])
    give_consent(known, purpose="marketing", channel="sms", source="web")
    give_consent(known, purpose="research", channel="sms", source="web")
    withdraw_consent(anonymous, purpose="marketing", channel="sms", source="web")

    resolve([browser(user="aino", anonymous="d1")])

    assert facts_of([known])[known].consents == {
        "marketing/sms": "withdrawn",
        "research/sms": "given",
    }


def test_consent_of_nobody_is_refused_with_a_sentence() -> None:
    with pytest.raises(NoSuchCustomer) as refused:
        give_consent(4711, purpose="marketing", channel="sms", source="web")

    assert refused.value.message == "There is no customer 4711."
    assert events() == []


def test_find_or_create_finds_whom_it_made() -> None:
    first = find_or_create([("email", "Aino@example.com")])

    assert find_or_create([("email", "aino@example.com ")]) == first
    assert customer_by("email", "AINO@example.com") == first
    assert customer_by("email", "eero@example.com") is None


def test_find_or_create_wants_a_name() -> None:
    with pytest.raises(Mistake):
        find_or_create([])


ROWS = [
    NewPerson(
        identifiers=(("crm", str(number)), ("phone", f"+3584570{number:05d}")),
        traits={"name": f"Asiakas {number}", "language": "fi", "shop": "Tampere"},
        consents=(ConsentRow("marketing", "sms", text_version="2026-01"),),
    )
    for number in range(30)
]


def test_import_people_takes_in_identities_traits_and_consents() -> None:
    assert import_people(ROWS) == 30

    customer = customer_by("crm", "7")
    assert customer == customer_by("phone", "045 7000 007")
    facts = facts_of([customer or 0])[customer or 0]
    assert facts.consents == {"marketing/sms": "given"}
    assert facts.traits["shop"] == "Tampere"
    assert people_of([customer or 0])[customer or 0].name == "Asiakas 7"
    assert sorted({name for _, name in events()}) == ["consent.given", "customer.identified"]
    assert len(events()) == 60


def test_import_people_twice_changes_nothing() -> None:
    import_people(ROWS)
    import_people(ROWS)

    assert (Customer.objects.count(), Consent.objects.count(), len(events())) == (30, 30, 60)


def test_import_people_never_gives_back_a_consent_withdrawn_later(clock: VirtualClock) -> None:
    import_people(ROWS)
    customer = customer_by("crm", "7") or 0
    withdraw_consent(customer, purpose="marketing", channel="sms", source="call")

    old = ConsentRow("marketing", "sms", at=clock.micros() - 1)
    import_people([NewPerson(identifiers=(("crm", "7"),), consents=(old,))])

    assert facts_of([customer])[customer].consents == {"marketing/sms": "withdrawn"}


def test_import_people_asks_no_more_of_the_database_for_more_rows() -> None:
    counts = []
    for rows in (ROWS[:1], ROWS[1:]):
        with CaptureQueriesContext(connection) as queries:
            import_people(rows)
        counts.append(len(queries))

    assert counts[1] <= counts[0]


def test_all_customer_ids_leaves_out_those_merged() -> None:
    known, _ = resolve([browser(user="aino"), browser(anonymous="d1")])
    resolve([browser(user="aino", anonymous="d1")])
    other = aino()

    assert all_customer_ids() == [known, other]
    assert all_customer_ids(after=known, limit=1) == [other]
    assert same_person_ids(other) == [other]


def test_set_traits_of_a_merged_customer_are_the_other_ones() -> None:
    known, anonymous = resolve([browser(user="aino"), browser(anonymous="d1")])
    resolve([browser(user="aino", anonymous="d1")])

    set_traits({anonymous: {"helmet_evening": True}, 987654: {"a": 1}}, at=5)

    assert facts_of([known])[known].traits == {"helmet_evening": True}


def test_set_traits_tells_the_log_what_is_news() -> None:
    customer = aino()

    set_traits({customer: {"plan": "gold", "name": "Aino Virtanen"}}, at=2**50, by="staff")
    set_traits({customer: {"plan": "gold"}}, at=2**50 + 1)
    set_traits({customer: {"plan": "silver"}}, at=2**50 - 1)

    (event,) = Event.objects.filter(name="customer.updated")
    told = json.loads(event.body)
    assert (told["traits"], told["properties"]) == ({"plan": "gold"}, {"by": "staff"})
    assert facts_of([customer])[customer].traits["plan"] == "gold"
