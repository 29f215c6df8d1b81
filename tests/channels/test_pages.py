"""The settings of channels, as pages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keskio.channels import api
from keskio.channels.models import Account
from keskio.channels.registry import providers
from keskio.web.roles import ADMIN, EDITOR
from tests.channels.smtp_server import smtp_server

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[str], Client]
SMTP = {
    "name": "Post",
    "active": "on",
    "concurrency": "3",
    "per_second": "2.5",
    "host": "127.0.0.1",
    "port": "25",
    "security": "none",
    "from_address": "a@b.fi",
    "imap_port": "993",
    "imap_security": "tls",
    "listen": "",
    "listen_port": "2424",
    "password": "hush-hush",
}


def add(count: int) -> list[int]:
    return [
        api.add_account(
            provider="kannel",
            name=f"Kannel {n}",
            settings={"url": "http://k.example/", "username": "me"},
            secrets={"password": "hush-hush"},
        )
        for n in range(count)
    ]


def test_the_list_shows_who_sends_and_what_can_be_added(signed_in: SignedIn) -> None:
    client, url = signed_in(ADMIN), reverse("channels:accounts")
    add(1)
    assert queries_of(client, url) == queries_of(client, url)
    one = queries_of(client, url)
    add(2)
    assert queries_of(client, url) == one
    page = client.get(url).content.decode()
    assert re.findall(r"/channels/\d+/\">(Kannel \d)<", page) == [
        "Kannel 0",
        "Kannel 0",
        "Kannel 1",
    ]
    # Only the first one sends.
    assert page.count('class="badge badge--good"') == 1
    assert all(reverse("channels:add", args=[key]) in page for key in providers())
    assert "hush" not in page


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_an_account_is_added_changed_and_its_secret_never_shown(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    answer = client.post(reverse("channels:add", args=["smtp"]), SMTP)
    row = Account.objects.get()
    assert answer.headers["Location"] == reverse("channels:account", args=[row.pk])
    assert (row.channel, row.concurrency, row.per_second, row.active) == ("email", 3, 2.5, True)
    assert row.secrets["password"] == "hush-hush"
    page = client.get(reverse("channels:account", args=[row.pk])).content.decode()
    assert "hush" not in page
    assert 'value="a@b.fi"' in page
    changed = {**SMTP, "name": "Mail", "password": "", "per_second": "", "port": "587"}
    client.post(reverse("channels:account", args=[row.pk]), changed)
    row.refresh_from_db()
    assert (row.name, row.settings["port"], row.per_second) == ("Mail", "587", None)
    assert row.secrets["password"] == "hush-hush"


@pytest.mark.parametrize("key", sorted(providers()))
@pytest.mark.parametrize("language", ["fi", "en"])
def test_each_provider_has_a_form(signed_in: SignedIn, key: str, language: str) -> None:
    client = signed_in(ADMIN)
    page = client.get(reverse("channels:add", args=[key]), headers={"Accept-Language": language})
    assert page.status_code == 200
    for setting in providers()[key].settings:
        assert f'name="{setting.name}"' in page.content.decode()


def test_settings_that_cannot_work_are_told_and_nothing_is_stored(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    url = reverse("channels:add", args=["smtp"])
    page = client.post(url, {**SMTP, "from_address": "Keskiö"}).content.decode()
    assert "is not an e-mail address that can be written to" in page
    assert client.post(url, {**SMTP, "host": ""}).status_code == 200
    assert Account.objects.count() == 0


def test_the_inbound_address_is_shown_to_copy(signed_in: SignedIn) -> None:
    (number,) = add(1)
    page = signed_in(ADMIN).get(reverse("channels:account", args=[number])).content.decode()
    token = Account.objects.get().inbound_token
    assert (
        f"/in/sms/{token}?from=%p&amp;to=%P&amp;text=%b&amp;charset=%C&amp;id=%I&amp;at=%T" in page
    )


def test_a_test_message_goes_out(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    with smtp_server() as (port, server):
        client.post(reverse("channels:add", args=["smtp"]), {**SMTP, "port": str(port)})
        url = reverse("channels:test", args=[Account.objects.get().pk])
        page = client.post(url, {"to": "aino@example.org", "text": "Hei"}, follow=True)
        assert "250 2.0.0 queued as 1" in page.content.decode()
        page = client.post(url, {"to": "refused@example.org", "text": "Hei"}, follow=True)
        assert "550 5.1.1 User unknown" in page.content.decode()
    assert [taken.to for taken in server.taken] == ["aino@example.org"]
    page = client.post(url, {"to": "aino@example.org", "text": "Hei"}, follow=True)
    assert "takes nothing now" in page.content.decode()


def test_a_test_message_needs_a_number(signed_in: SignedIn) -> None:
    (number,) = add(1)
    page = signed_in(ADMIN).post(
        reverse("channels:test", args=[number]), {"to": "x", "text": "Hei"}
    )
    assert (page.status_code, 'aria-invalid="true"' in page.content.decode()) == (200, True)


def test_only_administrators_see_and_change_channels(signed_in: SignedIn) -> None:
    (number,) = add(1)
    client = signed_in(EDITOR)
    for name, arguments in (("accounts", []), ("add", ["smtp"]), ("account", [number])):
        assert client.get(reverse(f"channels:{name}", args=arguments)).status_code == 403
    assert client.post(reverse("channels:account", args=[number]), {"name": "x"}).status_code == 403
    assert client.post(reverse("channels:test", args=[number]), {"to": "x"}).status_code == 403
    assert Account.objects.get().name == "Kannel 0"


def test_an_unknown_provider_is_not_found(signed_in: SignedIn) -> None:
    assert signed_in(ADMIN).get(reverse("channels:add", args=["pigeon"])).status_code == 404
