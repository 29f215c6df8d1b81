"""Sources and keys: actions and pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keskio.tracking.actions import BadKey, KeyInUse, add_key, add_source, restore_key, retire_key
from keskio.tracking.keyring import digest_of
from keskio.tracking.models import Key, Source
from keskio.tracking.queries import keys_by_digest
from keskio.web.roles import ADMIN, EDITOR

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[str], Client]


def test_keys_of_sources_are_made_of_their_names() -> None:
    assert [add_source(name).key for name in ("Verkkokauppa Åbo", "Verkkokauppa Åbo", "日本")] == [
        "verkkokauppa-abo",
        "verkkokauppa-abo-2",
        "source",
    ]


def test_a_key_is_kept_as_a_digest_and_found_by_the_door() -> None:
    shop = add_source("Shop", trust_client_time=True)
    key, text = add_key(shop)
    _, public = add_key(shop, browser=True)
    found = keys_by_digest()
    assert text not in repr(Key.objects.values_list())
    assert key.hint == text[:8] + "…"
    server, browser = found[digest_of(text)], found[digest_of(public)]
    assert (server.source, server.trusted, server.own_time, server.retired) == (
        shop.pk,
        True,
        True,
        False,
    )
    assert (browser.trusted, browser.source_name) == (False, "Shop")
    retire_key(key)
    assert keys_by_digest()[digest_of(text)].retired
    restore_key(key)
    assert not keys_by_digest()[digest_of(text)].retired


def test_a_key_of_another_service_can_be_kept_but_not_twice() -> None:
    shop = add_source("Shop")
    _, text = add_key(shop, text=" segment-key ")
    assert text == "segment-key"
    with pytest.raises(KeyInUse):
        add_key(shop, text="segment-key")
    for bad in ("a:b", "x" * 501):
        with pytest.raises(BadKey):
            add_key(shop, text=bad)


def test_sources_are_for_administrators(signed_in: SignedIn) -> None:
    shop = add_source("Shop")
    key, _ = add_key(shop)
    client = signed_in(EDITOR)
    addresses = [
        reverse("tracking:sources"),
        reverse("tracking:source_add"),
        reverse("tracking:source", args=[shop.pk]),
    ]
    codes = [client.get(address).status_code for address in addresses]
    codes += [
        client.post(reverse(name, args=[key.pk])).status_code
        for name in ("tracking:key_add", "tracking:key_retire", "tracking:key_restore")
    ]
    assert codes == [403] * 6
    assert Key.objects.get().retired_at is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_counts_keys_in_use(signed_in: SignedIn, count: int) -> None:
    for number in range(count):
        retired, _ = add_key(add_source(f"Shop {number}"))
        retire_key(retired)
        add_key(retired.source)
    client = signed_in(ADMIN)
    client.get(reverse("tracking:sources"))
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse("tracking:sources"))
    # Rows, their count, and what waits in quarantine (the menu's).
    assert sum("tracking_" in query["sql"] for query in queries) == 3
    assert [source.in_use for source in answer.context["page"].items] == [1] * count


def test_a_source_is_added_and_changed(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    answer = client.post(reverse("tracking:source_add"), {"name": "Shop"})
    shop = Source.objects.get()
    assert answer["location"] == reverse("tracking:source", args=[shop.pk])
    client.post(answer["location"], {"name": "Web shop", "trust_client_time": "on"})
    shop.refresh_from_db()
    assert (shop.name, shop.key, shop.trust_client_time) == ("Web shop", "shop", True)


def test_a_new_key_is_shown_once(signed_in: SignedIn) -> None:
    shop = add_source("Shop")
    client = signed_in(ADMIN)
    address = reverse("tracking:key_add", args=[shop.pk])
    made = client.post(address, {"kind": "server"})
    text = made.context["made"][1]
    assert f">{text}</code>" in made.content.decode()
    assert "no-store" in made["cache-control"]
    assert text not in client.get(reverse("tracking:source", args=[shop.pk])).content.decode()
    again = client.post(address, {"kind": "browser", "text": text})
    assert "This write key is in use already." in again.content.decode()
    assert Key.objects.count() == 1


def test_a_key_is_retired_and_taken_into_use(signed_in: SignedIn) -> None:
    key, _ = add_key(add_source("Shop"))
    client = signed_in(ADMIN)
    client.post(reverse("tracking:key_retire", args=[key.pk]))
    assert Key.objects.get().retired_at is not None
    client.post(reverse("tracking:key_restore", args=[key.pk]))
    assert Key.objects.get().retired_at is None
