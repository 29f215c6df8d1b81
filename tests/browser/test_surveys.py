"""Answering surveys in a real browser: by keyboard alone, at 320 pixels, without scripts, axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.test_pages import findings

pytestmark = pytest.mark.browser


def links_of(look: Open, survey: str) -> list[str]:
    """Return the paths of a survey's open link and of its shared screen."""
    page = look(f"/surveys/of/{survey}/share/").page
    found = page.locator("a.mono").evaluate_all("all => all.map(a => a.pathname)")
    return [str(path) for path in found]


def test_a_link_is_copied_and_it_is_said(look: Open) -> None:
    page = look("/surveys/of/relationship-nps/share/").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    link = page.locator("#page-link").inner_text()

    page.get_by_role("button", name="Copy: For anybody").click()

    # Said where screen readers listen; it is said for a few seconds, so it is looked at once.
    page.locator("[role=status]", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == link


def chosen(page: Page) -> list[str]:
    """Return the values that stand chosen."""
    found = page.locator("input[type=radio]:checked").evaluate_all("all => all.map(a => a.value)")
    return [str(value) for value in found]


def test_a_survey_is_answered_by_keyboard_alone(look: Open) -> None:
    path, _kiosk = links_of(look, "relationship-nps")
    watched = look(path, role=None)
    page = watched.page
    assert page.title().startswith("Question 1 of 2")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.press("Tab")  # into the scale: one stop for all its points
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert chosen(page) == ["1"]
    page.keyboard.press("9")  # a digit chooses inside the group
    assert chosen(page) == ["9"]
    page.keyboard.press("Tab")  # the switch of the digits
    page.keyboard.press("5")
    assert chosen(page) == ["9"]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "comment-promoter"
    page.keyboard.type("Hyvä 5")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/why/**")
    assert page.title().startswith("Question 2 of 2")
    page.get_by_role("link", name="Back").click()
    page.wait_for_url("**/score/**")
    assert chosen(page) == ["9"]
    assert watched.complaints == []


def test_switched_off_digits_choose_nothing(look: Open) -> None:
    page = look(links_of(look, "relationship-nps")[0], role=None).page
    page.locator("[data-digits-on]").uncheck()
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press("7")
    assert chosen(page) == []


@pytest.mark.parametrize("survey", ["relationship-nps", "service-csat"])
def test_axe_finds_nothing_and_a_phone_of_320_pixels_is_enough(look: Open, survey: str) -> None:
    for path in links_of(look, survey):
        page = look(f"{path}?a=2", role=None, width=320, language="fi").page
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert findings(page) == []
        boxes = page.locator(".point").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(b => Math.min(b.width, b.height))"
        )
        assert min(boxes) >= 24


def test_without_scripts_an_answer_is_sent_and_errors_are_said(look: Open) -> None:
    path = links_of(look, "service-csat")[0]
    page = look(path, role=None, scripts=False).page
    page.locator("button.main").click()
    assert page.locator("#wrong").inner_text().endswith("to go on.")
    page.locator("label.point").nth(3).click()
    assert page.locator("#comment-high").is_visible()
    assert not page.locator("#comment-low").is_visible()
    page.locator("button.main").click()
    assert page.locator("h2").inner_text() == "Thank you!"
