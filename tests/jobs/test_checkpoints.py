from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from keskio.jobs.checkpoints import LARGE, Checkpointer, WriteAheadLog


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.sqlite3"


def writer(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("CREATE TABLE thing (body BLOB)")
    return connection


def log_of(file: Path) -> int:
    return Path(f"{file}-wal").stat().st_size


def test_log_is_copied_back_while_it_is_written(file: Path) -> None:
    connection = writer(file)
    connection.execute("INSERT INTO thing VALUES (zeroblob(100000))")
    with WriteAheadLog(file) as log:
        assert file.stat().st_size < 100_000
        log.tend(0.0)
        assert file.stat().st_size > 100_000
        assert log_of(file) > 100_000
    connection.close()


def test_log_is_cut_when_all_is_quiet(file: Path) -> None:
    connection = writer(file)
    connection.execute("INSERT INTO thing VALUES (zeroblob(100000))")
    with WriteAheadLog(file) as log:
        log.tend(0.0)
        log.tend(1.0)
        assert log_of(file) > 100_000
        log.tend(6.0)
        assert log_of(file) == 0
    connection.close()


def test_reader_is_left_in_peace(file: Path) -> None:
    connection = writer(file)
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM thing").fetchone() == (0,)
    connection.execute("INSERT INTO thing VALUES (zeroblob(100000))")
    with WriteAheadLog(file) as log:
        log.tend(0.0)
        log.tend(6.0)
    assert reader.execute("SELECT count(*) FROM thing").fetchone() == (0,)
    reader.close()
    assert connection.execute("SELECT count(*) FROM thing").fetchone() == (1,)
    connection.close()


def test_large_log_is_begun_anew(file: Path) -> None:
    connection = writer(file)
    connection.execute(f"INSERT INTO thing VALUES (zeroblob({LARGE}))")
    before = log_of(file)
    assert before > LARGE
    with WriteAheadLog(file) as log:
        log.tend(0.0)
        connection.execute("INSERT INTO thing VALUES (zeroblob(100000))")
        assert log_of(file) == before  # written from its beginning
    connection.close()


def test_checkpointer_leaves_nothing_behind(file: Path) -> None:
    connection = writer(file)
    connection.execute("INSERT INTO thing VALUES (zeroblob(100000))")
    stop = threading.Event()
    stop.set()
    Checkpointer([file]).run(stop)
    assert log_of(file) == 0
    connection.close()
