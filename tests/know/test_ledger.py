"""Who is this? The rules of the resolver, one story each."""

from __future__ import annotations

import pytest

from keskio.know.api import customer_by, same_person_ids
from keskio.know.ledger import resolve
from keskio.know.models import Customer, Link
from tests.know.cast import browser, server

pytestmark = pytest.mark.django_db


def active(customer: int) -> set[tuple[str, str]]:
    rows = Link.objects.filter(customer_id=customer, ended_at=None)
    return set(rows.values_list("type", "value"))


def refusals(customer: int) -> set[tuple[str, str, str]]:
    rows = Link.objects.filter(customer_id=customer).exclude(refused="")
    return set(rows.values_list("type", "value", "refused"))


def test_resolve_makes_one_customer_of_one_anonymous_id() -> None:
    first, second = resolve([browser(anonymous="a1"), browser(anonymous="a1")])

    assert first == second
    assert Customer.objects.get(id=first).known_at is None


def test_resolve_lets_an_anonymous_customer_become_known() -> None:
    (anonymous,) = resolve([browser(anonymous="a1")])

    (known,) = resolve([browser(user="aino", anonymous="a1")])

    assert known == anonymous
    assert Customer.objects.get(id=known).known_at is not None


def test_resolve_merges_an_anonymous_customer_into_the_known_one() -> None:
    known, anonymous = resolve([browser(user="aino"), browser(anonymous="a1")])

    placed = resolve([browser(user="aino", anonymous="a1"), browser(anonymous="a1")])

    assert placed == [known, known]
    assert same_person_ids(known) == [known, anonymous]
    assert same_person_ids(anonymous) == [known, anonymous]
    assert active(known) == {("user_id", "aino"), ("anonymous_id", "a1")}
    assert active(anonymous) == set()


def test_resolve_never_joins_two_known_customers_by_a_browser_key() -> None:
    aino, ville = resolve([browser(user="aino", anonymous="a1"), browser(user="ville")])

    placed = resolve([browser(user="ville", anonymous="a1"), browser(anonymous="a1")])

    assert placed == [ville, aino]
    assert refusals(ville) == {("anonymous_id", "a1", "known_to_another")}
    assert Customer.objects.filter(merged_into_id=None).count() == 2


def test_resolve_never_joins_two_known_customers_by_a_server_alias() -> None:
    aino, ville = resolve([server(user="aino"), server(user="ville")])

    placed = resolve([server(user="ville", previous="aino")])

    assert placed == [ville]
    assert refusals(ville) == {("user_id", "aino", "known_to_another")}
    assert customer_by("user_id", "aino") == aino


def test_resolve_gives_a_known_customer_the_free_user_id_of_a_server_alias() -> None:
    (aino,) = resolve([server(user="aino")])

    assert resolve([server(user="aino-2", previous="aino")]) == [aino]
    assert active(aino) == {("user_id", "aino"), ("user_id", "aino-2")}


def test_resolve_makes_a_browser_alias_of_a_known_user_a_new_customer() -> None:
    (aino,) = resolve([server(user="aino")])

    (other,) = resolve([browser(user="aino-2", previous="aino")])

    assert other != aino
    assert refusals(other) == {("user_id", "aino", "known_to_another")}


def test_resolve_takes_an_alias_to_itself_as_nothing() -> None:
    (aino,) = resolve([browser(user="aino")])

    assert resolve([browser(user="aino", previous="aino")]) == [aino]
    assert active(aino) == {("user_id", "aino")}


def test_resolve_joins_an_import_and_a_later_user_id_by_a_proven_email() -> None:
    (aino,) = resolve([server(email=" Aino@Example.com")])

    placed = resolve([server(user="aino", traits={"email": "aino@example.com"})])

    assert placed == [aino]
    assert active(aino) == {("email", "aino@example.com"), ("user_id", "aino")}


