"""Take the pictures of docs/screenshots again: the main pages of the demo company.

`keskio up --demo` in one window, and when its customers have answered for a few minutes
`python scripts/screenshots.py [ADDRESS] [NAME ...]` in another (without names: all pictures; the
address is http://127.0.0.1:8000 unless told). Needs Chromium and the built front end. The pictures
look best with the fonts of Debian's package fonts-inter. Each is kept in at most 256 colours.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.needs import find_chromium  # noqa: E402 - the path comes first

PICTURES = ROOT / "docs" / "screenshots"
ADMIN = ("admin", "ketju-demo-85")
MOST_COLOURS = 256
FLAGS = ("--no-sandbox", "--disable-gpu", "--force-color-profile=srgb")


class View(NamedTuple):
    """One way of looking at a page."""

    name: str
    width: int
    height: int
    language: str
    theme: str


WIDE = View("wide-en", 1280, 860, "en", "light")
DARK = View("wide-fi-dark", 1280, 860, "fi", "dark")
PHONE = View("phone-fi", 390, 844, "fi", "light")
ALL = (WIDE, PHONE, DARK)


class Shot(NamedTuple):
    """A page; of a list, `follow` is what leads on to the one that is shown."""

    name: str
    path: str
    views: tuple[View, ...] = (WIDE,)
    tall: int = 0
    follow: str = ""


FLOW = "/dialogues/bicycle-autumn-service/"
SHOTS = (
    Shot("home", "/", ALL, 1400),
    Shot("inbox", "/inbox/", (WIDE, PHONE)),
    Shot("case", "/inbox/", ALL, 900, "a.case-link"),
    Shot("mentions", "/mentions/", (WIDE, PHONE)),
    Shot("mention", "/mentions/", (WIDE,), 1300, ".mentions a[href^='/mentions/']"),
    Shot("trends", "/trends/", (WIDE, PHONE), 1180),
    Shot("survey", "/surveys/of/relationship-nps/", (WIDE, PHONE), 1180),
    Shot("survey-edit", "/surveys/of/relationship-nps/edit/"),
    Shot("survey-asked", "/surveys/of/relationship-nps/asked/"),
    Shot("dialogues", "/dialogues/"),
    Shot("dialogue", FLOW, ALL, 1100),
    Shot("playbooks", "/playbooks/", (WIDE,), 1100),
    Shot("playbook", "/playbooks/bicycle-autumn-service/", (WIDE,), 1300),
    Shot(
        "customer",
        "/",
        (WIDE, PHONE),
        1320,
        "main li a[href^='/customers/']:not([href='/customers/'])",
    ),
    Shot("segments", "/segments/"),
    Shot("segment", "/segments/regulars/", (WIDE,), 1100),
    Shot("promises", "/promises/"),
    Shot("recovery", "/recovery/"),
    Shot("leads", "/leads/"),
    Shot("causes", "/causes/"),
    Shot("interview", "/interviews/transcripts/1/", (WIDE,), 1080),
    Shot("word-lists", "/word-lists/"),
    Shot("teaching", "/teaching/"),
    Shot("mention-sources", "/mention-sources/"),
    Shot("offers", "/offers/"),
    Shot("contact", "/contact/"),
    Shot("tasks", "/tasks/"),
)


def main(house: str, names: list[str]) -> None:
    """Take the pictures called `names` (all of them for none) of the demo at `house`."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        kept = sign_in(browser, house)
        for shot in SHOTS:
            for view in shot.views:
                if not names or shot.name in names:
                    take(browser, house, shot, view, kept)
        browser.close()


def sign_in(browser: Browser, house: str) -> Any:
    """Return what a browser remembers of one who has signed in."""
    page = browser.new_page(locale="en")
    page.goto(f"{house}/sign-in/")
    page.get_by_label("Username").fill(ADMIN[0])
    page.get_by_label("Password").fill(ADMIN[1])
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{house}/")
    return page.context.storage_state()


def take(browser: Browser, house: str, shot: Shot, view: View, kept: Any) -> None:
    """Take one picture: the whole page, but at most so tall as one cares to look at."""
    context = browser.new_context(
        locale=view.language,
        viewport={"width": view.width, "height": view.height},
        storage_state=kept,
        reduced_motion="reduce",
    )
    chosen = {"django_language": view.language, "keskio_theme": view.theme}
    context.add_cookies([{"name": n, "value": v, "url": house} for n, v in chosen.items()])
    page = context.new_page()
    page.goto(f"{house}{shot.path}")
    if shot.follow:
        page.goto(house + str(page.locator(shot.follow).first.get_attribute("href")))
    settle(page, shot.name, view)
    height = min(page.evaluate("document.documentElement.scrollHeight"), shot.tall)
    page.set_viewport_size({"width": view.width, "height": max(view.height, height)})
    page.evaluate("scrollTo(0, 0)")
    drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
    small = drawn.quantize(MOST_COLOURS, dither=Image.Dither.NONE)
    small.save(PICTURES / f"{shot.name}-{view.name}.png", optimize=True)
    context.close()


def settle(page: Page, name: str, view: View) -> None:
    """Wait until the page stands; on the wide picture of a dialogue a step is chosen."""
    page.wait_for_function("document.documentElement.classList.contains('js')")
    if name == "dialogue":
        page.locator(".flow-way").first.wait_for(state="attached")
        if view is WIDE:
            page.locator(".react-flow__node[data-id=invite] .flow-title").click()
            page.locator("#step-panel h2").wait_for()


if __name__ == "__main__":
    given = sys.argv[1:]
    address = given.pop(0) if given and given[0].startswith("http") else "http://127.0.0.1:8000"
    main(address, given)
