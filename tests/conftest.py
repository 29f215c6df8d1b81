"""What every test may use: all databases, a clock that can be turned, a PostgreSQL of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from keskio.channels.api import close_transports
from keskio.kernel.clock import VirtualClock, set_clock
from tests.emptying import begin_again, begin_later, empty_quickly
from tests.needs import find_chromium, missing_for
from tests.servers.postgres import PostgresServer, find_postgres

hypothesis_settings.register_profile(
    "quick",
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
hypothesis_settings.register_profile("deep", max_examples=2000, deadline=None)
hypothesis_settings.load_profile("quick")
empty_quickly()

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Files that begin many processes, or a slow one: a worker that began one of them last would still be
# at it when the other has nothing left.
LONGEST = (
    "tests/clients/test_servers_clients.py",
    "tests/cli/test_up.py",
    "tests/lake/test_on_spark.py",
    "tests/cli/test_demo.py",
    "tests/house/test_translations.py",
    "tests/lake/test_following.py",
    "tests/talk/test_crashes.py",
    "tests/know/profiles/test_computing.py",
    "tests/know/privacy/test_erasing.py",
    "tests/config/test_contention.py",
    "tests/know/imports/test_running.py",
    "tests/talk/test_play.py",
    "tests/know/profiles/test_report_card.py",
    "tests/listen/reading/test_reading_messages.py",
    "tests/listen/sources/test_sources_killed.py",
    "tests/talk/test_killed.py",
)
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
# What pages show and whom they let in is written in Python and templates, over the same queries as what
# the other files of their room ask. Every run proves it on SQLite; on PostgreSQL it opens the pages of
# the demo (tests/cli/test_demo.py), and `make nightly` runs these files there too.
ABOUT_PAGES = ("pages.py", "views.py", "test_gallery.py", "test_desk_settings.py")
# Messages over the wire to mail and SMS servers and the simulator: of the database they ask for accounts
# only, as tests/channels/test_accounts.py does. By night these too run on PostgreSQL.
ABOUT_WIRES = {
    "tests/channels/test_kannel.py",
    "tests/channels/test_mail_servers.py",
    "tests/channels/test_simulator.py",
}
# Files about pages whose matter is what they ask of the database: searches, filters, imports, consents.
ASKING_PAGES = {
    "tests/know/imports/test_views.py",
    "tests/know/privacy/test_staff_pages.py",
    "tests/know/segments/test_pages.py",
    "tests/know/test_views.py",
    "tests/listen/test_mention_pages.py",
    "tests/respond/desk/test_inbox_pages.py",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be kept to what differs between databases."""
    parser.addoption(
        "--only-database", action="store_true", help="only tests that use the database in-process"
    )
    parser.addoption(
        "--by-day", action="store_true", help="no files that are about pages or the wire alone"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give every test that asks for the database all of its files; skip what the machine lacks."""
    for item in items:
        missing = missing_for(item)
        if missing:
            item.add_marker(pytest.mark.skip(reason=f"{missing} is missing"))
        _give_databases(item)
    if config.getoption("--only-database"):
        _keep(config, items, _uses_database)
    if config.getoption("--by-day"):
        _keep(config, items, lambda item: not _waits_for_night(item))
    places = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


def _keep(
    config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]
) -> None:
    """Leave only the wanted ones in `items`."""
    chosen, left = [], []
    for item in items:
        (chosen if wanted(item) else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = chosen


def _uses_database(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("django_db")) and not item.get_closest_marker("browser")


def _waits_for_night(item: pytest.Item) -> bool:
    file = item.nodeid.partition("::")[0]
    is_about_pages = file.endswith(ABOUT_PAGES) and file not in ASKING_PAGES
    return is_about_pages or file in ABOUT_WIRES


def _give_databases(item: pytest.Item) -> None:
    marker = item.get_closest_marker("django_db")
    asked = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    if marker is None and not asked:
        return
    given = dict(marker.kwargs) if marker else {}
    given.setdefault("transaction", bool(asked - {"db"}))
    given.setdefault("databases", list(settings.DATABASES))
    item.add_marker(pytest.mark.django_db(**given), append=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The databases of the tests, whose rows are not numbered from 1."""
    with django_db_blocker.unblock():
        begin_later()


@pytest.fixture(autouse=True)
def _numbers_begin_again(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> None:
    """No test sees in the numbers of rows which tests were before it."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("django_db_setup")
        with django_db_blocker.unblock():
            for alias in settings.DATABASES:
                begin_again(alias)


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    """The clock of this process, standing at nine in the morning of a Monday in Helsinki."""
    virtual = VirtualClock(datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
    before = set_clock(virtual)
    yield virtual
    set_clock(before)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL of its own on a free port; the test is skipped where none is installed."""
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is missing")
    server = PostgresServer(binaries)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _fresh_transports() -> Iterator[None]:
    """Numbers of accounts begin anew with each test's tables: no transport may outlive its test."""
    yield
    close_transports()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests of a process: Playwright runs one loop in its thread.

    Django must be told that this loop does not make its database calls unsafe.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
