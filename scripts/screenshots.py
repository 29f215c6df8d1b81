"""Take the pictures of docs/screenshots again: every page of a company with a thousand customers.

`python scripts/screenshots.py [FOLDER]`; with FOLDER an installation in which the story has been told
already (`python -m tests.browser.story FOLDER`) is used, else one is made. Needs Chromium and the built
front end. The pictures look best with the fonts of Debian's package fonts-inter.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.browser.conftest import environment_of, wait_for  # noqa: E402 - the path comes first
from tests.browser.places import PAGES, PUBLIC  # noqa: E402 - the same
from tests.browser.story import ADMIN  # noqa: E402 - the same
from tests.conftest import CHROMIUM_FLAGS  # noqa: E402 - the same
from tests.needs import find_chromium  # noqa: E402 - the same

PICTURES = ROOT / "docs" / "screenshots"


class View(NamedTuple):
    """One way of looking at a page."""

    name: str
    width: int
    height: int
    language: str
    theme: str


VIEWS = (
    View("wide-en", 1280, 860, "en", "light"),
    View("wide-fi-dark", 1280, 860, "fi", "dark"),
    View("phone-fi", 390, 844, "fi", "light"),
)
# Lists go on for ever: one screen of them tells enough. These are looked at further down.
TALL = {"home": 1500, "dialogue": 1500, "customer": 1320}
# In the dark only what has most colours.
DARK = ("sign-in", "home", "dialogue", "customer", "tasks")


def main(folder: Path) -> None:
    """Serve the installation in `folder` and take every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "keskio.config.processes",
                "web",
                "--socket",
                str(listening.fileno()),
            ],
            env=environment_of(folder),
            cwd=ROOT,
            pass_fds=[listening.fileno()],
        )
    try:
        wait_for(port, server)
        take_all(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(10)


def take_all(house: str) -> None:
    """Take the pictures of all pages in all views."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        kept = sign_in(browser, house)
        for view in VIEWS:
            for name, path in {**PUBLIC, **PAGES}.items():
                if view.theme == "light" or name in DARK:
                    take(browser, f"{house}{path}", name, view, None if name in PUBLIC else kept)
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


def take(browser: Browser, address: str, name: str, view: View, kept: Any) -> None:
    """Take one picture: the whole page, but at most so tall as one cares to look at."""
    context = browser.new_context(
        locale=view.language,
        viewport={"width": view.width, "height": view.height},
        storage_state=kept,
        reduced_motion="reduce",
    )
    house = "/".join(address.split("/")[:3])
    chosen = {"django_language": view.language, "keskio_theme": view.theme}
    context.add_cookies([{"name": n, "value": v, "url": house} for n, v in chosen.items()])
    page = context.new_page()
    page.goto(address)
    settle(page, name, view)
    height = min(
        page.evaluate("document.documentElement.scrollHeight"), TALL.get(name, view.height)
    )
    page.set_viewport_size({"width": view.width, "height": max(view.height, height)})
    page.screenshot(path=PICTURES / f"{name}-{view.name}.png")
    context.close()


def settle(page: Page, name: str, view: View) -> None:
    """Wait until the page stands; on the wide picture of a dialogue a step is chosen."""
    page.wait_for_function("document.documentElement.classList.contains('js')")
    if name == "dialogue":
        page.locator(".flow-way").first.wait_for(state="attached")
        if view.name == "wide-en":
            page.locator(".react-flow__node[data-id=invite] .flow-title").click()
            page.locator("#step-panel h2").wait_for()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            subprocess.run(
                [sys.executable, "-m", "tests.browser.story", made],
                env={**os.environ, **environment_of(Path(made))},
                cwd=ROOT,
                check=True,
            )
            main(Path(made))
