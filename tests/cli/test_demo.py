"""The demo company: seeded once, with everything that case 1 needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver
from pytest_django.plugin import DjangoDbBlocker

from keskio.channels.api import accounts
from keskio.cli import demo, demo_people
from keskio.engine.dialogue.facts import Facts
from keskio.events.api import events_of, last_position
from keskio.know.api import all_customer_ids, customer_by, facts_of
from keskio.tracking.api import source_names
from keskio.web.roles import role_of
from tests.browser.places import PAGES
from tests.keeping import keeping

BACKEND = "django.contrib.auth.backends.ModelBackend"
MOMENT = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo company, seeded once: what a test does to it is rolled back."""
    yield from keeping(django_db_blocker, demo.seed)


@pytest.fixture
def everybody(seeded: None, db: None) -> dict[int, Facts]:
    return facts_of(all_customer_ids(limit=2000))


def test_seed_makes_a_thousand_customers_who_can_be_reached(everybody: dict[int, Facts]) -> None:
    phones = [facts.addresses["sms"] for facts in everybody.values() if "sms" in facts.addresses]

    assert len(everybody) == 1000
    assert len(phones) == len(set(phones))
    assert all(facts.addresses for facts in everybody.values())
    assert {facts.zone for facts in everybody.values()} == {"Europe/Helsinki"}
    assert all(facts.traits["service_point"] for facts in everybody.values())


def test_seed_makes_customers_of_both_languages_and_every_mind(everybody: dict[int, Facts]) -> None:
    languages = Counter(facts.language for facts in everybody.values())
    assert 800 < languages["fi"] < 900
    assert languages["fi"] + languages["en"] == 1000
    allow = sum("given" in facts.consents.values() for facts in everybody.values())
    assert 850 < allow < 950
    by_email_only = sum("sms" not in facts.addresses for facts in everybody.values())
    assert 30 < by_email_only < 90


def test_seed_writes_the_past_in_its_order(everybody: dict[int, Facts]) -> None:
    log = sorted(events_of(list(everybody), limit=10_000), key=lambda event: event.id)

    # What was heard and answered is told afterwards: the shop opened its inbox later.
    bought = [event for event in log if event.name == "Order Completed"]
    received = [event.received_at for event in bought]
    assert received == sorted(received)
    assert {event.name for event in log} >= {"customer.identified", "Order Completed"}


def test_seed_twice_changes_nothing(everybody: dict[int, Facts]) -> None:
    before = (last_position(), len(accounts()), source_names())

    demo.seed()

    assert (last_position(), len(accounts()), source_names()) == before


def test_seed_makes_users_who_can_sign_in(everybody: dict[int, Facts]) -> None:
    for name in demo.USERS:
        user = authenticate(RequestFactory().post("/"), username=name, password=demo.PASSWORD)
        assert user is not None
        assert role_of(user) == name


def test_seed_makes_accounts_for_sms_and_email(everybody: dict[int, Facts]) -> None:
    found = sorted((a.channel, a.active) for a in accounts())
    assert found == [("email", True), ("letter", True), ("sms", True)]


def test_seed_leads_the_accounts_to_where_the_simulator_is(
    everybody: dict[int, Facts], settings: Any
) -> None:
    settings.PORT = 9100

    demo.seed()

    found = {account.channel: account.settings for account in accounts()}
    assert found["sms"]["url"] == "http://127.0.0.1:9101/send"
    assert (found["email"]["port"], found["email"]["listen_port"]) == ("9102", "9103")


def test_people_are_the_same_each_time(db: None) -> None:
    joined = MOMENT

    assert demo_people.people(joined=joined) == demo_people.people(joined=joined)


def test_campaign_keeps_the_distances_of_the_real_one() -> None:
    assert demo.campaign(MOMENT) == {
        "starts_at": "2026-03-02T09:00:25",
        "offer_to": "2026-03-21",
        "coupon_to": "2026-05-07",
        "helmets_at": "2026-04-28T10:00",
        "evening_starts_at": "2026-05-12T18:00",
        "answers_to": "2026-06-22",
        "ends_at": "2026-07-23",
    }


def test_customers_are_found_by_their_number(everybody: dict[int, Facts]) -> None:
    assert customer_by("crm", "K10007") in everybody


def pages_without_a_number(patterns: Sequence[Any], prefix: str = "/") -> Iterator[str]:
    """Yield the addresses that say all there is to say: lists, forms, reports, settings."""
    for pattern in patterns:
        route = str(pattern.pattern)
        if pattern.pattern.converters:
            continue
        if isinstance(pattern, URLResolver):
            yield from pages_without_a_number(pattern.url_patterns, prefix + route)
        else:
            yield prefix + route


def test_every_page_of_the_demo_opens(everybody: dict[int, Facts]) -> None:
    """On every database: what files about pages prove of SQLite alone needs queries that can be asked."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(get_user_model().objects.get(username="admin"), backend=BACKEND)
    answers = {
        path: client.get(path).status_code
        for path in pages_without_a_number(get_resolver().url_patterns)
    }
    opened = {path for path, status in answers.items() if status == 200}
    assert {*answers.values()} <= {200, 302, 400, 404, 405}
    assert opened >= {path for path in PAGES.values() if path in answers}
