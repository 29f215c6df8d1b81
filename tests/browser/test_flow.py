"""The drawing of a dialogue: laid out without crowding, chosen by mouse and keys, counted live."""

from __future__ import annotations

import json
import re
from itertools import combinations

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Open
from tests.browser.places import FLOW

pytestmark = pytest.mark.browser
Box = tuple[float, float, float, float]


def draw(look: Open, *, language: str = "en", width: int = 1280) -> Page:
    page = look(FLOW, language=language, width=width).page
    page.locator(".flow-way").first.wait_for(state="attached")
    return page


def boxes(page: Page, selector: str) -> list[Box]:
    """Return places in the drawing as left, top, right, bottom."""
    found = page.locator(selector).evaluate_all(
        "all => all.map(e => { const b = e.getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom]; })"
    )
    return [tuple(box) for box in found]


def overlap(one: Box, other: Box) -> bool:
    slack = 1
    return (
        one[0] + slack < other[2]
        and other[0] + slack < one[2]
        and one[1] + slack < other[3]
        and other[1] + slack < one[3]
    )


def numbers_of_table(page: Page) -> dict[str, list[str]]:
    """Return waiting, passed, held and not sent of each step, as the table says them."""
    told = {}
    for row in page.locator("#steps tbody tr").all():
        address = row.locator("th a").get_attribute("href")
        assert address is not None
        told[address] = row.locator("td.num").all_inner_texts()
    return told


@pytest.mark.parametrize("language", ["fi", "en"])
def test_nothing_in_the_drawing_crowds_anything_else(look: Open, language: str) -> None:
    page = draw(look, language=language)
    nodes = boxes(page, ".flow-step, .flow-stop")
    labels = boxes(page, ".flow-label > span")
    assert len(nodes) > 20
    assert [pair for pair in combinations(nodes, 2) if overlap(*pair)] == []
    assert [pair for pair in combinations(labels, 2) if overlap(*pair)] == []
    assert [(n, label) for n in nodes for label in labels if overlap(n, label)] == []


def test_the_way_goes_from_top_to_bottom(look: Open) -> None:
    page = draw(look)
    tops = dict(
        page.locator(".react-flow__node").evaluate_all(
            "all => all.map(e => [e.dataset.id, e.getBoundingClientRect().top])"
        )
    )
    assert tops["invite"] < tops["thank"] < tops["call"] < tops["served"]
    assert tops["invite"] < tops["after-offer"] < tops["helmets"]


def test_the_drawing_and_the_table_say_the_same(look: Open) -> None:
    page = draw(look)
    drawn = page.locator(".flow-step").evaluate_all(
        "all => all.map(e => [e.querySelector('.flow-title').pathname,"
        " [...e.querySelectorAll('dd')].map(d => d.textContent)])"
    )
    told = numbers_of_table(page)
    assert sorted(address for address, _ in drawn) == sorted(told)
    for address, counts in drawn:
        waiting, passed, held, dropped = told[address]
        expected = {4: [waiting, passed, held, dropped], 2: [waiting, passed], 1: [passed]}[
            len(counts)
        ]
        assert (address, counts) == (address, expected)


def test_the_books_balance(look: Open) -> None:
    page = draw(look)
    entered, *others = [
        int(re.sub(r"\D", "", text)) for text in page.locator(".sum dd").all_inner_texts()
    ]
    assert (entered, sum(others)) == (60, 60)
    assert page.locator("#standing .badge", has_text="Balanced").count() == 1


def test_a_step_is_chosen_by_mouse_and_shows_its_texts(look: Open) -> None:
    page = draw(look)
    page.locator(".react-flow__node[data-id=invite] .flow-title").click()
    panel = page.locator("#step-panel")
    panel.get_by_role("heading", name="The offer").wait_for()
    assert panel.locator("[lang=fi] .said").inner_text().startswith("Hei")
    assert panel.locator("[lang=en] .said").inner_text().startswith("Hi")
    assert page.url.endswith(FLOW)


def test_a_step_is_chosen_by_keyboard(look: Open) -> None:
    page = draw(look)
    page.locator(".react-flow__node[data-id=thank] .flow-title").focus()
    page.keyboard.press("Enter")
    page.locator("#step-panel").get_by_role("heading", name="Thanks and service point").wait_for()


def test_counts_change_without_a_redraw(look: Open) -> None:
    page = draw(look)
    node = page.locator(".react-flow__node[data-id=call]")
    place = node.bounding_box()
    node.evaluate("e => { e.dataset.marked = 'yes' }")

    def answer(route: Route) -> None:
        step = {"waiting": 1234, "passed": 5, "outcomes": {"done": 5}, "held": 0, "dropped": 0}
        route.fulfill(body=json.dumps({"steps": {"call": step}}), content_type="application/json")

    page.route("**/counts.json", answer)
    page.evaluate("document.body.dispatchEvent(new CustomEvent('keskio:tick'))")
    node.locator("dd", has_text="1,234").wait_for()
    assert page.locator(".flow-label", has_text="done").filter(has_text="5").count() == 1
    assert (node.bounding_box(), node.get_attribute("data-marked")) == (place, "yes")


def test_a_step_without_scripts_is_a_page(look: Open) -> None:
    page = look(FLOW, scripts=False).page
    page.locator("#steps").get_by_role("link", name="Invitation to the helmet evening").click()
    assert page.locator("h1").inner_text() == "Invitation to the helmet evening"
    assert page.get_by_role("heading", name="Who waits here").count() == 1


def test_an_unknown_message_is_decided_by_a_person(look: Open) -> None:
    page = look("/messages/unknown/").page
    before = page.locator(".decision").count()
    if before == 0:
        pytest.fail("the story leaves no message unknown")
    page.get_by_role("button", name="It was sent").first.click()
    page.get_by_text("Your decision has been recorded.").wait_for()
    assert page.locator(".decision").count() == before - 1
