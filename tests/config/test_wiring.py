from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.db import connections

from keskio.config import wiring
from keskio.events.spool import Row, Spool
from keskio.jobs.contracts import Background


class Kept:
    """A store that keeps rows in memory."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        self.rows += rows

    def close(self) -> None:
        pass


@pytest.fixture
def spool() -> Spool:
    return Spool(Kept())


def test_every_path_that_machines_call_has_its_door(spool: Spool) -> None:
    assert set(wiring.doors(spool)) >= {
        "/in/",
        "/v1/",
        "/beacon/",
        "/pixel/",
        "/sourceConfig",
        "/analytics.js/",
        "/analytics-next/",
    }


def test_work_flows_from_the_intake_through_dialogues_to_tasks() -> None:
    names = [job.name for job in wiring.jobs()]
    assert len(names) == len(set(names))
    assert names[0] == "intake"
    assert names[-1] == "pruner"


def test_every_background_has_a_name_of_its_own(spool: Spool) -> None:
    names = [background.name for background in wiring.backgrounds(spool)]
    assert "checkpointer" in names
    assert len(names) == len(set(names))


@pytest.mark.django_db(transaction=True)
def test_jobs_of_an_empty_installation_have_nothing_to_do() -> None:
    for job in wiring.jobs():
        for _ in range(10_000):
            if not job.turn(1_700_000_000_000_000):
                break
        else:
            pytest.fail(f"{job.name} finds work in an empty installation")


@pytest.mark.django_db(transaction=True)
def test_backgrounds_come_home_when_asked(spool: Spool) -> None:
    stop = threading.Event()
    stop.set()

    def run(background: Background) -> None:
        try:
            background.run(stop)
        finally:
            connections.close_all()

    for background in wiring.backgrounds(spool):
        thread = threading.Thread(target=run, args=(background,), daemon=True)
        thread.start()
        thread.join(60)
        assert not thread.is_alive(), background.name


def test_every_room_with_handlers_is_wired() -> None:
    text = Path(wiring.__file__).read_text()
    rooms = Path(wiring.__file__).parent.parent
    with_handlers = {path.parent.name for path in rooms.glob("*/handlers.py")}
    assert {room for room in with_handlers if f"keskio.{room} import handlers" not in text} == set()
