"""A running installation with a story in it, and a browser that keeps watch.

The server is the real one in a process of its own; tests may look at it and press its buttons, but
none may depend on what another has pressed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.story import ADMIN, READER

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = 60

# Other tests run beside these: a page may take its time.
expect.set_options(timeout=20_000)


@dataclass
class Watched:
    """A page with everything that its browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda m: self._note(m.type, m.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"{kind}: {text}")


def environment_of(folder: Path) -> dict[str, str]:
    """Return the environment of a process of the installation in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KESKIO_")}
    return {
        **kept,
        "KESKIO_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "keskio.config.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running installation in which the story has been told."""
    folder = tmp_path_factory.mktemp("house")
    environment = environment_of(folder)
    told = [sys.executable, "-m", "tests.browser.story", str(folder), str(CUSTOMERS)]
    subprocess.run(told, env=environment, cwd=ROOT, check=True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        served = [sys.executable, "-m", "keskio.config.processes", "web"]
        server = subprocess.Popen(
            [*served, "--socket", str(listening.fileno())],
            env=environment,
            cwd=ROOT,
            pass_fds=[listening.fileno()],
        )
    try:
        wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server takes connections."""
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)  # the kernel tells nobody when a port begins to listen
        else:
            return
    raise AssertionError(f"the web process does not answer (exit code {server.poll()})")


@pytest.fixture(scope="session")
def cookies(house: str, browser: Browser) -> dict[str, object]:
    """What browsers remember of those who have signed in, by role."""
    kept: dict[str, object] = {}
    for role, (name, password) in {"admin": ADMIN, "reader": READER}.items():
        context = browser.new_context(locale="en")
        page = context.new_page()
        page.goto(f"{house}/sign-in/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(password)
        page.locator("main button[type=submit]").click()
        page.wait_for_url(f"{house}/")
        kept[role] = context.storage_state()
        context.close()
    return kept


Open = Callable[..., Watched]


@pytest.fixture
def look(house: str, browser: Browser, cookies: dict[str, object]) -> Iterator[Open]:
    """Open a page as somebody, at a width, in a language and a theme."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str,
        *,
        role: str | None = "admin",
        width: int = 1280,
        language: str = "en",
        theme: str = "light",
        scripts: bool = True,
    ) -> Watched:
        context = browser.new_context(
            locale=language,
            viewport={"width": width, "height": 900},
            storage_state=cookies[role] if role else None,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        chosen = {"django_language": language, "keskio_theme": theme}
        context.add_cookies([{"name": n, "value": v, "url": house} for n, v in chosen.items()])
        watched = Watched(context.new_page())
        watched.page.goto(f"{house}{path}")
        return watched

    yield open_page
    for context in contexts:
        context.close()
