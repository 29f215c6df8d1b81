"""Many rows at once are written as they would be one by one, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, transaction

from keskio.kernel.sql import MANY, fetch, is_postgres, run, run_many, storable

INSERT = "INSERT INTO pantry (id, name, amount, label) VALUES (%s, %s, %s, %s)"
UPDATE = "UPDATE pantry SET name = %s, amount = %s, label = %s WHERE id = %s"
ROWS = "SELECT id, name, amount, label FROM pantry ORDER BY id"
ENOUGH = MANY + 7


@pytest.fixture(autouse=True)
def _pantry(db: None) -> Iterator[None]:
    blob = "bytea" if is_postgres() else "BLOB"
    run(
        f"CREATE TABLE pantry (id bigint PRIMARY KEY, name varchar(8), amount bigint, label {blob})"
    )
    yield
    run("DROP TABLE pantry")


def _rows() -> list[tuple[Any, ...]]:
    return [(n, name, amount, bytes(label)) for n, name, amount, label in fetch(ROWS)]


def _stock(count: int) -> None:
    run_many(INSERT, [(n, "ruis", n, b"\x00\xff") for n in range(count)])


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, ENOUGH])
def test_rows_are_inserted_whole_however_many_there_are(count: int) -> None:
    _stock(count)
    assert _rows() == [(n, "ruis", n, b"\x00\xff") for n in range(count)]


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, ENOUGH])
def test_each_row_gets_its_own_changes(count: int) -> None:
    _stock(ENOUGH)
    names = ('a"b', "c\\d", "{e},", "å'ö", "")
    changes = [(names[n % 5], None if n % 2 else -n, bytes([n, 0, 92]), n) for n in range(count)]
    run_many(UPDATE, changes)
    changed = [(n, name, amount, label) for name, amount, label, n in changes]
    assert _rows() == changed + [(n, "ruis", n, b"\x00\xff") for n in range(count, ENOUGH)]


def test_of_two_changes_of_one_row_the_later_stays() -> None:
    _stock(1)
    run_many(UPDATE, [(f"n{n}", n, b"", 0) for n in range(ENOUGH)])
    assert _rows() == [(0, f"n{ENOUGH - 1}", ENOUGH - 1, b"")]


def test_constants_and_conditions_keep_their_meaning() -> None:
    _stock(ENOUGH)
    sql = """
        UPDATE pantry SET amount = amount + 1, name = %s, label = NULL
        WHERE id = %s AND amount IN (1, 3) AND name = 'ruis'
    """
    run_many(sql, [("ohra", n) for n in range(ENOUGH)])
    changed = fetch("SELECT id, name, amount FROM pantry WHERE label IS NULL ORDER BY id")
    assert changed == [(1, "ohra", 2), (3, "ohra", 4)]


def test_what_counts_with_its_parameters_is_done_row_by_row() -> None:
    _stock(ENOUGH)
    run_many("UPDATE pantry SET amount = amount + %s WHERE id = %s", [(10, 5)] * ENOUGH)
    assert fetch("SELECT amount FROM pantry WHERE id = 5") == [(5 + 10 * ENOUGH,)]


def test_a_row_sees_what_the_rows_before_it_have_changed() -> None:
    _stock(ENOUGH)
    sql = "UPDATE pantry SET amount = %s WHERE amount = %s"
    run_many(sql, [(n + 1, n) for n in range(ENOUGH - 1)])
    assert set(fetch("SELECT amount FROM pantry")) == {(ENOUGH - 1,)}


def test_a_text_that_is_too_long_is_refused_and_not_cut() -> None:
    if not is_postgres():  # SQLite knows no lengths
        return
    _stock(ENOUGH)
    with pytest.raises(DataError), transaction.atomic():
        run_many(UPDATE, [("nine chars", n, b"", n) for n in range(ENOUGH)])
    assert _rows() == [(n, "ruis", n, b"\x00\xff") for n in range(ENOUGH)]


def test_what_a_database_cannot_keep_is_left_out_of_a_text() -> None:
    assert storable("Hei\x00 \ud83d ä 🚲") == "Hei ? ä 🚲"
