"""The pages of objects, as people of each role see and use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keskio.kernel.clock import VirtualClock
from keskio.know.actions import find_or_create
from keskio.know.objects.actions import take_objects
from keskio.know.objects.contracts import NewObject
from keskio.know.objects.models import Object
from keskio.know.objects.queries import fields_of_kinds
from tests.web.conftest import signed_in, user

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
__all__ = ["signed_in", "user"]


def give(customer: int, *keys: str, **fields: object) -> None:
    take_objects([NewObject("car", key, dict(fields), customer=customer) for key in keys])


@pytest.fixture
def aino() -> int:
    return find_or_create([("email", "aino@example.com")], traits={"name": "Aino Laine"})


def test_list_asks_no_more_for_more_rows(signed_in: SignedIn, aino: int) -> None:
    client = signed_in("reader")
    client.get("/objects/of/car/")
    asked = []
    for number in range(3):
        give(aino, f"K-{number}")
        with CaptureQueriesContext(connection) as queries:
            response = client.get("/objects/of/car/")
        assert len(response.context["rows"]) == number + 1
        asked.append(len(queries))

    assert len(set(asked)) == 1


def test_list_is_kept_to_what_is_asked_for(
    signed_in: SignedIn, aino: int, clock: VirtualClock
) -> None:
    eero = find_or_create([("email", "eero@example.com")], traits={"name": "Eero Koski"})
    give(aino, "A-1", service_on="2026-05-01")
    give(eero, "E-1", service_on="2026-09-01")
    take_objects([NewObject("car", "A-2", customer=aino, ended=True)])
    client = signed_in("reader")

    def shown(query: str) -> list[str]:
        page = client.get(f"/objects/of/car/?{query}").context["page"]
        return sorted(row.key for row in page.items)

    assert shown("") == ["A-1", "E-1"]
    assert shown("q=koski") == ["E-1"]
    assert shown("q=A-") == ["A-1"]
    assert shown("q=%25") == []
    assert shown("state=ended") == ["A-2"]
    assert shown("state=all") == ["A-1", "A-2", "E-1"]
    assert shown("date=service_on&since=2026-08-01&until=2026-09-01") == ["E-1"]
    assert shown("date=service_on&until=2026-08-31") == ["A-1"]


def test_editor_adds_changes_and_ends(signed_in: SignedIn, aino: int) -> None:
    client = signed_in("editor")
    new = {"key": "ABC-1", "field-make": "Volvo", "field-service_on": "2026-09-01"}

    assert client.post(f"/customers/{aino}/objects/add/car/", new).status_code == 302
    car = Object.objects.get()
    changed = {"field-make": "Volvo", "field-service_on": "2026-10-01"}
    assert client.post(f"/objects/{car.pk}/edit/", changed).status_code == 302
    page = client.get(f"/objects/{car.pk}/").content.decode()
    assert client.post(f"/objects/{car.pk}/end/").status_code == 302

    car.refresh_from_db()
    assert car.properties == '{"make":"Volvo","service_on":"2026-10-01"}'
    assert car.ended_at is not None
    assert ("It came" in page, "It changed" in page, "Aino Laine" in page) == (True, True, True)


def test_what_does_not_fit_is_said_and_not_kept(signed_in: SignedIn, aino: int) -> None:
    client = signed_in("editor")

    response = client.post(f"/customers/{aino}/objects/add/car/", {"key": "A", "field-year": "old"})

    assert response.status_code == 200
    assert "year must be a number" in response.content.decode()
    assert not Object.objects.exists()


def test_customer_page_shows_what_the_customer_has(signed_in: SignedIn, aino: int) -> None:
    give(aino, "ABC-1", make="Volvo")
    client = signed_in("reader")

    page = client.get(f"/customers/{aino}/known/").content.decode()

    assert ("ABC-1" in page, "Make: Volvo" in page) == (True, True)


def test_admin_makes_a_kind(signed_in: SignedIn) -> None:
    lines = "metres: number | Length\nhull: choice(wood, steel)\n\nname"
    client = signed_in("admin")

    told = {"key": "boat", "title": "Boats", "fields_text": lines}
    assert client.post("/objects/kinds/add/", told).status_code == 302
    wrong = client.post("/objects/kinds/add/", {"key": "x", "fields_text": "a: colour"})

    found = [(f.name, f.type, f.title, f.choices) for f in fields_of_kinds()["boat"].values()]
    assert found == [
        ("metres", "number", "Length", ()),
        ("hull", "choice", "", ("wood", "steel")),
        ("name", "text", "", ()),
    ]
    assert "there is no type colour" in wrong.content.decode()


def test_readers_change_nothing(signed_in: SignedIn, aino: int) -> None:
    give(aino, "A")
    car = Object.objects.get()
    client = signed_in("reader")

    answers = [
        client.post(f"/objects/{car.pk}/end/").status_code,
        client.post(f"/objects/{car.pk}/edit/", {}).status_code,
        client.get(f"/customers/{aino}/objects/add/car/").status_code,
        client.get("/objects/kinds/add/").status_code,
        client.get("/objects/of/nothing/").status_code,
        client.get("/objects/999/").status_code,
    ]

    assert answers == [403, 403, 403, 403, 404, 404]
    assert Object.objects.get().ended_at is None
