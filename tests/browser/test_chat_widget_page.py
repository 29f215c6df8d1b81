"""The web chat on another site's page, in a real browser: two origins, no cookies between them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from keskio.respond.inbox import actions as do
from keskio.respond.inbox.chat_settings import save_chat_rules
from keskio.respond.inbox.contracts import ChatRules
from keskio.respond.inbox.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = (
    '<!doctype html><html lang="{lang}"><head><title>Shop</title></head><body><main><h1>Shop</h1>'
    '<p><a href="/other">Other page</a></p></main>'
    '<script src="{keskio}/chat.js" async></script></body></html>'
)


@pytest.fixture
def shop(live_server: LiveServer) -> Iterator[str]:
    """A company's own site on a port of its own, with a strict policy, that shows the chat."""
    keskio = live_server.url

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE.format(lang="fi" if "fi" in self.path else "en", keskio=keskio).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            policy = (
                f"default-src 'none'; script-src {keskio}; connect-src {keskio}; frame-src {keskio}"
            )
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def context(browser: Browser, shop: str) -> Iterator[BrowserContext]:
    """A visitor's browser; the shop is listed."""
    cache.clear()
    save_chat_rules(ChatRules(sites=[shop]), by="ville")
    made = browser.new_context(locale="en", reduced_motion="reduce")
    yield made
    made.close()


def begun(context: BrowserContext, shop: str) -> Page:
    """Open the shop, open the chat by keyboard, and say something."""
    page = context.new_page()
    page.goto(shop)
    page.get_by_role("button", name="Chat with us").focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Your message")).to_be_focused()
    page.keyboard.type("Do you mend gears?")
    page.keyboard.press("Control+Enter")
    expect(frame.locator(".mine .words")).to_have_text("Do you mend gears?")
    return page


def test_a_visitor_of_another_site_chats_and_is_answered(
    context: BrowserContext, shop: str
) -> None:
    page = begun(context, shop)
    frame = page.frame_locator("iframe")
    do.reply(Case.objects.get().pk, "Yes, today.", by="eero")
    expect(frame.locator(".theirs .words")).to_have_text("Yes, today.")
    assert context.cookies() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Chat with us")).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_what_was_said_is_there_on_the_next_page_and_news_are_counted(
    context: BrowserContext, shop: str
) -> None:
    page = begun(context, shop)
    page.get_by_role("button", name="Close the chat").click()
    do.reply(Case.objects.get().pk, "Yes, today.", by="eero")
    page.get_by_role("link", name="Other page").click()
    button = page.get_by_role("button", name="Chat with us, 1 new message")
    expect(button).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    button.click()
    frame = page.frame_locator("iframe")
    expect(frame.locator(".chat .words")).to_have_text(["Do you mend gears?", "Yes, today."])
    assert Axe().run(page).response["violations"] == []
    frame.get_by_role("button", name="Forget this conversation").click()
    expect(frame.get_by_label("Your name")).to_be_visible()
    expect(frame.locator(".chat .words")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('keskio-chat')") is None


def test_a_small_window_and_the_page_s_own_language(context: BrowserContext, shop: str) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{shop}/fi")
    page.get_by_role("button", name="Juttele kanssamme").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Viestisi")).to_be_visible()
    box = page.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 320, "height": 640}
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_site_that_is_not_listed_shows_nothing(context: BrowserContext, shop: str) -> None:
    save_chat_rules(ChatRules(sites=["https://other.example"]), by="ville")
    page = context.new_page()
    with page.expect_console_message(lambda said: "is not shown here" in said.text):
        page.goto(shop)
    expect(page.locator("[data-keskio-chat-host]")).to_have_count(0)
