"""The pages of the data plan and of web hooks, as people of each role see and use them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from keskio.events import api as events
from keskio.tracking.actions import add_source
from keskio.tracking.api import make_intake
from keskio.tracking.hooking import add_hook
from keskio.tracking.models import Hook, Planned
from keskio.tracking.planning import plan_event, unplanned_rule
from tests.tracking.takings import absorb, resolve, spool, take_all, track

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
SCHEMA = "properties:\n  total:\n    type: number\n"


def receive(count: int = 1, **properties: object) -> None:
    names = [track(f"m{n}", event="Order Completed", properties=properties) for n in range(count)]
    spool({"batch": names})
    take_all(make_intake({}, resolve, absorb))


def test_plan_shows_what_has_come_beside_what_is_planned(signed_in: SignedIn) -> None:
    plan_event("Cart Viewed", {}, mode="warn")
    plan_event("Order Completed", {"required": ["total"]}, mode="quarantine")
    receive(3)
    page = signed_in("reader").get("/plan/")

    rows = [(row.name, row.taken, row.kept_out) for row in page.context["rows"]]
    assert rows == [("Order Completed", 0, 3), ("Cart Viewed", 0, 0)]
    assert page.context["trend"][-1] == 3


def test_editor_plans_checks_and_makes_schemas_of_what_was_seen(signed_in: SignedIn) -> None:
    receive(6, total=1.5, currency="EUR")
    client = signed_in("editor")
    name = "/plan/event/?name=Order+Completed"

    seen = client.get(f"{name}&seen=1").context["form"].initial["schema"]
    assert "required:\n  - currency\n  - total" in seen
    told = {"name": "Order Completed", "mode": "quarantine", "schema": SCHEMA}
    checked = client.post(name, {**told, "example": "{total: many}", "what": "check"})
    assert checked.context["checked"] == ['properties.total: "many" is not of type "number"']
    assert not Planned.objects.exists()
    assert client.post(name, told).status_code == 302
    assert json.loads(Planned.objects.get().schema) == {"properties": {"total": {"type": "number"}}}
    wrong = client.post(name, {**told, "schema": "{type: string}"}).content.decode()
    assert "are an object" in wrong
    assert client.post("/plan/unplan/", {"name": "Order Completed"}).status_code == 302
    assert not Planned.objects.exists()


def test_plan_goes_out_and_comes_in(signed_in: SignedIn) -> None:
    plan_event("Order Completed", {"required": ["total"]}, mode="warn")
    client = signed_in("editor")
    text = client.get("/plan/data-plan.yaml").content.decode()
    as_json = json.loads(client.get("/plan/data-plan.json").content)
    Planned.objects.all().delete()

    client.post("/plan/bring/", {"text": text})
    client.post("/plan/rule/", {"unplanned": "warn"})

    assert as_json["events"]["Order Completed"]["schema"] == {"required": ["total"]}
    assert [row.mode for row in Planned.objects.all()] == ["warn"]
    assert unplanned_rule() == "warn"


def test_readers_change_no_plan(signed_in: SignedIn) -> None:
    client = signed_in("reader")
    answers = [
        client.post("/plan/event/", {"name": "A", "mode": "warn", "schema": ""}).status_code,
        client.post("/plan/rule/", {"unplanned": "warn"}).status_code,
        client.post("/plan/bring/", {"text": "{events: {}}"}).status_code,
        client.get("/sources/hooks/examples/shop/").status_code,
    ]

    assert answers == [403, 403, 403, 403]
    assert not Planned.objects.exists()


def test_admin_adds_a_hook_tries_its_mapping_and_closes_it(signed_in: SignedIn) -> None:
    source = add_source("Shop")
    client = signed_in("admin")
    client.post(f"/sources/{source.pk}/hooks/add/", {"name": "Orders", "example": "shop"})
    hook = Hook.objects.get()
    told = {"name": "Orders", "header": "X-Sig", "mapping": "{event: A, identifiers: {email: /e}}"}

    tried = client.post(
        f"/sources/hooks/{hook.pk}/", {**told, "example": '{"e": "a@b.fi"}', "what": "try"}
    )
    assert json.loads(tried.context["tried"][0][2])[0]["event"] == "A"
    assert client.post(f"/sources/hooks/{hook.pk}/", {**told, "secret": "s"}).status_code == 302
    wrong = client.post(f"/sources/hooks/{hook.pk}/", {**told, "mapping": "{event: A}"})
    assert "needs identifiers" in wrong.content.decode()
    client.post(f"/sources/hooks/{hook.pk}/switch/")

    hook.refresh_from_db()
    assert (hook.secret, hook.header, hook.active) == ("s", "X-Sig", False)


def test_last_bodies_are_shown_with_what_they_mean(signed_in: SignedIn) -> None:
    hook = add_hook(add_source("Shop"), "Orders", mapping="{event: A, identifiers: {email: /e}}")
    meta = json.dumps({"hook": hook.pk})
    events.spool_row(kind="hook", source=hook.source_id, meta=meta, body=b'{"e": "a@b.fi"}')

    page = signed_in("admin").get(f"/sources/hooks/{hook.pk}/").content.decode()

    assert "a@b.fi" in page
    assert "externalIds" in page
