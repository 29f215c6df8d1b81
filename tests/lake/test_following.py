"""Following the log: every event once, whatever breaks; days, buckets and tallies agree with the log."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from keskio.kernel.clock import VirtualClock
from keskio.lake import compacting, duck, following, sorting, store
from keskio.lake.compacting import compact, fold_days, settle_tallies, tidy
from keskio.lake.following import follow, take
from keskio.lake.lake import Lake
from keskio.lake.manifest import write_durably
from keskio.lake.sorting import sort_by_record
from keskio.lake.store import GRACE
from tests.lake import looks
from tests.lake.town import Log, events, tallied


class Killed(BaseException):
    """The process ended here."""


def in_order(log: Log) -> list[int]:
    """The ids of a log's events in the order of record and time."""
    return [e.id for e in sorted(log.events, key=lambda e: (e.record, e.at, e.id))]


def test_every_event_is_there_once_with_its_columns(tmp_path: Path) -> None:
    log = Log(events(200))
    lake = Lake.at(tmp_path / "lake")
    assert follow(lake, log.after, last=log.last) == 200
    assert follow(lake, log.after, last=log.last) == 200

    told = looks.rows(
        lake,
        "SELECT id, record, name, epoch_us(occurred_at) AS at, epoch_us(received_at) AS r, source,"
        " message_id, body FROM events ORDER BY id",
    )
    assert told == [
        (e.id, e.record, e.name, e.at, e.received_at, e.source, e.message_id, e.body)
        for e in log.events
    ]


def test_hot_columns_hold_values_of_their_kind_only(tmp_path: Path) -> None:
    log = Log(events(200))
    lake = Lake.at(tmp_path / "lake")
    follow(lake, log.after, last=log.last)
    kinds = looks.rows(
        lake,
        "SELECT DISTINCT event_kind(body, 'price') AS kind, price IS NOT NULL AS hot FROM events"
        " WHERE name = 'Product Viewed' ORDER BY kind",
    )
    assert kinds == [("number", True), ("text", False)]
    assert looks.rows(
        lake,
        "SELECT DISTINCT event_text(body, 'product_id') IS NOT DISTINCT FROM product_id AS same FROM events",
    ) == [(True,)]


def test_macros_tell_kinds_apart(tmp_path: Path) -> None:
    body = '{"properties": {"a/b~c d\\"e": "x", "list": ["x", 5, true], "no": null, "yes": true, "o": {}}}'
    told = looks.rows(
        Lake.at(tmp_path / "lake"),
        """SELECT event_text(b, 'a/b~c d"e'), event_kind(b, 'list'), event_kind(b, 'no'),
            event_kind(b, 'none'), event_flag(b, 'yes'), event_number(b, 'yes'), event_kind(b, 'o'),
            event_has_text(b, 'list', 'x'), event_has_text(b, 'list', '5'),
            event_has_number(b, 'list', 5), event_has_number(b, 'list', 1),
            event_has_number(b, 'none', 1), event_has_text(b, 'a/b~c d"e', 'x')
        FROM (SELECT $body AS b)""",
        body=body,
    )
    assert told == [
        ("x", "list", None, None, True, None, "object", True, False, True, False, False, False)
    ]


def test_the_state_table_is_what_the_log_adds_up_to(tmp_path: Path) -> None:
    log = Log(events(300))
    log.batch = 40
    lake = Lake.at(tmp_path / "lake")
    take(lake, log.after)
    take(lake, log.after)
    settle_tallies(lake)
    follow(lake, log.after, last=log.last)
    assert looks.tallies(lake) == tallied(log.events)
    compact(lake)
    assert looks.tallies(lake) == tallied(log.events)
    assert lake.store.read().files("tallies_new") == []


def test_days_are_whole_and_in_the_order_of_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "DAYS_FILE", 50)
    log = Log(events(400))
    log.batch = 90
    lake = Lake.at(tmp_path / "lake")
    while take(lake, log.after):
        fold_days(lake)
    files = lake.store.read().files("events")
    assert len(files) > 4
    spans = [(file.from_day, file.to_day) for file in files]
    assert spans == sorted(spans)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    assert looks.ids(lake) == [e.id for e in sorted(log.events, key=lambda e: (e.at, e.id))]


@pytest.mark.parametrize("bucket", [10_000, 40])
def test_sorted_order_serves_the_fresh_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: int
) -> None:
    monkeypatch.setattr(sorting, "BUCKET", bucket)
    log = Log(events(300))
    log.batch = 70
    lake = Lake.at(tmp_path / "lake")
    while take(lake, log.after):
        seen = Log(log.events[: lake.position])
        assert sorted(looks.ids(lake, "events_by_record")) == sorted(in_order(seen))
        if lake.position != 210:
            sort_by_record(lake)
            if bucket == 10_000:
                assert looks.ids(lake, "events_by_record") == in_order(seen)
    assert (lake.store.read().buckets > 1) == (bucket == 40)


