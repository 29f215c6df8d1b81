"""Laws of the ledger, whatever arrives in whatever batches."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.events.contracts import Envelope
from keskio.events.models import Event
from keskio.know.identifiers import ANONYMOUS, Pair
from keskio.know.ledger import resolve
from keskio.know.models import Customer, LedgerMark, Link, Merge
from tests.know.cast import browser, server

pytestmark = pytest.mark.django_db

users = st.sampled_from(["", "", "aino", "eero", "ville"])
devices = st.sampled_from(["", "", "d1", "d2", "d3"])
emails = st.sampled_from(["", "", "", "aino@example.com", "home@example.com"])
told_traits = st.one_of(
    st.none(), st.fixed_dictionaries({"email": st.sampled_from(["home@example.com", "x@y.fi"])})
)
browsers = st.builds(
    browser, user=users, anonymous=devices, email=emails, traits=told_traits, previous=users
)
servers = st.builds(
    server, user=users, anonymous=devices, email=emails, traits=told_traits, previous=users
)
batches = st.lists(st.lists(st.one_of(browsers, servers), min_size=1, max_size=6), max_size=5)


def clear() -> None:
    for model in (Customer, Link, Merge, Event, LedgerMark):
        model.objects.all().delete()


def in_force() -> dict[Pair, int]:
    rows = Link.objects.filter(ended_at=None).values_list("type", "value", "customer_id")
    return {(kind, value): customer for kind, value, customer in rows}


def replayed() -> dict[Pair, int]:
    """The lookup made from nothing but the ledger's lines, in their order."""
    owners: dict[Pair, int] = {}
    for link in Link.objects.filter(refused="").order_by("id"):
        owners[link.type, link.value] = link.customer_id
    return owners


def people() -> set[frozenset[Pair]]:
    """Who there is, named by identifiers alone."""
    by_customer: dict[int, set[Pair]] = {}
    for pair, customer in in_force().items():
        by_customer.setdefault(customer, set()).add(pair)
    return {frozenset(pairs) for pairs in by_customer.values()}


def ledger() -> list[tuple[object, ...]]:
    return list(Link.objects.order_by("id").values_list("id", "type", "value", "customer_id"))


def accepted() -> list[tuple[object, ...]]:
    """The ledger without the refused lines: told again, a dispute may be seen that came up later."""
    return list(Link.objects.filter(refused="").order_by("id").values_list())


def proven_users() -> dict[int, set[str]]:
    users_of: dict[int, set[str]] = {}
    for (kind, value), customer in in_force().items():
        if kind == "user_id":
            users_of.setdefault(customer, set()).add(value)
    return users_of


@given(batches)
def test_the_lookup_equals_the_replay_of_the_ledger(told: list[list[Envelope]]) -> None:
    clear()
    for batch in told:
        resolve(batch)

    assert in_force() == replayed()


@given(batches)
def test_lines_are_added_and_never_changed(told: list[list[Envelope]]) -> None:
    clear()
    before: list[tuple[object, ...]] = []
    for batch in told:
        resolve(batch)
        assert ledger()[: len(before)] == before
        before = ledger()


@given(batches)
def test_the_same_batch_again_changes_nothing(told: list[list[Envelope]]) -> None:
    clear()
    for batch in told:
        placed = resolve(batch)
        before = (accepted(), Customer.objects.count(), Event.objects.count())

        assert resolve(batch) == placed
        assert (accepted(), Customer.objects.count(), Event.objects.count()) == before


@given(batches, st.data())
def test_a_batch_cut_anywhere_gives_the_same_people(
    told: list[list[Envelope]], data: st.DataObject
) -> None:
    clear()
    whole = [envelope for batch in told for envelope in batch]
    resolve(whole)
    expected = people()
    clear()
    for part in cut(whole, data):
        resolve(part)

    assert people() == expected


def cut(whole: Sequence[Envelope], data: st.DataObject) -> list[Sequence[Envelope]]:
    places = data.draw(st.sets(st.integers(0, len(whole))))
    edges = [0, *sorted(places), len(whole)]
    return [whole[a:b] for a, b in itertools.pairwise(edges)]


@given(st.lists(st.lists(browsers, min_size=1, max_size=6), max_size=5))
def test_a_browser_never_joins_two_known_customers(told: list[list[Envelope]]) -> None:
    clear()
    for batch in told:
        resolve(batch)
        assert all(len(names) == 1 for names in proven_users().values())
    gone = set(Customer.objects.exclude(merged_into_id=None).values_list("id", flat=True))
    telling = Link.objects.filter(customer_id__in=gone, refused="", is_proven=True)
    assert set(telling.values_list("type", flat=True)) <= ANONYMOUS


@given(batches)
def test_nobody_known_is_ever_merged(told: list[list[Envelope]]) -> None:
    clear()
    for batch in told:
        known = set(
            Customer.objects.filter(merged_into_id=None)
            .exclude(known_at=None)
            .values_list("id", flat=True)
        )
        resolve(batch)
        assert not Customer.objects.filter(id__in=known).exclude(merged_into_id=None).exists()


disputed_by_nobody = st.permutations(
    [
        browser(anonymous="d1"),
        browser(user="aino", anonymous="d1"),
        browser(user="aino", anonymous="d2"),
        server(user="aino", email="aino@example.com"),
        browser(anonymous="d2"),
        browser(user="ville"),
        server(user="ville", anonymous="d3"),
    ]
)


@given(disputed_by_nobody)
def test_any_order_gives_the_same_people_when_nothing_is_disputed(told: list[Envelope]) -> None:
    clear()
    for envelope in told:
        resolve([envelope])

    assert people() == {
        frozenset(
            {
                ("user_id", "aino"),
                ("anonymous_id", "d1"),
                ("anonymous_id", "d2"),
                ("email", "aino@example.com"),
            }
        ),
        frozenset({("user_id", "ville"), ("anonymous_id", "d3")}),
    }


@given(batches)
def test_redirects_lead_in_one_step_to_a_customer_of_today(told: list[list[Envelope]]) -> None:
    clear()
    for batch in told:
        placed = resolve(batch)
        here = set(Customer.objects.filter(merged_into_id=None).values_list("id", flat=True))
        assert set(placed) <= here | {0}
    ends = Customer.objects.exclude(merged_into_id=None).values_list("merged_into_id", flat=True)
    assert not Customer.objects.filter(id__in=list(ends)).exclude(merged_into_id=None).exists()
