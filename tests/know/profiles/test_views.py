"""The wing's pages, as people of each role see them: empty, full, wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keskio.kernel.clock import VirtualClock
from keskio.know.profiles import working
from keskio.know.profiles.actions import ask_for_clusters, use_clusters
from keskio.know.profiles.models import (
    ClusterModel,
    ClusterRun,
    CustomerValue,
    Persona,
    PurchaseRule,
    RfmScore,
    Work,
)
from keskio.know.profiles.reports import Asked
from tests.know.profiles.shop import NOW, open_shop, say_rule

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
EMPTY = [
    "/profiles/",
    "/profiles/value/",
    "/profiles/value/customers/",
    "/profiles/rfm/",
    "/profiles/rfm/5/5/",
    "/profiles/clusters/",
    "/profiles/clusters/add/",
    "/profiles/personas/",
    "/profiles/personas/add/",
    "/profiles/value/rule/",
]
RULE = {
    "event": "Order Completed",
    "property": "revenue",
    "currency": "€",
    "unit": "week",
    "margin": "40",
    "horizon_days": "365",
    "discount": "10",
}


@pytest.fixture
def shop(clock: VirtualClock) -> list[int]:
    clock.turn_to(NOW)
    customers = open_shop(150)
    say_rule()
    while working.work_once():
        pass
    return customers


@pytest.mark.parametrize("path", EMPTY)
def test_pages_stand_without_anything_computed(signed_in: SignedIn, path: str) -> None:
    assert signed_in("editor").get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/profiles/value/rule/", "/profiles/clusters/add/", "/profiles/personas/add/"],
)
def test_readers_change_nothing(signed_in: SignedIn, path: str) -> None:
    assert signed_in("reader").get(path).status_code == 403


def test_a_reader_asks_for_nothing(signed_in: SignedIn) -> None:
    client = signed_in("reader")
    for path in ("value/compute", "rfm/compute", "clusters/stop"):
        assert client.post(f"/profiles/{path}/").status_code == 403
    assert Work.objects.count() == 0


def test_an_editor_says_what_a_purchase_is(signed_in: SignedIn) -> None:
    response = signed_in("editor").post("/profiles/value/rule/", RULE)
    assert response.status_code == 302
    assert PurchaseRule.objects.get().margin == 40.0
    assert set(Work.objects.values_list("kind", flat=True)) == {"value", "rfm"}


def test_a_rule_that_cannot_be_is_told_of(signed_in: SignedIn) -> None:
    response = signed_in("editor").post("/profiles/value/rule/", RULE | {"margin": "0"})
    assert response.status_code == 422
    assert PurchaseRule.objects.count() == 0


def test_card_of_value_shows_ranges_checks_and_parameters(
    signed_in: SignedIn, shop: list[int]
) -> None:
    page = signed_in("reader").get("/profiles/value/").content.decode()
    assert "10, most valuable" in page
    assert '<polyline class="chart-expected"' in page
    assert "The curve as a table" in page
    for name in ("r", "alpha", "a", "b", "p", "q", "v"):
        assert f'class="mono">{name}</th>' in page
    assert "Fewer than 200 customers have bought again" in page


def test_customers_are_listed_by_rank_and_narrowed_to_a_tenth(
    signed_in: SignedIn, shop: list[int]
) -> None:
    client = signed_in("reader")
    rows = client.get("/profiles/value/customers/").context["rows"]
    ranks = [row[0].percentile for row in rows]
    assert ranks == sorted(ranks, reverse=True)
    tenth = client.get("/profiles/value/customers/?decile=1").context["rows"]
    assert tenth
    assert all(row[0].percentile <= 10 for row in tenth)


def test_lists_take_the_same_queries_for_one_row_and_for_three(
    signed_in: SignedIn, shop: list[int]
) -> None:
    client = signed_in("reader")
    client.get("/profiles/value/customers/")
    keep = list(CustomerValue.objects.values_list("pk", flat=True)[:3])
    counts = []
    for rows in (3, 1):
        CustomerValue.objects.exclude(pk__in=keep[:rows]).delete()
        with CaptureQueriesContext(connection) as asked:
            client.get("/profiles/value/customers/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_who_has_bought_once_has_not_enough_history(signed_in: SignedIn, shop: list[int]) -> None:
    once = CustomerValue.objects.filter(is_little=True).first()
    page = signed_in("reader").get(f"/customers/{once.customer_id}/").content.decode()
    assert "not enough history" in page


def test_customer_page_tells_rank_and_range(signed_in: SignedIn, shop: list[int]) -> None:
    best = CustomerValue.objects.order_by("-percentile").first()
    page = signed_in("reader").get(f"/customers/{best.customer_id}/").content.decode()
    assert "in the top 1 % of customers" in page
    assert "in 12 months, eight times of ten" in page


def test_grid_leads_to_the_customers_of_each_cell(signed_in: SignedIn, shop: list[int]) -> None:
    client = signed_in("reader")
    page = client.get("/profiles/rfm/").content.decode()
    score = RfmScore.objects.first()
    assert f'href="/profiles/rfm/{score.r}/{score.f}/"' in page
    rows = client.get(f"/profiles/rfm/{score.r}/{score.f}/").context["rows"]
    theirs = RfmScore.objects.filter(r=score.r, f=score.f)
    assert {row[0].customer_id for row in rows} == set(theirs.values_list("pk", flat=True))
    assert client.get("/profiles/rfm/6/1/").status_code == 404


def test_a_search_is_asked_for_shown_and_taken_into_use(
    signed_in: SignedIn, shop: list[int]
) -> None:
    client = signed_in("editor")
    asked = {
        "title": "Buying",
        "variables": ["frequency", "average"],
        "method": "ward",
        "k": "2",
        "log_skewed": "on",
    }
    response = client.post("/profiles/clusters/add/", asked)
    run = ClusterRun.objects.get()
    assert response.headers["Location"] == f"/profiles/clusters/{run.pk}/"
    assert "Searching: 0 % done." in client.get(f"/profiles/clusters/{run.pk}/").content.decode()
    while working.work_once():
        pass
    page = client.get(f"/profiles/clusters/{run.pk}/").content.decode()
    for title in ("Report card", "Size", "Difference", "Identifiability", "Stability", "The tree"):
        assert title in page
    wrong = client.post(f"/profiles/clusters/{run.pk}/use/", {"name": ["Same", "Same"]})
    assert wrong.status_code == 422
    assert ClusterModel.objects.count() == 0
    client.post(f"/profiles/clusters/{run.pk}/use/", {"name": ["Often", "Seldom"]})
    while working.work_once():
        pass
    page = client.get("/profiles/clusters/").content.decode()
    assert "Often" in page
    assert client.get("/profiles/clusters/in-use/1/").context["name"] == "Seldom"
    assert client.get("/profiles/clusters/in-use/2/").status_code == 404


def test_a_search_without_a_variable_is_not_made(signed_in: SignedIn) -> None:
    asked = {"title": "Nothing", "method": "kmeans", "k": "0"}
    response = signed_in("editor").post("/profiles/clusters/add/", asked)
    assert response.status_code == 422
    assert ClusterRun.objects.count() == 0


def test_a_search_that_failed_says_why(signed_in: SignedIn, clock: VirtualClock) -> None:
    run = ask_for_clusters(Asked(["recency"]), title="Too early", by="aino")
    working.work_once()
    page = signed_in("reader").get(f"/profiles/clusters/{run.pk}/").content.decode()
    assert "Nobody has a value of recency any more: choose others." in page


def test_a_persona_is_described_and_tied_to_a_cluster(signed_in: SignedIn, shop: list[int]) -> None:
    run = ask_for_clusters(Asked(["frequency"], k=2), title="Buying", by="aino")
    while working.work_once():
        pass
    run.refresh_from_db()
    use_clusters(run, names=["Often", "Seldom"], by="aino")
    while working.work_once():
        pass
    client = signed_in("editor")
    told = {
        "name": "Commuter Kaisa",
        "summary": "Rides to work every day",
        "motives": "Gets there in time\nKeeps fit",
        "quotes": "A flat tyre ruins my morning",
        "match": "cluster:0",
    }
    assert client.post("/profiles/personas/add/", told).status_code == 302
    persona = Persona.objects.get()
    page = client.get(f"/profiles/personas/{persona.pk}/")
    assert page.context["lists"] == [("Motives", ["Gets there in time", "Keeps fit"])]
    assert page.context["match"] == "Often"
    assert page.context["standing"].customers > 0
    client.post(f"/profiles/personas/{persona.pk}/change/", told | {"match": ""})
    assert client.get(f"/profiles/personas/{persona.pk}/").context["standing"] is None
    client.post(f"/profiles/personas/{persona.pk}/remove/")
    assert Persona.objects.count() == 0


def test_pages_speak_finnish(signed_in: SignedIn, shop: list[int]) -> None:
    client = signed_in("reader")
    page = client.get("/profiles/rfm/", headers={"accept-language": "fi"}).content.decode()
    assert "Kuka siirtyi ja mitä siirrettiin" in page
