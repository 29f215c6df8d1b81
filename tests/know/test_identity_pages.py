"""Rules with their preview, merges to decide, merging and parting by hand, and what was known on a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from keskio.kernel.clock import to_micros
from keskio.know.actions import find_or_create, set_traits
from keskio.know.api import customer_by, facts_of
from keskio.know.histories import as_of, trait_history
from keskio.know.ledger import place, resolve
from keskio.know.models import Customer, Doubt, Link, Merge
from keskio.know.previewing import preview
from keskio.know.rules import DEFAULTS, STANDARD, Rule, Rules
from keskio.know.ruling import keep_rules, rules_now
from keskio.know.uniting import merge_customers, undo_merge
from tests.know.cast import browser, server

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def active(customer: int) -> set[tuple[str, str]]:
    rows = Link.objects.filter(customer_id=customer, ended_at=None)
    return set(rows.values_list("type", "value"))


def two_with_one_email() -> tuple[int, int]:
    """Aino and Eero, who both have said that home@example.com is theirs."""
    aino, eero = resolve(
        [
            server(user="aino", email="home@example.com"),
            server(user="eero", email="home@example.com"),
        ]
    )
    return aino, eero


def test_nobodys_values_make_nobody() -> None:
    nobody, somebody = resolve([browser(user="null"), browser(user="0", anonymous="a1")])

    assert nobody == 0
    assert active(somebody) == {("anonymous_id", "a1")}


def test_a_shared_mailbox_reaches_a_customer_and_joins_nobody() -> None:
    (firm,) = resolve([server(email="info@firma.fi")])

    (aino,) = resolve([server(user="aino", email="info@firma.fi")])

    assert aino != firm
    assert resolve([server(email="info@firma.fi")]) == [firm]
    doubt = Doubt.objects.get()
    assert (doubt.one_id, doubt.other_id, doubt.reason) == (firm, aino, "shared")


def test_personal_identity_codes_are_not_kept_without_a_legal_basis() -> None:
    told = server(user="aino", extra=(("hetu", "131052-308T"),))
    (aino,) = resolve([told])
    assert active(aino) == {("user_id", "aino")}
    assert not Link.objects.filter(value__contains="131052").exists()
    assert Link.objects.get(type="hetu").refused == "no_legal_basis"

    keep_rules({"hetu": Rule("hetu", 15, legal_basis="Insurance contracts act, section 1")})
    resolve([told, server(user="aino", extra=(("hetu", "131052-308U"),))])

    assert active(aino) == {("user_id", "aino"), ("hetu", "131052-308T")}
    assert Link.objects.filter(refused="not_a_code").count() == 1


def test_new_rules_hold_from_the_next_batch_on() -> None:
    (aino,) = resolve([server(user="aino", extra=(("crm", "1"),))])
    resolve([server(user="aino", extra=(("crm", "2"),))])
    assert active(aino) == {("user_id", "aino"), ("crm", "1")}

    keep_rules({"crm": Rule("crm", 20, limit=2)})
    resolve([server(user="aino", extra=(("crm", "2"),))])
    resolve([server(user="aino", extra=(("crm", "3"),))])

    assert active(aino) == {("user_id", "aino"), ("crm", "1"), ("crm", "2")}
    assert rules_now().of("crm").limit == 2


def test_a_limit_may_count_all_that_were_ever_had() -> None:
    keep_rules({"email": Rule("email", 30, limit=1, ever=True)})
    (guest,) = resolve([browser(user="guest", traits={"email": "a@example.com"})])
    (aino,) = resolve([server(user="aino", email="a@example.com")])

    resolve([server(user="guest", email="b@example.com")])

    assert (active(guest), active(aino)) == (
        {("user_id", "guest")},
        {("user_id", "aino"), ("email", "a@example.com")},
    )


def test_priority_says_whose_an_event_is() -> None:
    aino, eero = resolve([server(user="aino"), server(extra=(("crm", "7"),))])
    both = server(user="aino", extra=(("crm", "7"),))
    assert resolve([both]) == [aino]

    keep_rules({"*": Rule("*", 5)})

    assert resolve([both]) == [eero]


def test_an_undone_merge_is_not_made_again_by_the_rules() -> None:
    aino, guest = resolve([browser(user="aino"), browser(anonymous="d1")])
    together = browser(user="aino", anonymous="d1")
    placed = place([together, browser(anonymous="d1")])
    assert (placed.customers, placed.records) == ([aino, aino], [aino, guest])
    undo_merge(Merge.objects.get().pk)

    assert resolve([together, browser(anonymous="d1")]) == [aino, guest]
    assert Link.objects.get(refused="kept_apart").value == "d1"


def test_chains_of_merges_come_apart_anywhere() -> None:
    a, b, c = resolve([server(user="a"), server(user="b"), server(user="c")])
    first, second = merge_customers(b, a), merge_customers(a, c)
    assert resolve([server(user="a"), server(user="b")]) == [c, c]

    undo_merge(first or 0)
    assert resolve([server(user="a"), server(user="b"), server(user="c")]) == [c, b, c]

    undo_merge(second or 0)
    assert resolve([server(user="a"), server(user="b"), server(user="c")]) == [a, b, c]
    assert Customer.objects.exclude(merged_into_id=None).count() == 0


def test_preview_tells_what_a_change_would_join_and_refuse_and_writes_nothing() -> None:
    aino, eero = two_with_one_email()
    before = (Link.objects.count(), Customer.objects.count())
    told = {**DEFAULTS, "user_id": Rule("user_id", 10, limit=2)}

    joined = preview(STANDARD, Rules(told))
    blocked = preview(STANDARD, Rules({"user_id": Rule("user_id", 10, blocked=("eero",))}))

    assert joined.joined == [[aino, eero]]
    assert [(x.pair, x.customer) for x in joined.taken] == [(("email", "home@example.com"), eero)]
    assert (("user_id", "eero"), "blocked", eero) in [
        (x.pair, x.reason, x.customer) for x in blocked.refused
    ]
    assert preview(STANDARD, Rules()).is_same
    assert (Link.objects.count(), Customer.objects.count()) == before


def test_a_doubt_is_shown_decided_and_never_asked_again(signed_in: SignedIn) -> None:
    aino, eero = two_with_one_email()
    doubt = Doubt.objects.get()
    assert (doubt.one_id, doubt.other_id, doubt.reason) == (aino, eero, "known_to_another")
    page = signed_in("editor")
    assert "home@example.com" in page.get("/identities/").content.decode()

    answer = page.post(f"/identities/{doubt.pk}/decide/", {"what": "apart"}, follow=True)
    assert answer.status_code == 200

    two_with_one_email()
    assert list(Doubt.objects.values_list("state", "decided_by")) == [("apart", "editor")]
    assert f"#{aino}" in page.get("/identities/?state=settled").content.decode()
    page.post(f"/identities/{doubt.pk}/decide/", {"what": "merge"})
    assert Customer.objects.filter(merged_into_id=None).count() == 2


def test_merging_from_the_list_can_be_undone_on_the_page(signed_in: SignedIn) -> None:
    aino, eero = two_with_one_email()
    page = signed_in("editor")
    page.post(f"/identities/{Doubt.objects.get().pk}/decide/", {"what": "merge"})
    assert customer_by("user_id", "eero") == aino
    shown = page.get(f"/customers/{aino}/known/").content.decode()
    merge = Merge.objects.get()
    assert f"/identities/merges/{merge.pk}/undo/" in shown
    assert page.get(f"/customers/{eero}/").headers["Location"] == f"/customers/{aino}/"

    page.post(f"/identities/merges/{merge.pk}/undo/")

    assert customer_by("user_id", "eero") == eero
    merge.refresh_from_db()
    assert (merge.actor, merge.undone_by) == ("editor", "editor")
    page.post(f"/customers/{aino}/merge/", {"other": f"#{eero}"})
    assert customer_by("user_id", "eero") == aino
    assert page.post(f"/customers/{aino}/merge/", {"other": "x"}, follow=True).status_code == 200
    assert page.post(f"/customers/{aino}/merge/", {"other": "999"}, follow=True).status_code == 200


def test_readers_may_look_and_not_decide(signed_in: SignedIn) -> None:
    two_with_one_email()
    page = signed_in("reader")
    assert page.get("/identities/").status_code == 200
    number = Doubt.objects.get().pk
    assert page.post(f"/identities/{number}/decide/", {"what": "merge"}).status_code == 403
    assert page.get("/identities/rules/").status_code == 403
    assert Doubt.objects.get().state == "open"


def rule_fields(page: Client) -> dict[str, str]:
    """The rules page's fields as a browser would send them back."""
    context = page.get("/identities/rules/").context
    told: dict[str, str] = {}
    for _, form in context["forms"]:
        for bound in form:
            value = bound.value()
            if value is True:
                told[bound.html_name] = "on"
            elif value is not False:
                told[bound.html_name] = str(value)
    return told