def crashing(monkeypatch: pytest.MonkeyPatch, dice: random.Random) -> Callable[[], None]:
    """Let the process die at a moment to come: before or after a file, or the manifest, is written."""
    left = [10**9]

    def wrapped(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            result = real(*arguments, **named)
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return result

        return call

    for module in (duck, following, compacting, sorting):
        if module is not duck:
            monkeypatch.setattr(module, "write", wrapped(duck.write))
    monkeypatch.setattr(store, "write_durably", wrapped(write_durably))

    def arm() -> None:
        left[0] = dice.randint(1, 9)

    return arm


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_lost_or_doubled_when_it_dies_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(compacting, "DAYS_FILE", 60)
    monkeypatch.setattr(compacting, "SMALL", 3)
    monkeypatch.setattr(sorting, "BUCKET", 150)
    dice = random.Random(seed)
    arm = crashing(monkeypatch, dice)
    log = Log(events(240, seed=seed))
    log.batch = 30
    lake = Lake.at(tmp_path / "lake")
    deaths = 0
    for _ in range(20):
        arm()
        try:
            dice.choice(
                (lambda: take(lake, log.after), lambda: tidy(lake), lambda: compact(lake))
            )()
        except Killed:
            deaths += 1
        position = lake.position
        assert sorted(looks.ids(lake)) == list(range(1, position + 1))
        assert looks.tallies(lake) == tallied(log.events[:position])
    monkeypatch.undo()
    assert deaths > 2
    follow(lake, log.after, last=log.last)
    compact(lake)
    assert sorted(looks.ids(lake)) == list(range(1, 241))
    assert sorted(looks.ids(lake, "events_by_record")) == list(range(1, 241))
    assert looks.tallies(lake) == tallied(log.events)


CHILD = """
import sys
from pathlib import Path
from keskio.lake.compacting import compact, tidy
from keskio.lake.following import take
from keskio.lake.lake import Lake
from keskio.lake.manifest import write_durably
from tests.lake.town import Log, events
log = Log(events(1200))
log.batch = 40
lake = Lake.at(Path(sys.argv[1]))
print("begun", flush=True)
while take(lake, log.after):
    tidy(lake)
compact(lake)
print("done", flush=True)
"""


def test_a_killed_process_leaves_a_whole_lake(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    for wait in (0.15, 0.6):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path / "lake")],
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": "src:.", "DJANGO_SETTINGS_MODULE": "tests.settings"},
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        time.sleep(wait)  # how far it has come is left to the machine
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert sorted(looks.ids(lake)) == list(range(1, lake.position + 1))
    log = Log(events(1200))
    follow(lake, log.after, last=log.last)
    compact(lake)
    assert sorted(looks.ids(lake)) == list(range(1, 1201))
    assert looks.tallies(lake) == tallied(log.events)
    named = lake.store.read().paths() | {gone.path for gone in lake.store.read().gone}
    assert set(looks.parquet_files(lake)) == named


def test_files_stay_while_somebody_reads_them(tmp_path: Path, clock: VirtualClock) -> None:
    log = Log(events(60))
    log.batch = 20
    lake = Lake.at(tmp_path / "lake")
    take(lake, log.after)
    before = set(looks.parquet_files(lake))
    with lake.engine() as reader:
        follow(lake, log.after, last=log.last)
        compact(lake)
        clock.turn_to(clock.micros() + 2 * GRACE)
        compact(lake)
        assert before <= set(looks.parquet_files(lake))
        assert reader.query("SELECT count(*) AS n FROM events").to_pylist() == [{"n": 20}]
        assert reader.position == 20
    compact(lake)
    assert not before & set(looks.parquet_files(lake))
    assert set(looks.parquet_files(lake)) == lake.store.read().paths()


def test_a_lease_of_the_dead_holds_nothing(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    code = (
        "import sys, os; from pathlib import Path; from keskio.lake.lake import Lake\n"
        "Lake.at(Path(sys.argv[1])).engine(); os._exit(9)"
    )
    environ = {"PYTHONPATH": "src:.", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "-c", code, str(lake.store.folder)], env=environ, check=False)
    assert list((lake.store.folder / "readers").iterdir()) != []
    compact(lake)
    assert list((lake.store.folder / "readers").iterdir()) == []
    assert list((lake.store.folder / "scratch").iterdir()) == []
