"""Files taken in: what goes in, what is told of, and that stopping anywhere loses and doubles nothing."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings
from django.db import connection

from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.sql import fetch, run
from keskio.know.api import customer_by, facts_of, import_file
from keskio.know.imports import actions, running
from keskio.know.imports.actions import (
    open_file,
    pause,
    receive_file,
    resume,
    start,
    stop,
    tidy,
    try_out,
)
from keskio.know.imports.mapping import read_mapping
from keskio.know.imports.models import Import
from keskio.know.imports.running import Importer, Run
from tests.know.imports.towns import MAPPING, many, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "DATA_DIR", tmp_path / "house")


def books() -> dict[str, int]:
    """How much there is of everything."""
    return {
        table: fetch(f"SELECT count(*) FROM {table}")[0][0]
        for table in ("know_customer", "know_link", "know_consent", "events_event", "imports_told")
    }


def received(path: Path, mapping: str = MAPPING) -> Import:
    job = receive_file(path.name, [path.read_bytes()], by="mari")
    actions.save_mapping(job, mapping)
    return job


def work(job: Import) -> Import:
    importer = Importer()
    while importer.turn(now_micros()):
        pass
    job.refresh_from_db()
    return job


def test_a_file_is_taken_in_with_its_good_rows(tmp_path: Path) -> None:
    job = received(write(tmp_path / "a.csv"))
    start(job)
    work(job)

    aino = customer_by("email", "aino@example.com") or 0
    facts = facts_of([aino])[aino]
    assert (job.state, msgspec.json.decode(job.counts)) == (
        "done",
        {"new": 2, "unchanged": 1, "skipped": 1, "refused": 2, "events": 2, "faults": 3},
    )
    assert facts.traits == {
        "firstName": "Aino",
        "lastName": "Virtanen",
        "birthday": "1980-05-17",
        "revenue": 1234.5,
    }
    assert facts.consents == {"marketing/email": "given"}
    assert [
        tuple(row)
        for row in fetch('SELECT "row", "column", value, reason FROM imports_fault ORDER BY id')
    ] == [
        (4, "Sähköposti", "ei osoitetta", "not_an_email"),
        (4, "Syntymäaika", "31.2.1990", "not_a_date"),
        (5, "", "", "names_nobody"),
    ]
    orders = fetch(
        "SELECT occurred_at, message_id FROM events_event WHERE name = 'Order Completed' ORDER BY id"
    )
    assert orders == [(1709281800000000, "T1"), (1709363700000000, "T2")]


def test_bad_cells_may_be_left_out(tmp_path: Path) -> None:
    import_file(write(tmp_path / "a.csv"), MAPPING + "bad_cells: leave_out\n")
    siiri = customer_by("crm", "K3") or 0
    assert facts_of([siiri])[siiri].traits == {"firstName": "Siiri", "lastName": "Niemi"}


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv")
    import_file(path, MAPPING)
    before = books()

    report = import_file(path, MAPPING)

    assert books() == before
    assert report.counts["unchanged"] == 3
    assert report.counts.get("new", 0) + report.counts.get("changed", 0) == 0


def test_a_trial_changes_nothing_and_says_what_would_come(tmp_path: Path) -> None:
    job = received(write(tmp_path / "a.csv"))
    before = books()
    try_out(job)
    work(job)

    assert books() == before
    assert job.state == "tried"
    assert msgspec.json.decode(job.counts)["new"] == 2
    assert msgspec.json.decode(job.examples)["new"] == [
        ["2", "Aino Virtanen"],
        ["3", "Eero Mäkinen"],
    ]


def test_an_empty_cell_keeps_or_clears_as_the_mapping_says(tmp_path: Path) -> None:
    import_file(write(tmp_path / "a.csv"), MAPPING)
    path = write(tmp_path / "b.csv", ["K1;;;;;;;;;;;"])
    aino = customer_by("crm", "K1") or 0

    import_file(path, MAPPING)
    kept = facts_of([aino])[aino].traits
    import_file(path, MAPPING + "empty: clear\n")

    assert kept["firstName"] == "Aino"
    assert facts_of([aino])[aino].traits == {}


def test_pausing_and_stopping_hold_and_going_on_takes_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "ROWS_A_TURN", 10)
    job = received(write(tmp_path / "a.csv", many(45)))
    importer = Importer()
    start(job)
    importer.turn(now_micros())
    pause(job)
    assert importer.turn(now_micros()) is False
    assert books()["know_customer"] == 10
    resume(job)
    importer.turn(now_micros())
    stop(job)
    assert importer.turn(now_micros()) is False
    resume(job)
    work(job)

    assert (job.state, job.row) == ("done", 46)
    assert (books()["know_customer"], books()["imports_told"]) == (45, 45)


def test_another_worker_that_took_the_rows_meanwhile_makes_the_chunk_undone(tmp_path: Path) -> None:
    job = received(write(tmp_path / "a.csv", many(30)))
    start(job)
    one, other = Run(job.pk), Run(job.pk)
    one.step(most=10)

    with pytest.raises(running.Moved):
        other.step(most=10)

    assert books()["know_customer"] == 10


class Crash(BaseException):
    """The power went."""


@contextmanager
def crashing_at(place: int) -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()

    def strike(execute: Callable[..., Any], *args: Any) -> Any:
        counted["statements"] += 1
        if counted["statements"] == place:
            raise Crash
        return execute(*args)

    with connection.execute_wrapper(strike):
        yield counted


@pytest.mark.django_db(transaction=True)
def test_a_crash_at_any_statement_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "ROWS_A_TURN", 4)
    path = write(tmp_path / "a.csv", [*many(9), "K1;nonsense;;;;;;;;;;"])
    job = received(path)

    def taken_in(place: int) -> tuple[int, Import]:
        for table in ("know_link", "know_consent", "know_customer", "events_event", "imports_told"):
            run(f"DELETE FROM {table}")
        start(job)
        try:
            with crashing_at(place) as counted:
                work(job)
        except Crash:
            work(job)
        return counted["statements"], job

    statements, _ = taken_in(0)
    expected = books()
    counts = job.counts
    for place in range(1, statements + 1, 3):
        taken_in(place)
        assert (place, books(), job.counts, job.state) == (place, expected, counts, "done")
        assert fetch("SELECT count(*) FROM imports_fault") == [(1,)]


def test_a_file_from_the_command_line_goes_on_where_it_was_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.csv", many(20))
    job = open_file(path, MAPPING)
    start(job)
    Run(job.pk).step(most=8)

    report = import_file(path, MAPPING)

    assert (report.job, report.rows, report.counts["new"]) == (job.pk, 21, 20)
    assert books()["know_customer"] == 20


def test_a_file_that_is_gone_fails_with_a_sentence(tmp_path: Path) -> None:
    job = received(write(tmp_path / "a.csv"))
    start(job)
    Path(job.path).unlink()
    work(job)
    assert (job.state, job.sentence.startswith("The file is gone")) == ("failed", True)


def test_files_and_faults_are_erased_in_time(tmp_path: Path, clock: VirtualClock) -> None:
    job = received(write(tmp_path / "a.csv"))
    start(job)
    work(job)
    clock.turn_to(clock.micros() + 6 * 86_400_000_000)
    assert tidy(clock.micros()) is False
    clock.turn_to(clock.micros() + 2 * 86_400_000_000)
    while tidy(clock.micros()):
        pass
    path = Path(job.path)
    job.refresh_from_db()
    assert (job.path, path.exists(), job.faults.count()) == ("", False, 3)
    clock.turn_to(clock.micros() + 30 * 86_400_000_000)
    while tidy(clock.micros()):
        pass
    assert job.faults.count() == 0


@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", many(25_000))
    kept: list[int] = []

    import_file(path, MAPPING, watch=lambda _done, _whole: kept.append(sys.getallocatedblocks()))

    # A chunk of 5,000 rows is more than 200,000 blocks while it is under work; what stays of it are
    # addresses in caches that have their limits.
    growth = [after - before for before, after in pairwise(kept[1:5])]
    assert max(growth) < 60_000


def test_the_mappings_of_the_documentation_can_be_read() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "imports.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert [bool(read_mapping(block).identifiers) for block in blocks] == [True, True, True]
