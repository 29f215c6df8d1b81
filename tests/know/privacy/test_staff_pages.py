"""The staff's pages: who may do what, and that it is done."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from keskio.kernel.clock import VirtualClock
from keskio.kernel.errors import Mistake
from keskio.know.api import facts_of, find_or_create, give_consent, set_traits
from keskio.know.privacy.models import ConsentText, Demand, Erasure, Notice, Retention, SpecialName
from keskio.know.segments.actions import save_segment
from tests.web.conftest import signed_in, user

__all__ = ["signed_in", "user"]
pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
READ = (
    "/consents/",
    "/consents/purposes/",
    "/privacy/",
    "/privacy/retention/",
    "/privacy/health/",
)


def aino() -> int:
    told = {"name": "Aino Virtanen", "email": "aino@example.com", "phone": "0457005555"}
    return find_or_create([("crm", "K1")], traits=told)


@pytest.mark.parametrize("path", READ)
def test_readers_read_and_strangers_do_not(signed_in: SignedIn, path: str) -> None:
    assert signed_in("reader").get(path).status_code == 200
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("reader", "/customers/{}/restrict/"),
        ("reader", "/customers/{}/ask/"),
        ("editor", "/customers/{}/erase/"),
        ("editor", "/customers/{}/export/"),
        ("editor", "/privacy/retention/add/"),
        ("editor", "/privacy/health/add/"),
        ("editor", "/consents/purposes/add/"),
    ],
)
def test_what_a_role_may_not_do_is_refused_and_not_done(
    signed_in: SignedIn, role: str, path: str
) -> None:
    customer = aino()
    answer = signed_in(role).post(path.format(customer), {"reason": "x", "number": customer})
    assert answer.status_code == 403
    assert Erasure.objects.count() == Retention.objects.count() == Notice.objects.count() == 0
    assert facts_of([customer])[customer].consents == {}


def test_the_register_is_filtered_and_comes_as_csv(
    signed_in: SignedIn, clock: VirtualClock
) -> None:
    customer = aino()
    give_consent(customer, purpose="marketing", channel="sms", source="shop", proof="=1+1")
    give_consent(customer, purpose="research", channel="email", source="shop")
    client = signed_in("editor")

    shown = client.get("/consents/", {"purpose": "marketing", "since": "2026-03-01"})
    assert [line.purpose for line, *_ in shown.context["rows"]] == ["marketing"]
    assert len(client.get("/consents/", {"until": "2026-03-01"}).context["rows"]) == 0
    assert len(client.get("/consents/", {"purpose": "nonsense"}).context["rows"]) == 2

    told = client.get("/consents/csv/", {"channel": "sms"}).getvalue().decode()
    head, row = told.lstrip("\ufeff").splitlines()
    assert head.startswith("id,customer_id,purpose,channel,state,at")
    assert row.endswith("marketing,sms,given,2026-03-02T07:00:00+00:00,,shop,staff,,,'=1+1")


def test_a_purpose_of_ones_own_is_offered_with_its_text(signed_in: SignedIn) -> None:
    from keskio.know.privacy.links import Link, make_token

    client = signed_in("admin")
    told = {
        "key": "club-news",
        "title_fi": "Kerhon uutiset",
        "basis": "consent",
        "needs_consent": "on",
        "is_shown": "on",
        "channels": ["email"],
        "lasts_days": "100",
        "position": "5",
    }
    assert client.post("/consents/purposes/add/", told).status_code == 302
    text = {"version": "v1", "text_fi": "Kerho saa kirjoittaa minulle."}
    client.post("/consents/purposes/club-news/texts/", text)
    client.post("/consents/purposes/club-news/texts/", {**text, "text_fi": "Muu teksti"})

    assert list(ConsentText.objects.values_list("text", flat=True)) == [
        "Kerho saa kirjoittaa minulle."
    ]
    customer = aino()
    cache.clear()
    page = f"/p/{make_token(Link(customer))}/"
    assert "Kerhon uutiset" in Client().get(page).content.decode()
    Client().post(page, {"action": "save", "on": ["club-news/email", "profiling/*"]})
    assert facts_of([customer])[customer].consents == {"club-news/email": "given"}
    (line,) = client.get("/consents/").context["page"].items
    assert (line.text_version, (line.expires_at - line.at).days) == ("v1", 100)


def test_an_administrator_erases_by_writing_the_number(signed_in: SignedIn) -> None:
    customer = aino()
    client = signed_in("admin")
    path = f"/customers/{customer}/erase/"

    client.post(path, {"reason": "asked", "number": customer + 1})
    assert Erasure.objects.count() == 0
    answer = client.post(path, {"reason": "asked", "number": customer}, follow=True)

    assert Erasure.objects.get().reason == "asked"
    assert "under way" in answer.content.decode()
    assert client.get(path).status_code == 404


def test_everything_about_a_customer_comes_packed(signed_in: SignedIn) -> None:
    customer = aino()
    answer = signed_in("admin").post(
        f"/customers/{customer}/export/", {"form": "zip", "language": "sv"}
    )
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    assert "Aino Virtanen" in packed.read("everything.html").decode()


def test_a_demand_is_closed_once(signed_in: SignedIn) -> None:
    demand = Demand.objects.create(
        customer_id=aino(), kind="access", made_at=1, due_at=2, source="x"
    )
    client = signed_in("editor")
    assert "Aino Virtanen" in client.get("/privacy/").content.decode()
    for state in ("done", "refused"):
        client.post(f"/privacy/demands/{demand.pk}/", {"state": state, "note": "posted"})
    demand.refresh_from_db()
    assert (demand.state, demand.closed_by, demand.note) == ("done", "editor", "posted")


def test_an_editor_restricts_and_releases(signed_in: SignedIn, clock: VirtualClock) -> None:
    customer = aino()
    client = signed_in("editor")
    client.post(f"/customers/{customer}/restrict/", {"reason": ""})
    assert facts_of([customer])[customer].consents == {}
    client.post(f"/customers/{customer}/restrict/", {"reason": "disputed"})
    assert facts_of([customer])[customer].consents == {"*/*": "restricted"}
    assert "is restricted" in client.get(f"/customers/{customer}/rights/").content.decode()
    clock.turn_to(clock.micros() + 1)
    client.post(f"/customers/{customer}/release/", {"reason": "settled"})
    assert facts_of([customer])[customer].consents == {"*/*": "released"}


def test_rules_say_what_would_go(signed_in: SignedIn) -> None:
    client = signed_in("admin")
    told = {"kind": "event", "name": "page.viewed", "days": "730", "is_on": "on"}
    client.post("/privacy/retention/add/", told)
    client.post("/privacy/retention/add/", {**told, "name": "other", "days": "0"})
    rule = Retention.objects.get()
    assert [(r.name, due) for r, due in client.get("/privacy/retention/").context["rules"]] == [
        ("page.viewed", 0)
    ]
    client.post(f"/privacy/retention/{rule.pk}/remove/")
    assert Retention.objects.count() == 0


def test_health_data_is_seen_only_by_those_who_have_the_right(signed_in: SignedIn) -> None:
    from keskio.events.api import append_events
    from keskio.events.contracts import NewEvent

    customer = aino()
    set_traits({customer: {"diagnosis": "asthma", "town": "Oulu"}}, at=5)
    append_events(
        [NewEvent(customer, "health.measured", 6, '{"properties":{"pressure":"142/88"}}')]
    )
    SpecialName.objects.create(kind="event", name="health.*")
    SpecialName.objects.create(kind="trait", name="diagnosis")
    client = signed_in("admin")

    def seen() -> str:
        tabs = ("", "known/", "timeline/", "rights/")
        return "".join(client.get(f"/customers/{customer}/{tab}").content.decode() for tab in tabs)

    assert "142/88" not in seen()
    assert "asthma" not in seen()
    assert "Oulu" in seen()

    number = client.get("/privacy/health/").context["users"][0][0].pk
    client.post(f"/privacy/health/users/{number}/", {"may": "yes"})
    assert "142/88" in seen()
    assert "asthma" in seen()


def test_no_segment_is_built_on_health_data() -> None:
    SpecialName.objects.create(kind="event", name="health.*")
    SpecialName.objects.create(kind="trait", name="diagnosis")
    for when in ("{trait: diagnosis, is: asthma}", "{not: {event: health.measured}}"):
        with pytest.raises(Mistake, match="health data"):
            save_segment(f"key: ill\ntitle: {{en: Ill}}\nwhen: {when}\n")
    save_segment("key: oulu\ntitle: {en: Oulu}\nwhen: {trait: town, is: Oulu}\n")