def test_resolve_keeps_two_users_of_one_email_apart() -> None:
    (aino,) = resolve([server(user="aino", email="home@example.com")])

    (eero,) = resolve([server(user="eero", email="home@example.com")])

    assert eero != aino
    assert refusals(eero) == {("email", "home@example.com", "known_to_another")}


def test_resolve_gives_a_customer_one_user_id_only() -> None:
    (aino,) = resolve([server(user="aino")])

    resolve([server(user="other", extra=(("customer", str(aino)),))])

    assert refusals(aino) == {("user_id", "other", "limit")}


def test_resolve_does_not_let_a_browser_speak_of_addresses_or_customers() -> None:
    (aino,) = resolve([server(user="aino", email="aino@example.com")])

    (other,) = resolve(
        [browser(user="x", email="aino@example.com", extra=(("customer", str(aino)),))]
    )

    assert other != aino
    assert refusals(other) == {
        ("email", "aino@example.com", "not_trusted"),
        ("customer", str(aino), "not_trusted"),
    }


def test_resolve_refuses_another_customers_email_told_by_a_browser() -> None:
    (aino,) = resolve([server(user="aino", email="aino@example.com")])

    (other,) = resolve([browser(user="x", traits={"email": "aino@example.com"})])

    assert customer_by("email", "aino@example.com") == aino
    assert refusals(other) == {("email", "aino@example.com", "known_to_another")}
    assert Customer.objects.get(id=other).email == ""


def test_resolve_lets_a_proven_email_take_over_one_that_a_browser_told() -> None:
    (guest,) = resolve([browser(user="guest", traits={"email": "aino@example.com"})])
    assert customer_by("email", "aino@example.com") == guest

    (aino,) = resolve([server(user="aino", email="aino@example.com")])

    assert aino != guest
    assert customer_by("email", "aino@example.com") == aino
    assert active(guest) == {("user_id", "guest")}


def test_resolve_keeps_an_anonymous_customer_anonymous_when_a_browser_tells_an_email() -> None:
    (guest,) = resolve([browser(anonymous="a1", traits={"email": "aino@example.com"})])
    assert Customer.objects.get(id=guest).known_at is None

    assert resolve([browser(user="aino", anonymous="a1")]) == [guest]


def test_resolve_finds_the_sender_of_an_answer_by_an_address_a_browser_told() -> None:
    (aino,) = resolve([browser(user="aino", traits={"phone": "045 700 1234"})])

    assert resolve([server(phone="+358457001234")]) == [aino]


def test_resolve_makes_a_customer_of_an_unknown_phone_who_can_be_answered() -> None:
    (sender,) = resolve([server(phone="045 700 1234")])

    customer = Customer.objects.get(id=sender)
    assert (customer.phone, customer.search) == ("+358457001234", "+358457001234")


def test_resolve_takes_a_sender_without_a_number_as_one_and_the_same() -> None:
    first, second = resolve([server(phone="PANKKI"), server(phone="Pankki")])

    assert first == second
    assert refusals(first) == {
        ("phone", "PANKKI", "not_a_phone"),
        ("phone", "Pankki", "not_a_phone"),
    }


def test_resolve_follows_a_customers_own_id_and_its_redirect() -> None:
    known, anonymous = resolve([browser(user="aino"), browser(anonymous="a1")])
    resolve([browser(user="aino", anonymous="a1")])

    placed = resolve(
        [server(extra=(("customer", str(known)),)), server(extra=(("customer", str(anonymous)),))]
    )

    assert placed == [known, known]


def test_resolve_returns_nobody_for_an_envelope_that_names_nobody() -> None:
    assert resolve([server(), server(extra=(("customer", "987654"),))]) == [0, 0]
    assert Customer.objects.count() == 0


def test_resolve_keeps_an_identifier_of_any_length() -> None:
    long = "x" * 3000

    assert len(set(resolve([browser(user=long), browser(user=long)]))) == 1
