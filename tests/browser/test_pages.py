"""Every page in a real browser: axe, the strict policy, 320 pixels, the keyboard, no scripts."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.places import PAGES, PUBLIC

pytestmark = pytest.mark.browser
EVERY = [*PAGES.items(), *PUBLIC.items()]
NAMES = [name for name, _ in EVERY]
AXE = Axe().axe_script
SETTLED = "html.js:not(:has(dialogue-flow)), html.js:has(dialogue-flow .flow-way)"
# What a narrow window and dark colours can change: the rules of axe that look at what is drawn.
DRAWN = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")


def settle(page: Page) -> None:
    """Wait until the page's script has begun, and the drawing, where there is one, stands."""
    page.locator(SETTLED).wait_for(state="attached")


def findings(page: Page, *rules: str) -> list[str]:
    """Return what axe finds by these rules, or by all of its own, a line each."""
    page.evaluate(AXE)
    asked = {"runOnly": rules} if rules else {}
    violations: list[dict[str, Any]] = page.evaluate(
        "asked => axe.run(asked).then(found => found.violations)",
        {"resultTypes": ["violations"], **asked},
    )
    return [
        f"{one['impact']} {one['id']}: {node['html'][:160]}"
        for one in violations
        for node in one["nodes"]
    ]


def complaints_about(path: str) -> list[str]:
    """Return what the browser may say: that a page which is not there is not there."""
    is_refused = path in (PUBLIC["not-found"], PUBLIC["first-user"])
    return ["error: Failed to load resource"] if is_refused else []


@pytest.mark.parametrize(("name", "path"), EVERY, ids=NAMES)
def test_axe_and_the_browser_find_nothing(glance: Open, name: str, path: str) -> None:
    watched = glance(path, role=None if name in PUBLIC else "admin")
    settle(watched.page)
    assert findings(watched.page) == []
    said = [
        complaint.split(":")[0] + ":" + complaint.split(":")[1] for complaint in watched.complaints
    ]
    assert said == complaints_about(path)


def on_a_phone(glance: Open, name: str, path: str) -> Page:
    """Return the page on the narrowest phone, in the dark and in Finnish."""
    role = None if name in PUBLIC else "admin"
    page = glance(path, role=role, width=320, language="fi", theme="dark").page
    settle(page)
    return page


@pytest.mark.parametrize(("name", "path"), EVERY, ids=NAMES)
def test_pages_fit_a_phone_in_the_dark_in_finnish(glance: Open, name: str, path: str) -> None:
    page = on_a_phone(glance, name, path)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert findings(page, *DRAWN) == []


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "path"), EVERY, ids=NAMES)
def test_axe_finds_nothing_on_a_phone_by_any_rule(glance: Open, name: str, path: str) -> None:
    assert findings(on_a_phone(glance, name, path)) == []


def test_every_page_of_the_menu_is_looked_at(look: Open) -> None:
    links = look("/").page.locator(".nav a").evaluate_all("all => all.map(a => a.pathname)")
    assert sorted(set(links) - set(PAGES.values())) == []


def test_the_first_tab_stop_leads_past_the_menu(look: Open) -> None:
    page = look("/").page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_every_tab_stop_is_visible_and_shows_its_focus(look: Open) -> None:
    page = look("/users/").page
    settle(page)
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
                const e = document.activeElement;
                if (!e || e === document.body) return null;
                const s = getComputedStyle(e), b = e.getBoundingClientRect();
                return {text: e.textContent.trim() || e.getAttribute('aria-label'),
                        line: s.outlineStyle, width: b.width, height: b.height};
            }"""
        )
        if stop is None:
            break
        seen.append(stop["text"])
        assert (stop["line"], stop["width"] > 0, stop["height"] >= 19) == ("solid", True, True), (
            stop
        )
    assert seen[0] == "Skip to content"
    assert {"Users", "Sign out", "Suomi", "Dark", "Add a user"} <= set(seen)


def test_the_menu_of_a_phone_opens_by_keyboard_and_closes_by_escape(look: Open) -> None:
    page = look("/", width=390).page
    settle(page)
    button, link = (
        page.get_by_role("button", name="Menu"),
        page.get_by_role("link", name="Dialogues").first,
    )
    assert not link.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert (link.is_visible(), button.get_attribute("aria-expanded")) == (True, "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert (link.is_visible(), button.get_attribute("aria-expanded")) == (False, "false")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Menu"


@pytest.mark.parametrize("path", list(PAGES.values()), ids=list(PAGES))
def test_pages_say_what_they_say_without_scripts(glance: Open, path: str) -> None:
    page = glance(path, scripts=False, width=390).page
    assert page.locator("h1").count() == 1
    assert page.locator(".nav a").first.is_visible()


def test_language_and_theme_are_changed_by_buttons(look: Open) -> None:
    page = look("/users/").page
    page.get_by_role("button", name="Suomi").click()
    page.locator("html[lang=fi]").wait_for(state="attached")
    page.get_by_role("button", name="Tumma").click()
    page.locator("html[data-theme=dark]").wait_for(state="attached")
    assert page.locator("h1").inner_text() == "Käyttäjät"
    assert page.get_by_role("button", name="Tumma").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="English").click()


def test_the_pulse_rests_when_it_is_paused(look: Open) -> None:
    page = look("/").page
    settle(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response(
        lambda response: response.request.headers.get("hx-request") == "true"
    ):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('keskio:tick'))")
    page.get_by_role("button", name="Pause updates").click()
    asked.clear()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert asked == []


def test_a_reader_sees_and_does_not_decide(look: Open) -> None:
    page = look("/messages/unknown/", role="reader").page
    assert page.get_by_role("button", name="It was sent").count() == 0
    assert page.get_by_role("link", name="Users").count() == 0
