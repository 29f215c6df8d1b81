"""The web chat in a real browser: sent without scripts, answered on the page, and axe finds nothing."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from keskio.respond.inbox import actions as do
from keskio.respond.inbox.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_visitor_chats_on_a_phone_without_scripts(
    live_server: LiveServer, browser: Browser
) -> None:
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, locale="fi", java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/chat/?lang=fi")
    page.fill("#text", "Onko teillä 54 cm runkoa?")
    page.click("button.main")
    do.reply(Case.objects.get().pk, "On, kaksi kappaletta.", by="eero")
    page.click("#refresh a")
    assert page.locator(".chat li .words").all_inner_texts() == [
        "Onko teillä 54 cm runkoa?",
        "On, kaksi kappaletta.",
    ]
    context.close()


def test_axe_finds_nothing_in_the_chat(live_server: LiveServer, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{live_server.url}/chat/?lang=en")
    assert Axe().run(page).response["violations"] == []
    page.fill("#text", "Hello")
    page.click("button.main")
    page.wait_for_selector(".chat .mine")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    context.close()