def test_rules_are_previewed_and_kept_on_one_page(signed_in: SignedIn) -> None:
    both = list(two_with_one_email())
    page = signed_in("admin")
    told = {**rule_fields(page), "user_id-limit": "2"}

    shown = page.post("/identities/rules/", {**told, "what": "preview"})
    assert shown.context["preview"]["found"].joined == [both]
    assert rules_now().of("user_id").limit == 1

    named = page.post("/identities/rules/", {**told, "what": "add", "new_type": "loyalty"})
    assert "loyalty" in [form.kind for _, form in named.context["forms"]]
    page.post("/identities/rules/", {**told, "what": "keep"})
    assert rules_now().of("user_id").limit == 2
    wrong = page.post("/identities/rules/", {**told, "user_id-limit": "-1", "what": "keep"})
    assert wrong.status_code == 200
    assert rules_now().of("user_id").limit == 2


def test_traits_have_a_history_and_a_value_on_a_day(signed_in: SignedIn) -> None:
    def day(number: int) -> int:
        return to_micros(datetime(2026, 3, number, 12, tzinfo=UTC))

    aino = find_or_create([("user_id", "aino")])
    for number, plan in ((2, "silver"), (3, "silver"), (5, "gold")):
        set_traits({aino: {"plan": plan}}, at=day(number), by="staff", actor="maija")

    assert [(t.value, t.at, t.actor, t.is_now) for t in trait_history(aino)] == [
        ("gold", day(5), "maija", True),
        ("silver", day(2), "maija", False),
    ]
    assert as_of(aino, day(4)).traits == {"plan": "silver"}
    assert as_of(aino, day(1)).traits == {}
    assert facts_of([aino])[aino].traits == {"plan": "gold"}
    page = signed_in("reader")
    shown = page.get(f"/customers/{aino}/history/?on=2026-03-04")
    assert shown.context["then"]["traits"] == [("plan", "silver")]
    assert page.get(f"/customers/{aino}/history/?trait=plan&on=nonsense").status_code == 200
    assert page.get("/customers/999/history/").status_code == 404
