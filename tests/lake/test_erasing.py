"""Erasure: nothing of a customer in any file, also when it is broken off; and building anew."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from keskio.events.contracts import LoggedEvent
from keskio.lake import duck, erasing, purging
from keskio.lake.building import build
from keskio.lake.compacting import compact
from keskio.lake.contracts import LakeTrouble, Measure
from keskio.lake.duck import connect
from keskio.lake.erasing import erase, finish_erasing
from keskio.lake.following import take
from keskio.lake.lake import Lake
from keskio.lake.rebuilding import rebuild
from keskio.lake.viewing import quoted
from tests.lake import looks
from tests.lake.town import Log, events, tallied

SECRET = "matti.meikalainen"
GONE = 3


def telling(event: LoggedEvent) -> LoggedEvent:
    """An event of the one to be erased, with something in it that can be searched for."""
    if event.record != GONE:
        return event
    told = {"total": 5, "path": f"/{SECRET}", "email": f"{SECRET}@example.com"}
    body = json.dumps({"properties": told})
    return LoggedEvent(
        event.id,
        GONE,
        event.name,
        event.at,
        body,
        event.received_at,
        1,
        f"{SECRET}-{event.id}",
        GONE,
    )


LOG = Log([telling(event) for event in events(200)])


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake that has the customer in every kind of file, old ones still there."""
    views: dict[str, list[tuple[Any, ...]]] = {
        "customers": [(i, True, 5, "fi", "", True, True) for i in range(1, 8)],
        "traits": [(GONE, "email", "text", SECRET, None), (2, "email", "text", "aino", None)],
        "redirects": [(6, GONE), (7, 2)],
        "objects": [(1, GONE, "car", SECRET, False)],
    }
    folder = tmp_path / "lake"
    lake = build(
        folder, events=LOG.events[:120], views=views, measures=[Measure("~p", "Page Viewed")]
    )
    compact(lake)
    return build(folder, events=LOG.events[120:])


def found(lake: Lake) -> list[str]:
    """The files in which anything of the customer is to be found: bytes, or rows of its id."""
    hits = []
    connection = connect(lake.store.scratch, lake.means)
    for path in sorted(lake.store.folder.rglob("*")):
        if path.is_file() and SECRET.encode() in path.read_bytes():
            hits.append(path.name)
        if path.suffix == ".parquet":
            rows = connection.sql(f"SELECT * FROM read_parquet({quoted(path)})").to_arrow_table()
            told = str(rows.to_pylist())
            ids = re.search(rf"'(?:record|customer)': {GONE}\b", told)
            if ids or SECRET in told:
                hits.append(path.relative_to(lake.store.folder).as_posix())
    connection.close()
    return hits


def others(log: Log) -> list[int]:
    return [event.id for event in log.events if event.record != GONE]


def test_nothing_of_the_erased_is_left_in_any_file(lake: Lake) -> None:
    assert len(found(lake)) > 8
    erase(lake, [GONE])
    assert found(lake) == []
    assert sorted(looks.ids(lake)) == others(LOG)
    assert sorted(looks.ids(lake, "events_by_record")) == others(LOG)
    left = {key: told for key, told in tallied(LOG.events).items() if key[0] != GONE}
    kept = {key: told for key, told in looks.tallies(lake).items() if key[1] != "~p"}
    assert kept == left
    assert looks.rows(lake, "SELECT customer FROM customers ORDER BY 1") == [
        (1,), (2,), (4,), (5,), (6,), (7,)
    ]  # fmt: skip
    assert looks.rows(lake, "SELECT record, customer FROM redirects") == [(7, 2)]
    assert lake.store.read().erasing == []
    before = looks.parquet_files(lake)
    erase(lake, [GONE])
    erase(lake, [])
    assert looks.parquet_files(lake) == before


@pytest.mark.parametrize("place", [1, 4, 9])
def test_an_erasure_that_was_broken_off_is_finished(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    left = [place]

    def dying(*arguments: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    real = duck.write
    monkeypatch.setattr(purging, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        erase(lake, [GONE])
    monkeypatch.undo()
    assert sorted(looks.ids(lake)) == [event.id for event in LOG.events]
    assert lake.store.read().erasing == [GONE]
    assert finish_erasing(lake)
    assert found(lake) == []
    assert sorted(looks.ids(lake)) == others(LOG)
    assert not finish_erasing(lake)


def test_old_files_go_even_when_it_dies_after_the_new_ones_are_there(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(lake.store), "clear", dying)
    with pytest.raises(KeyboardInterrupt):
        erase(lake, [GONE])
    monkeypatch.undo()
    assert found(lake) != []
    assert finish_erasing(lake)
    assert found(lake) == []


def test_a_reader_that_holds_old_files_is_told(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keskio.lake.store.PATIENCE", 0.1)
    with lake.engine() as reader:
        erase(lake, [GONE])
        with pytest.raises(LakeTrouble, match="could not answer"):
            reader.query("SELECT count(body) FROM events")
    assert found(lake) == []


def test_building_anew_gives_the_same_and_keeps_measures(lake: Lake) -> None:
    before = looks.tallies(lake)
    with lake.engine() as reader:
        rebuild(lake, LOG.after, last=LOG.last)
        assert reader.query("SELECT count(*) AS n FROM events").to_pylist() == [{"n": 200}]
    assert looks.tallies(lake) == before
    assert sorted(looks.ids(lake)) == list(range(1, 201))
    assert looks.ids(lake, "events_by_record") == [
        e.id for e in sorted(LOG.events, key=lambda e: (e.record, e.at, e.id))
    ]
    assert not (lake.store.folder / "rebuilding").exists()
    assert take(lake, LOG.after) == 0


def test_every_table_of_files_is_searched() -> None:
    assert all("IN (5)" in condition for condition in erasing.conditions("5").values())
