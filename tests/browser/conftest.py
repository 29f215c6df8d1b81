"""A running installation with a story in it, and a browser that keeps watch.

The server is the real one in a process of its own; tests may look at it and press its buttons, but
none may depend on what another has pressed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.story import ADMIN, READER

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = 60

# Other tests run beside these, on machines that are busy with more: a page may take its time.
PATIENCE = 120_000  # milliseconds
expect.set_options(timeout=PATIENCE)


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
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation in which the story has been told: once for all workers.

    Nobody runs it or writes into it: whoever wants to live there takes a copy.
    """
    ours = tmp_path_factory.getbasetemp()
    shared = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    folder, finished = shared / "told", shared / "told.finished"
    with (shared / "told.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            command = [sys.executable, "-m", "tests.browser.story", str(folder), str(CUSTOMERS)]
            subprocess.run(command, env=environment_of(folder), cwd=ROOT, check=True)
            finished.touch()
    return folder


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, told: Path) -> Iterator[str]:
    """The address of a running installation in which the story has been told."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(told, folder, dirs_exist_ok=True)
    environment = environment_of(folder)
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
    deadline = time.monotonic() + 300  # a busy machine takes a minute and more
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
        context.set_default_timeout(PATIENCE)
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
Windows = dict[tuple[object, ...], Watched]


@dataclass(frozen=True)
class Opener:
    """Opens windows on the house as somebody, at a width, in a language and a theme."""

    browser: Browser
    house: str
    cookies: dict[str, object]

    def open(
        self,
        *,
        role: str | None = "admin",
        width: int = 1280,
        language: str = "en",
        theme: str = "light",
        scripts: bool = True,
    ) -> Watched:
        """Open an empty window."""
        context = self.browser.new_context(
            locale=language,
            viewport={"width": width, "height": 900},
            storage_state=self.cookies[role] if role else None,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        chosen = {"django_language": language, "keskio_theme": theme}
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": n, "value": v, "url": self.house} for n, v in chosen.items()])
        return Watched(context.new_page())


@pytest.fixture(scope="session")
def opener(browser: Browser, house: str, cookies: dict[str, object]) -> Opener:
    """Whoever opens windows on the house."""
    return Opener(browser, house, cookies)


@pytest.fixture
def look(opener: Opener) -> Iterator[Open]:
    """Open a page in a window of its own, whose buttons may be pressed."""
    opened: list[Watched] = []

    def open_page(path: str, **seen: Any) -> Watched:
        watched = opener.open(**seen)
        opened.append(watched)
        watched.page.goto(f"{opener.house}{path}")
        return watched

    yield open_page
    for watched in opened:
        watched.page.context.close()


@pytest.fixture(scope="session")
def windows() -> Iterator[Windows]:
    """The windows that stay open from test to test, by how they were opened."""
    opened: Windows = {}
    yield opened
    for watched in opened.values():
        watched.page.context.close()


@pytest.fixture
def glance(opener: Opener, windows: Windows) -> Iterator[Open]:
    """Open a page only to look at it, in a window that was there: a new one takes longer than most pages."""
    used: list[Watched] = []

    def open_page(path: str, **seen: Any) -> Watched:
        kind = tuple(sorted(seen.items()))
        watched = windows.get(kind)
        if watched is None or watched.page.is_closed():
            watched = windows[kind] = opener.open(**seen)
        if seen.get("scripts", True):
            used.append(watched)
        watched.complaints.clear()
        watched.page.goto(f"{opener.house}{path}")
        return watched

    yield open_page
    for watched in used:
        leave(watched.page)


def leave(page: Page) -> None:
    """Go where nothing is: whatever the page still does ends with its test.

    By the page itself, so that the browser stays in the process, which has the scripts and the styles
    compiled already: told from outside to go elsewhere it begins another, and the next page takes twice
    as long.
    """
    page.evaluate("location.replace('about:blank')")
    page.wait_for_url("about:blank")
