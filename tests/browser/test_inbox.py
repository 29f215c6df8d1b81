"""The inbox driven by the keyboard alone, switched off in the profile, and used without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
STORY = "/inbox/?q=Keyboard+story"


def settle(page: Page) -> None:
    """Wait until the keys are listened to."""
    # A function, not an expression: the page's policy lets nothing be evaluated a second time.
    page.wait_for_function(
        "() => customElements.get('inbox-keys') && document.querySelector('inbox-keys')"
    )
    page.wait_for_load_state()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_a_case_is_found_read_answered_given_snoozed_and_closed_by_keys_alone(look: Open) -> None:
    page = look("/inbox/").page
    settle(page)
    find_and_open(page)
    write_a_note_and_a_reply(page)
    give_snooze_close_and_undo(page)


def find_and_open(page: Page) -> None:
    press(page, "/")
    page.keyboard.type("Keyboard story")
    press(page, "Enter")
    page.wait_for_url("**/inbox/?q=Keyboard+story")
    settle(page)
    rows = page.locator(".case-link")
    expect(rows).to_have_count(3)
    first, second = (rows.nth(place).get_attribute("id") for place in (0, 1))

    press(page, "j")
    assert focused(page) == first
    press(page, "ArrowDown")
    assert focused(page) == second
    press(page, "k", "Enter")
    page.locator("#composer").wait_for()
    settle(page)
    expect(page.locator("#thread")).to_contain_text("Keyboard story")


def write_a_note_and_a_reply(page: Page) -> None:
    press(page, "n")
    assert focused(page) == "text"
    expect(page.get_by_text("The customer never sees this.")).to_be_visible()
    page.keyboard.type("Ask the workshop e r z")
    press(page, "Control+Enter")
    note = page.locator(".entry--note", has_text="Ask the workshop e r z")
    expect(note).to_contain_text("Internal")
    settle(page)

    press(page, "r")
    page.keyboard.type("::kii")
    expect(page.locator("#completions li")).to_have_count(1)
    press(page, "Enter")
    expect(page.locator("#text")).not_to_have_value("::kii")
    page.keyboard.type(" It is ready on Friday.")
    press(page, "Control+Enter")
    expect(page.locator(".entry--out", has_text="It is ready on Friday.")).to_be_visible()
    settle(page)


def give_snooze_close_and_undo(page: Page) -> None:
    press(page, "a")
    expect(page.locator("#assign")).to_be_visible()
    press(page, "Enter")
    expect(page.locator(".notes")).to_contain_text("1 case was given to aino.")
    settle(page)

    here = page.url
    press(page, "z")
    expect(page.locator("#snooze")).to_be_visible()
    press(page, "Enter")
    page.wait_for_url(lambda address: address != here)
    settle(page)

    here = page.url
    press(page, "e")
    page.wait_for_url(lambda address: address != here)
    expect(page.locator(".notes")).to_contain_text("1 case was closed.")
    settle(page)
    press(page, "u")
    expect(page.locator(".notes")).to_contain_text("1 case stands as before.")


def test_commands_are_found_by_letters_and_keys_can_be_switched_off(look: Open) -> None:
    page = look("/inbox/4/?q=Keyboard+story").page
    settle(page)

    press(page, "Control+k")
    page.keyboard.type("on or off")
    press(page, "Enter")
    page.wait_for_url("**/inbox/keys/")
    box = page.get_by_label("Shortcuts of the keyboard")
    box.focus()
    press(page, "Space")
    page.get_by_role("button", name="Save").focus()
    press(page, "Enter")
    page.get_by_text("Your choice was saved.").wait_for()
    expect(page.get_by_label("Shortcuts of the keyboard")).not_to_be_checked()
    try:
        page.goto(page.url.replace("/inbox/keys/", STORY))
        settle(page)
        press(page, "j", "e")
        assert focused(page) == ""
        press(page, "Control+k")
        expect(page.locator("#commands")).to_be_visible()
    finally:
        page.goto(page.url.split("/inbox/")[0] + "/inbox/keys/")
        page.get_by_label("Shortcuts of the keyboard").check()
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Your choice was saved.").wait_for()


def test_escape_leads_out_of_the_field_to_the_list_and_out_of_the_case(look: Open) -> None:
    page = look("/inbox/4/?q=Keyboard+story").page
    settle(page)

    press(page, "r")
    assert focused(page) == "text"
    press(page, "Escape")
    assert focused(page) == "case-title"
    press(page, "Escape")
    assert focused(page) == "case-4"
    press(page, "Escape")
    page.wait_for_url("**/inbox/?list=all&q=Keyboard+story")


def test_the_list_is_one_tab_stop(look: Open) -> None:
    page = look(STORY).page
    settle(page)
    stops = page.locator("#cases a[tabindex='0'], #cases input:not([tabindex='-1'])")
    expect(stops).to_have_count(1)


def test_what_is_public_and_what_is_internal_cannot_be_mistaken(look: Open) -> None:
    page = look("/inbox/1/").page
    settle(page)

    expect(page.get_by_role("button", name="Publish on Mastodon")).to_be_visible()
    expect(page.locator("#mark-public")).to_be_visible()
    press(page, "i")
    expect(page.get_by_role("button", name="Write the internal note")).to_be_visible()
    expect(page.locator("#mark-note")).to_be_visible()
    expect(page.locator("#send")).to_be_hidden()
    press(page, "Escape", "i")
    expect(page.locator("#send")).to_be_visible()


def test_the_inbox_works_without_scripts(look: Open) -> None:
    page = look(STORY, scripts=False).page
    page.locator(".case-link[href*='/inbox/4/']").click()
    page.get_by_label("Internal note").check(force=True)
    page.get_by_label("Your text").fill("Written without scripts")
    page.get_by_role("button", name="Write the internal note").click()
    expect(page.locator(".entry--note", has_text="Written without scripts")).to_be_visible()
    page.locator("#do-assign").click()
    expect(page.get_by_role("button", name="Take it for myself")).to_be_visible()


def test_a_phone_shows_one_pane_at_a_time(look: Open) -> None:
    page = look("/inbox/4/?q=Keyboard+story", width=390).page
    settle(page)
    expect(page.locator("#cases")).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#cases")).to_be_visible()
