"""Households and organisations: by group calls and by hand, with roles, through merges and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keskio.events.api import append_events
from keskio.events.contracts import Envelope
from keskio.events.models import Event
from keskio.kernel.errors import Mistake
from keskio.know.groups.actions import (
    BadBusinessId,
    Taken,
    add_member,
    remove_member,
    save_group,
)
from keskio.know.groups.handlers import absorb
from keskio.know.groups.models import Group, Member
from keskio.know.groups.queries import groups_of, member_counts, members_of
from keskio.know.ledger import place, resolve
from keskio.know.uniting import merge_customers, undo_merge
from tests.know.cast import browser, server

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def called(
    user: str, group: str | int, *, at: int = 5, trusted: bool = True, **traits: Any
) -> Envelope:
    body = json.dumps({"properties": {"groupId": group}, "traits": traits})
    said = server if trusted else browser
    return said(user=user, name="group.joined", body=body, at=at)


def take(*envelopes: Envelope) -> list[int]:
    placed = place(envelopes)
    append_events(absorb(envelopes, placed))
    return list(placed.customers)


def events() -> list[tuple[str, int, str]]:
    return [
        (e.name, e.customer_id, json.loads(e.body)["properties"].get("role", ""))
        for e in Event.objects.filter(name__startswith="group.member").order_by("id")
    ]


def test_a_group_call_makes_the_group_and_its_member() -> None:
    (aino,) = take(
        called("aino", 17, name="Pyörä Oy", businessId="20774740", plan="gold", role="Buyer")
    )

    group = Group.objects.get()
    assert (group.key, group.name, group.kind, group.business_id) == (
        "17",
        "Pyörä Oy",
        "organisation",
        "2077474-0",
    )
    assert json.loads(group.traits)["plan"] == "gold"
    assert [(g.name, g.role) for g in groups_of([aino])[aino]] == [("Pyörä Oy", "buyer")]
    assert events() == [("group.member_added", aino, "buyer")]


def test_group_calls_again_change_nothing_and_later_ones_refresh() -> None:
    call = called("aino", "g", name="Koti", type="household")
    take(call)
    before = (events(), Member.objects.count(), list(Group.objects.values()))
    take(call)
    assert (events(), Member.objects.count(), list(Group.objects.values())) == before

    take(called("aino", "g", at=9, name="Uusi koti"), called("eero", "g", at=3, name="Vanha koti"))

    group = Group.objects.get()
    assert (group.name, group.kind) == ("Uusi koti", "household")
    assert member_counts([group.pk]) == {group.pk: 2}


def test_a_browser_makes_a_group_but_does_not_change_one() -> None:
    take(called("aino", "g", name="Pyörä Oy"))

    take(called("thief", "g", at=9, trusted=False, name="Varas Oy", businessId="2077474-0", size=3))

    group = Group.objects.get()
    assert (group.name, group.business_id) == ("Pyörä Oy", "")
    assert json.loads(group.traits) == {"name": "Pyörä Oy", "size": 3}


def test_many_calls_ask_no_more_of_the_database() -> None:
    counts = []
    for many in (range(1), range(1, 60)):
        calls = [called(f"u{n}", f"g{n % 7}", name=f"Yritys {n % 7}") for n in many]
        placed = place(calls)
        with CaptureQueriesContext(connection) as queries:
            absorb(calls, placed)
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 1


def test_business_ids_are_checked_and_belong_to_one_group() -> None:
    first = save_group(group=None, kind="organisation", name="Yksi", business_id="20774740")
    with pytest.raises(BadBusinessId):
        save_group(group=None, kind="organisation", name="Kaksi", business_id="2077474-1")
    with pytest.raises(Taken):
        save_group(group=None, kind="organisation", name="Kaksi", business_id="2077474-0")
    with pytest.raises(Mistake):
        save_group(group=None, kind="club", name="Kolme")
    assert [group.pk for group in Group.objects.all()] == [first]


def test_members_are_added_given_roles_and_removed() -> None:
    aino, eero = resolve([server(user="aino"), server(user="eero")])
    group = save_group(group=None, kind="household", name="Koti")

    assert add_member(group, aino, role="head")
    assert not add_member(group, aino, role="head")
    assert add_member(group, eero, role="child")
    assert add_member(group, eero, role="adult")
    assert [(m.customer, m.role) for m in members_of(group)] == [(aino, "head"), (eero, "adult")]
    assert remove_member(group, aino)
    assert not remove_member(group, aino)
    assert groups_of([aino, eero])[aino] == []
    with pytest.raises(Mistake):
        add_member(group, 999)
    with pytest.raises(Mistake):
        add_member(group, aino, role="king")
    assert [name for name, _, _ in events()] == [
        "group.member_added",
        "group.member_added",
        "group.member_added",
        "group.member_removed",
    ]


def test_membership_follows_a_merge_and_comes_back() -> None:
    aino, eero = resolve([server(user="aino"), server(user="eero")])
    group = save_group(group=None, kind="household", name="Koti")
    add_member(group, eero, role="head")

    merge = merge_customers(eero, aino)
    assert [(m.customer, m.role) for m in members_of(group)] == [(aino, "head")]
    assert groups_of([aino])[aino][0].role == "head"
    assert not add_member(group, aino, role="head")

    undo_merge(merge or 0)
    assert [m.customer for m in members_of(group)] == [eero]
    assert groups_of([aino, eero])[aino] == []


def test_pages_of_groups(signed_in: SignedIn) -> None:
    (aino,) = resolve([server(user="aino", email="aino@example.com")])
    page = signed_in("editor")
    assert "No groups yet" in page.get("/groups/").content.decode()
    wrong = {"name": "Pyörä Oy", "kind": "organisation", "business_id": "123"}
    assert "business_id" in page.post("/groups/add/", wrong).context["form"].errors

    page.post("/groups/add/", {**wrong, "business_id": "2077474-0"})
    group = Group.objects.get()
    page.post(f"/groups/{group.pk}/members/", {"customer": f"#{aino}", "role": "gatekeeper"})
    page.post(f"/groups/{group.pk}/members/", {"customer": "nobody", "role": "buyer"})
    shown = page.get(f"/groups/{group.pk}/").content.decode()
    assert "Gatekeeper" in shown
    assert "Gatekeeper" in page.get(f"/customers/{aino}/known/").content.decode()
    assert "Pyörä Oy" in page.get("/groups/?q=pyörä&kind=organisation").content.decode()
    assert "No group was found" in page.get("/groups/?q=nothing").content.decode()

    page.post(f"/groups/{group.pk}/edit/", {"name": "Pyörä Ab", "kind": "organisation"})
    page.post(f"/groups/{group.pk}/members/{aino}/remove/")
    group.refresh_from_db()
    assert (group.name, members_of(group.pk)) == ("Pyörä Ab", [])


def test_readers_change_no_group(signed_in: SignedIn) -> None:
    group = save_group(group=None, kind="household", name="Koti")
    (aino,) = resolve([server(user="aino")])
    page = signed_in("reader")
    assert page.get(f"/groups/{group}/").status_code == 200
    assert page.get("/groups/add/").status_code == 403
    told = {"customer": str(aino), "role": "head"}
    assert page.post(f"/groups/{group}/members/", told).status_code == 403
    assert members_of(group) == []
