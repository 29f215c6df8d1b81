"""The preference page as customers, mail programs and mail scanners use it."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import facts_of, find_or_create, give_consent, withdraw_consent
from keskio.know.privacy.actions import add_text
from keskio.know.privacy.links import Link, make_token, read_token
from keskio.know.privacy.models import Demand, Notice
from keskio.know.uniting import merge_customers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


def aino(**traits: str) -> int:
    told = {
        "name": "Aino Mäkinen",
        "email": "aino.makinen@example.com",
        "phone": "045 700 1234",
        "language": "fi",
        **traits,
    }
    return find_or_create([("crm", "K1")], traits=told)


def page(customer: int, *, purpose: str = "marketing", channel: str = "email") -> str:
    return f"/p/{make_token(Link(customer, 42, purpose, channel))}/"


def states(customer: int) -> dict[str, str]:
    return dict(facts_of([customer])[customer].consents)


def register(customer: int) -> list[tuple[str, ...]]:
    sql = (
        "SELECT purpose, channel, state, source, cause, text_version FROM know_consent"
        " WHERE customer_id = %s ORDER BY id"
    )
    return fetch(sql, (customer,))


def test_a_link_says_whose_it_is_and_cannot_be_changed() -> None:
    token = make_token(Link(7, 42, "club news", "sms"))

    assert read_token(token) == Link(7, 42, "club news", "sms")
    assert len(make_token(Link(1_000_000, 5_000_000, "marketing", "sms"))) <= 28
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        assert read_token(changed) in (None, Link(7, 42, "club news", "sms"))
        assert place == len(token) - 1 or read_token(changed) is None
    assert read_token("") is None
    assert read_token("ä" * 20) is None


def test_a_link_made_with_an_earlier_secret_still_opens(settings: object) -> None:
    token = make_token(Link(7, 42))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another secret that is long enough for anybody"  # type: ignore[attr-defined]

    assert read_token(token) == Link(7, 42)


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("fi", "Viestit ja tietosi"),
        ("sv", "Meddelanden och dina uppgifter"),
        ("en", "Messages and your data"),
    ],
)
def test_the_page_shows_no_more_than_a_masked_address(
    client: Client, language: str, heading: str
) -> None:
    customer = aino(language=language)

    response = client.get(page(customer))

    text = response.content.decode()
    assert f"<h1>{heading}</h1>" in text
    assert f'<html lang="{language}">' in text
    assert "a•••@e•••.com" in text
    assert "Aino" not in text
    assert "makinen@" not in text
    assert "7001234" not in text
    assert "<script" not in text
    assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_reading_changes_nothing(client: Client) -> None:
    customer = aino()
    give_consent(customer, purpose="marketing", channel="email", source="shop")
    before = register(customer)

    client.get(page(customer))
    client.get(f"{page(customer)}stop/")
    client.head(f"{page(customer)}stop/")

    assert register(customer) == before


def test_choices_are_kept_with_their_text_and_proof(client: Client) -> None:
    customer = aino()
    give_consent(customer, purpose="research", channel="sms", source="shop")
    add_text("marketing", "2026-03", {"fi": "Saatte kertoa tarjouksista."}, by="admin")

    response = client.post(
        page(customer), {"action": "save", "on": ["marketing/email", "profiling/*"]}
    )

    assert response.status_code == 303
    assert states(customer) == {"research/sms": "withdrawn", "marketing/email": "given"}
    assert register(customer)[1:] == [
        ("marketing", "email", "given", "preference_page", "preference_page", "2026-03"),
        ("research", "sms", "withdrawn", "preference_page", "preference_page", ""),
    ]
    (proof,) = fetch("SELECT proof FROM know_consent WHERE purpose = 'marketing'")[0]
    assert re.fullmatch("link of message 42, from [0-9a-f]{12}", proof)
    assert "Valinnat on tallennettu." in client.get(response["Location"]).content.decode()


def test_profiling_is_objected_to_by_taking_its_tick_away(client: Client) -> None:
    customer = aino()

    client.post(page(customer), {"action": "save", "on": []})

    assert states(customer) == {"profiling/*": "withdrawn"}


def test_choices_that_are_the_same_write_nothing(client: Client) -> None:
    customer = aino()
    told = {"action": "save", "on": ["marketing/email", "profiling/*"]}
    client.post(page(customer), told)
    before = register(customer)

    client.post(page(customer), told)

    assert register(customer) == before


def test_a_choice_in_a_stopped_channel_lifts_the_stop_and_nothing_else(client: Client) -> None:
    customer = aino()
    give_consent(customer, purpose="research", channel="sms", source="shop")
    client.post(page(customer), {"action": "stop"})

    client.post(page(customer), {"action": "save", "on": ["marketing/sms", "profiling/*"]})

    now = states(customer)
    assert (now["*/sms"], now["marketing/sms"], now["research/sms"]) == (
        "given",
        "given",
        "withdrawn",
    )
    assert now["*/email"] == "withdrawn"


def test_stop_everything_stops_every_channel_and_ends_every_consent(client: Client) -> None:
    customer = aino()
    give_consent(customer, purpose="marketing", channel="email", source="shop")
    give_consent(customer, purpose="marketing", channel="web", source="shop")

    client.post(page(customer), {"action": "stop"})

    assert states(customer) == {
        "marketing/email": "withdrawn",
        "marketing/web": "withdrawn",
        **dict.fromkeys(["*/email", "*/sms", "*/letter", "*/call", "*/push"], "withdrawn"),
    }


def test_one_click_ends_the_purpose_in_its_channel_at_once() -> None:
    customer = aino()
    for channel in ("email", "sms"):
        give_consent(customer, purpose="marketing", channel=channel, source="shop")
    program = Client(enforce_csrf_checks=True)

    response = program.post(
        f"{page(customer)}stop/",
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )

    assert (response.status_code, response.content) == (200, b"Unsubscribed.\n")
    assert states(customer) == {"marketing/email": "withdrawn", "marketing/sms": "given"}
    assert register(customer)[-1][4] == "one_click"
    events = fetch("SELECT name FROM events_event WHERE customer_id = %s ORDER BY id", (customer,))
    assert events[-1] == ("consent.withdrawn",)


def test_the_button_of_the_page_ends_the_same_and_says_so(client: Client) -> None:
    customer = aino()
    give_consent(customer, purpose="marketing", channel="email", source="shop")
    shown = client.get(f"{page(customer)}stop/?lang=en").content.decode()
    assert "Stop messages like this one" in shown

    response = client.post(f"{page(customer)}stop/?lang=en", {"from": "page"})

    assert states(customer) == {"marketing/email": "withdrawn"}
    assert "have been stopped" in client.get(response["Location"]).content.decode()


def test_the_link_of_a_merged_customer_leads_to_who_they_are_now(client: Client) -> None:
    customer = aino()
    other = find_or_create([("crm", "K2")])
    merge_customers(other, customer)

    client.post(page(other), {"action": "save", "on": ["marketing/sms", "profiling/*"]})

    assert states(customer) == {"marketing/sms": "given"}


def test_a_link_to_nobody_tells_nothing(client: Client) -> None:
    response = client.get(page(12345) + "?lang=en")
    assert "We have no data of yours" in response.content.decode()
    assert client.post(page(12345), {"action": "stop"}).status_code == 303
    assert fetch("SELECT count(*) FROM know_consent") == [(0,)]


def test_made_up_links_are_refused_and_soon_not_even_answered(client: Client) -> None:
    answers = [client.get(f"/p/guess{number}/").status_code for number in range(25)]

    assert answers == [404] * 20 + [429] * 5


def test_too_many_changes_in_a_minute_are_refused(client: Client) -> None:
    customer = aino()
    answers = [client.post(page(customer), {"action": "save"}).status_code for _ in range(32)]

    assert answers == [303] * 30 + [429] * 2


@pytest.mark.parametrize("kind", ["access", "erasure"])
def test_a_demand_is_noted_once_and_waits_for_its_confirmation(
    client: Client, kind: str, clock: VirtualClock
) -> None:
    customer = aino()

    for _ in range(2):
        client.post(page(customer), {"action": kind})

    demand = Demand.objects.get()
    assert (demand.customer_id, demand.kind, demand.is_confirmed) == (customer, kind, False)
    assert (demand.due_at - demand.made_at).days == 30
    notice = Notice.objects.get()
    assert (notice.kind, notice.channel, notice.address) == (
        kind,
        "email",
        "aino.makinen@example.com",
    )


def test_a_restricted_customer_is_sent_no_notice(client: Client) -> None:
    customer = aino()
    withdraw_consent(customer, purpose="*", channel="email", source="shop")
    from keskio.kernel.errors import Mistake
    from keskio.know.api import ask_consent

    with pytest.raises(Mistake, match="stop in this channel"):
        ask_consent(customer, purpose="marketing", channel="email", source="shop")
    assert Notice.objects.count() == 0
