"""The pages of computed traits, as people of each role see and use them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from keskio.know.computed.actions import add_definition
from keskio.know.computed.models import Definition
from tests.know.computed.people import follow, happen, people, traits
from tests.web.conftest import signed_in, user

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
__all__ = ["signed_in", "user"]

FORM = {
    "title": "Big orders",
    "key": "big_orders",
    "event": "Order Completed",
    "where": "property: total, at_least: 10",
    "compute": "count",
    "property": "",
    "last": "90 days",
}


def test_editor_previews_saves_and_takes_away(signed_in: SignedIn) -> None:
    aino, eero = people(2)
    happen(aino, "Order Completed", total=20)
    happen(aino, "Order Completed", total=5)
    happen(eero, "Order Completed", total=5)
    client = signed_in("editor")

    preview = client.post("/traits/add/", {**FORM, "what": "preview"})
    assert {s.person.id: s.value for s in preview.context["samples"]} == {aino: 1, eero: None}
    assert not Definition.objects.exists()

    assert client.post("/traits/add/", FORM).status_code == 302
    follow()
    made = Definition.objects.get()
    assert json.loads(made.document)["of"]["where"] == {"property": "total", "at_least": 10}
    assert traits(aino, eero) == [{"big_orders": 1}, {}]
    listed = client.get("/traits/").content.decode()
    shown = client.get(f"/traits/{made.pk}/").content.decode()
    assert ("Big orders" in listed, "in the last 90 days" in shown) == (True, True)

    changed = client.post(f"/traits/{made.pk}/edit/", {**FORM, "where": "", "title": "Orders"})
    assert changed.status_code == 302
    follow()
    assert traits(aino, eero) == [{"big_orders": 2}, {"big_orders": 1}]
    assert client.post(f"/traits/{made.pk}/anew/").status_code == 302
    assert client.post(f"/traits/{made.pk}/end/").status_code == 302
    follow()
    assert traits(aino, eero) == [{}, {}]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("key", "Big Orders", "small letters"),
        ("key", "email", "told by sources"),
        ("last", "1 month", "months and years vary"),
        ("last", "soon", "not a length of time"),
        ("where", "trait: town, is: Oulu", "looks at properties"),
        ("where", "{", "cannot be read"),
        ("compute", "sum", "needs property"),
        ("property", "total", "leave property out"),
        ("event", "customer.computed", "cannot be of the events"),
    ],
)
def test_what_is_wrong_is_said(signed_in: SignedIn, field: str, value: str, said: str) -> None:
    response = signed_in("editor").post("/traits/add/", {**FORM, field: value})

    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Definition.objects.exists()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1", "customer and value"),
        ("DELETE FROM traits", "one SELECT"),
        ("SELECT customer, 1 AS value FROM traits; SELECT 2", "one SELECT"),
        ("SELECT customer, 1 AS value FROM read_csv(&#x27;x&#x27;)", "none of the lake"),
        ("SELECT customer, 1 AS value FROM 'file.parquet'", "none of the lake"),
        ("SELECT customer, 1 AS value FROM main.secret", "none of the lake"),
        ("SELECT (", "cannot be read"),
    ],
)
def test_sql_that_is_no_question_is_refused(signed_in: SignedIn, sql: str, said: str) -> None:
    told = {"title": "T", "key": "t", "sql": sql.replace("&#x27;", "'"), "every": "1 day"}

    response = signed_in("editor").post("/traits/add/sql/", told)

    assert said in response.content.decode()
    assert not Definition.objects.exists()


def test_readers_see_and_change_nothing(signed_in: SignedIn) -> None:
    made = add_definition({"key": "o", "title": "O", "of": {"event": "E"}, "compute": "count"})
    client = signed_in("reader")

    assert client.get("/traits/").status_code == 200
    answers = [
        client.get("/traits/add/").status_code,
        client.post(f"/traits/{made.pk}/anew/").status_code,
        client.post(f"/traits/{made.pk}/end/").status_code,
    ]
    assert answers == [403, 403, 403]
    assert Definition.objects.get().state == "building"
