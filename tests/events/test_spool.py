from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from keskio.events import api as events
from keskio.events.contracts import Overloaded
from keskio.events.spool import Row, Spool, SpoolClosed
from keskio.events.stores import SqliteStore, store_of_installation
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.kernel.errors import Trouble


class Gate:
    """A store whose writing can be held back and made to fail."""

    def __init__(self) -> None:
        self.commits: list[list[Row]] = []
        self.error: Exception | None = None
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()
        self.closed = False

    def write(self, rows: Sequence[Row]) -> None:
        self.entered.set()
        self.open.wait(10)
        if self.error is not None:
            raise self.error
        self.commits.append(list(rows))

    def close(self) -> None:
        self.closed = True


def row(number: int) -> dict[str, object]:
    return {"kind": "segment", "source": 1, "meta": "{}", "body": b"%d" % number}


async def put_many(spool: Spool, count: int) -> list[BaseException | None]:
    puts = [spool.put(**row(n)) for n in range(count)]  # type: ignore[arg-type]
    return await asyncio.gather(*puts, return_exceptions=True)


def bodies(commits: Sequence[Sequence[Row]]) -> list[bytes]:
    return [one[4] for rows in commits for one in rows]


def test_rows_of_many_requests_share_one_commit() -> None:
    gate = Gate()
    gate.open.clear()
    spool = Spool(gate)
    spool.start()

    async def play() -> None:
        first = asyncio.ensure_future(spool.put(**row(0)))  # type: ignore[arg-type]
        await asyncio.to_thread(gate.entered.wait, 10)
        others = asyncio.ensure_future(put_many(spool, 50))
        await asyncio.sleep(0)
        assert not first.done()
        gate.open.set()
        await first
        await others

    asyncio.run(play())
    spool.stop()
    assert [len(rows) for rows in gate.commits] == [1, 50]
    assert gate.closed


def test_wakes_after_each_commit_and_not_after_a_failure() -> None:
    gate = Gate()
    woken: list[int] = []
    spool = Spool(gate, on_commit=lambda: woken.append(len(gate.commits)))
    spool.start()
    asyncio.run(put_many(spool, 3))
    gate.error = Trouble("The disk is full.")
    [failed] = asyncio.run(put_many(spool, 1))
    spool.stop()
    assert woken == list(range(1, len(gate.commits) + 1))
    assert isinstance(failed, Trouble)


def test_refuses_at_once_what_it_cannot_hold() -> None:
    gate = Gate()
    gate.open.clear()
    spool = Spool(gate, max_rows=2, max_bytes=100)
    spool.start()

    async def play() -> list[BaseException | None]:
        begun = asyncio.ensure_future(spool.put(**row(0)))  # type: ignore[arg-type]
        await asyncio.to_thread(gate.entered.wait, 10)
        waiting = asyncio.ensure_future(put_many(spool, 4))
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded) as refused:
            await spool.put(kind="segment", source=1, meta="{}", body=b"x" * 101)
        assert refused.value.retry_after
        gate.open.set()
        await begun
        return await waiting

    results = asyncio.run(play())
    spool.stop()
    assert [type(result) for result in results] == [type(None), type(None), Overloaded, Overloaded]
    assert bodies(gate.commits) == [b"0", b"0", b"1"]


def test_stopping_writes_what_waits_and_takes_nothing_more() -> None:
    gate = Gate()
    gate.open.clear()
    spool = Spool(gate)
    spool.start()

    async def play() -> None:
        puts = asyncio.ensure_future(put_many(spool, 5))
        await asyncio.to_thread(gate.entered.wait, 10)
        stopping = asyncio.ensure_future(asyncio.to_thread(spool.stop))
        while not spool._stopping:  # noqa: ASYNC110 - a thread sets it
            await asyncio.sleep(0)
        with pytest.raises(SpoolClosed):
            await spool.put(**row(9))  # type: ignore[arg-type]
        gate.open.set()
        await stopping
        assert await puts == [None] * 5

    asyncio.run(play())
    assert sorted(bodies(gate.commits)) == [b"0", b"1", b"2", b"3", b"4"]


def test_a_sender_that_has_gone_does_not_stop_the_others() -> None:
    gate = Gate()
    gate.open.clear()
    spool = Spool(gate)
    spool.start()

    async def play() -> None:
        gone = asyncio.ensure_future(spool.put(**row(0)))  # type: ignore[arg-type]
        await asyncio.to_thread(gate.entered.wait, 10)
        stays = asyncio.ensure_future(spool.put(**row(1)))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        gone.cancel()
        gate.open.set()
        await stays

    asyncio.run(play())
    spool.put_blocking(kind="sms", source=0, meta="{}", body=b"2")
    spool.stop()
    assert bodies(gate.commits) == [b"0", b"1", b"2"]


def test_an_unforeseen_failure_reaches_those_who_wait_and_the_writer_goes_on() -> None:
    gate = Gate()
    gate.error = ZeroDivisionError("odd")
    spool = Spool(gate)
    spool.start()
    [failed] = asyncio.run(put_many(spool, 1))
    gate.error = None
    [went_well] = asyncio.run(put_many(spool, 1))
    spool.stop()
    assert isinstance(failed, ZeroDivisionError)
    assert went_well is None


def make_file(path: Path) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE events_spooled (id integer PRIMARY KEY AUTOINCREMENT, kind, source_id,"
            " received_at, meta, body)"
        )
    connection.close()
    return path


def test_sqlite_store_is_fully_synchronous_and_leaves_checkpoints_to_others(tmp_path: Path) -> None:
    store = SqliteStore(make_file(tmp_path / "spool.sqlite3"))
    connection = store._open()
    pragmas = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "wal_autocheckpoint")
    ]
    store.close()
    assert pragmas == ["wal", 2, 0]


def test_sqlite_store_says_what_is_wrong_and_recovers(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    store = SqliteStore(path)
    with pytest.raises(Trouble) as trouble:
        store.write([("segment", 1, 2, "{}", b"x")])
    assert trouble.value.retry_after
    assert str(path) in trouble.value.message
    make_file(path)
    store.write([("segment", 1, 2, "{}", b"x")])
    store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT source_id, body FROM events_spooled").fetchall() == [
            (1, b"x")
        ]
    connection.close()


def test_store_of_installation_keeps_rows_in_order(transactional_db: None) -> None:
    spool = Spool(store_of_installation())
    spool.start()
    before = now_micros()
    assert asyncio.run(put_many(spool, 20)) == [None] * 20
    spool.stop()
    rows = events.spooled_after(0, 100)
    assert [one.body for one in rows] == [b"%d" % n for n in range(20)]
    assert [one.id for one in rows] == sorted(one.id for one in rows)
    assert all(before <= one.received_at <= now_micros() for one in rows)


def test_prune_spool_keeps_what_is_new_and_what_is_not_taken(
    transactional_db: None, clock: VirtualClock
) -> None:
    now = clock.micros()
    ages = [5, 4, 3, 0, 4]
    events.spool_rows([("segment", 1, now - age, "{}", b"%d" % age) for age in ages])
    rows = events.spooled_after(0, 10)
    assert events.prune_spool(taken=rows[3].id, before=now - 2, limit=2) == 2
    assert events.prune_spool(taken=rows[3].id, before=now - 2, limit=2) == 1
    assert events.prune_spool(taken=rows[3].id, before=now - 2, limit=2) == 0
    assert [one.body for one in events.spooled_after(0, 10)] == [b"0", b"4"]
    assert events.spool_waiting(rows[3].id) == 1
