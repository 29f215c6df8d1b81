"""RFC 8058 from end to end: a dialogue's letter over SMTP, its headers, and the mail program's POST."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client

from keskio.channels.contracts import Outgoing
from keskio.channels.email.mime import letter_of
from keskio.channels.email.transport import SmtpTransport, post_of
from keskio.kernel.clock import VirtualClock
from keskio.know.api import facts_of, preference_page
from keskio.know.contracts import ConsentRow
from keskio.know.privacy.links import Link, read_token
from keskio.talk.api import publish
from tests.channels.accounts import account_of
from tests.channels.smtp_server import smtp_server
from tests.talk.world import World

pytestmark = pytest.mark.django_db

NEWS = """
keskio: dialogue/1
key: news
title: {fi: Uutiset, en: News}
purpose: marketing
languages: [fi]
zone: Europe/Helsinki
trigger: {event: News Asked}
reentry: always
steps:
  news:
    kind: send
    channel: email
    subject: {fi: Kevät on täällä}
    text: {fi: "Hei {{ customer.first_name }}! {{ preferences }}"}
"""


def post_to(port: int) -> SmtpTransport:
    account = account_of(
        "smtp",
        host="127.0.0.1",
        port=str(port),
        security="none",
        from_address="vastaus@example.com",
    )
    return SmtpTransport(post_of(account), timeout=5)


def letter(purpose: str, page: str) -> Outgoing:
    return Outgoing(
        message=42,
        channel="email",
        to="aino@example.org",
        subject="Kevät",
        text="Hei!",
        html="<html><body><p>Hei!</p></body></html>",
        language="fi",
        reference="kabc",
        preferences=page,
        one_click=f"{page}stop/" if purpose == "marketing" else "",
    )


def headers_of(raw: bytes) -> dict[str, str]:
    parsed = message_from_bytes(raw, policy=policy.default)
    return {name: str(parsed[name]) for name in ("List-Unsubscribe", "List-Unsubscribe-Post")}


def test_a_letter_offers_one_click_and_a_click_ends_the_consent(
    clock: VirtualClock, settings: object
) -> None:
    cache.clear()
    settings.PUBLIC_URL = "https://dialogues.example.com"  # type: ignore[attr-defined]
    world = World(clock)
    aino = world.person("aino", consents=(ConsentRow("marketing", "email"),))
    page = preference_page(aino, 42, "marketing", "email")

    with smtp_server() as (port, server):
        (result,) = post_to(port).send([letter("marketing", page)])

    assert result.state == "accepted"
    raw = server.taken[0].content
    headers = headers_of(raw)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    uris = re.findall(r"<([^>]+)>", headers["List-Unsubscribe"])
    assert uris == [f"{page}stop/", "mailto:vastaus+kabc@example.com?subject=unsubscribe"]
    assert page in message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    assert page in message_from_bytes(raw, policy=policy.default).get_body(("html",)).get_content()

    path = uris[0].removeprefix("https://dialogues.example.com")
    response = Client(enforce_csrf_checks=True).post(
        path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 200
    assert facts_of([aino])[aino].consents == {"marketing/email": "withdrawn"}


def test_one_click_is_offered_by_https_only_and_only_where_a_consent_is_needed() -> None:
    with smtp_server() as (port, server):
        post_to(port).send(
            [letter("marketing", "http://localhost/p/a/"), letter("service", "https://x.fi/p/a/")]
        )
    by_http, service = (headers_of(taken.content) for taken in server.taken)
    assert by_http["List-Unsubscribe-Post"] == "None"
    assert service["List-Unsubscribe"] == "<mailto:vastaus+kabc@example.com?subject=unsubscribe>"


def test_every_message_that_leaves_carries_the_page_of_its_customer(clock: VirtualClock) -> None:
    world = World(clock)
    world.person("aino", consents=(ConsentRow("marketing", "email"),))
    publish(NEWS)
    world.tell("aino", "News Asked")
    world.settle()

    (sent,) = world.outbox.sent
    token = sent.preferences.removeprefix(f"{django_settings.PUBLIC_URL}/p/").rstrip("/")
    assert read_token(token) == Link(world.people["aino"], sent.message, "marketing", "email")
    assert sent.one_click == f"{sent.preferences}stop/"
    assert sent.text == f"Hei Aino! {sent.preferences}"


def test_letter_of_has_no_unsubscribing_without_a_way() -> None:
    from datetime import UTC, datetime

    from keskio.channels.email.mime import Sheet

    sheet = Sheet(
        sender="a@example.com",
        to="b@example.com",
        reply_to="a@example.com",
        message_id="x@example.com",
        sent_at=datetime(2026, 3, 2, tzinfo=UTC),
        subject="S",
        text="T",
    )
    assert b"List-Unsubscribe" not in letter_of(sheet)
