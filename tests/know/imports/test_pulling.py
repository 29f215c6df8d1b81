"""Tables of other systems: only what has changed comes in, from PostgreSQL, MariaDB and SQLite."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy

from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.know.api import customer_by, facts_of
from keskio.know.imports.models import Table
from keskio.know.imports.pulling import due_table, preview, pull
from keskio.know.imports.remote import (
    Unreachable,
    WrongQuery,
    answer_of,
    check_query,
    shown_address,
)
from tests.servers.mariadb import MariaServer, find_mariadb
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.django_db

MAPPING = """
identifiers: {crm: id, email: email}
traits:
  name: name
  since: {column: since, as: date}
  value: {column: worth, as: number}
"""
CREATE = (
    "CREATE TABLE people (id INTEGER, email VARCHAR(100), name VARCHAR(100), since DATE,"
    " worth DECIMAL(9, 2), moved TIMESTAMP)"
)
INSERT = (
    "INSERT INTO people VALUES ({0}, 'p{0}@example.com', 'Aino {0}', '2020-01-0{0}', {0}.50,"
    " '2024-01-0{0} 10:00:00')"
)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaServer]:
    """A MariaDB of its own on a free port; the test is skipped where none is installed."""
    program = find_mariadb()
    if program is None:
        pytest.skip("MariaDB is missing")
    server = MariaServer(program)
    server.start()
    yield server
    server.stop()


class Other:
    """The other system's database."""

    def __init__(self, url: str) -> None:
        self.url = url
        driven = url.replace("postgres://", "postgresql+psycopg://").replace(
            "mysql://", "mysql+pymysql://"
        )
        self._engine = sqlalchemy.create_engine(driven)

    def do(self, *statements: str) -> None:
        with self._engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.servers("mariadb")),
    ]
)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Other]:
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        found = Other(server.new_database())
    elif request.param == "mariadb":
        maria: MariaServer = request.getfixturevalue("mariadb")
        found = Other(maria.url)
        found.do("DROP TABLE IF EXISTS people")
    else:
        found = Other(f"sqlite:///{tmp_path}/crm.sqlite3")
    found.do(CREATE, *(INSERT.format(n) for n in (1, 2, 3)))
    yield found
    found.close()


def table_of(other: Other, **said: Any) -> Table:
    told = {
        "key": "crm",
        "title": "CRM",
        "address": other.url,
        "query": "SELECT * FROM people ORDER BY id",
        "keys": "id",
        "mapping": MAPPING,
        "due_at": 0,
        **said,
    }
    return Table.objects.create(**told)


def pulled(table: Table, **said: Any) -> tuple[str, dict[str, int]]:
    pull(table, threading.Event(), **said)
    table.refresh_from_db()
    counts = msgspec.json.decode(table.counts)["counts"]
    return table.state, {name: count for name, count in counts.items() if count}


def test_only_rows_that_changed_come_in(other: Other) -> None:
    table = table_of(other)
    assert pulled(table) == ("done", {"new": 3, "rows": 3})
    aino = customer_by("crm", "1") or 0
    assert facts_of([aino])[aino].traits == {"name": "Aino 1", "since": "2020-01-01", "value": 1.5}
    events = fetch("SELECT count(*) FROM events_event")

    assert pulled(table) == ("done", {"unchanged": 3, "rows": 3})
    assert fetch("SELECT count(*) FROM events_event") == events

    other.do("UPDATE people SET name = 'Aino Uusi' WHERE id = 1", INSERT.format(4))
    assert pulled(table) == ("done", {"new": 1, "changed": 1, "unchanged": 2, "rows": 4})
    assert facts_of([aino])[aino].traits["name"] == "Aino Uusi"


def test_with_a_mark_only_newer_rows_are_asked_for(other: Other) -> None:
    table = table_of(other, mark_column="moved")
    pulled(table)
    assert table.mark.replace("T", " ") == "2024-01-03 10:00:00"
    other.do(INSERT.format(5), "UPDATE people SET name = 'unseen' WHERE id = 1")
    assert pulled(table) == ("done", {"new": 1, "unchanged": 1, "rows": 2})


def test_nothing_can_be_written_there(other: Other) -> None:
    drop = {"sqlite": "DROP TABLE people"}.get(other.url.partition(":")[0], "DROP TABLE people")
    with pytest.raises(WrongQuery):
        check_query(drop, "sqlite")
    with pytest.raises(WrongQuery):
        check_query("SELECT 1; DELETE FROM people", "postgresql")
    with pytest.raises(WrongQuery):
        check_query(
            "WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone", "postgresql"
        )
    table = table_of(other)
    assert pulled(table)[0] == "done"


def test_a_preview_shows_cells_and_what_they_are(other: Other) -> None:
    names, cells, rows = preview(table_of(other))
    assert names == ["id", "email", "name", "since", "worth", "moved"]
    assert (
        cells[0][:5] == ["1", "p1@example.com", "Aino 1", "2020-01-01", "1.50"]
        or cells[0][4] == "1.5"
    )
    assert rows[0].person is not None
    assert rows[0].person.identifiers == (("crm", "1"), ("email", "p1@example.com"))


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Callable[[str], Other]]:
    made = []

    def make(name: str) -> Other:
        found = Other(f"sqlite:///{tmp_path}/{name}.sqlite3")
        found.do(CREATE, *(INSERT.format(n) for n in range(1, 10)))
        made.append(found)
        return found

    yield make
    for found in made:
        found.close()


def test_a_row_that_vanished_sets_a_trait(sqlite: Callable[[str], Other]) -> None:
    other = sqlite("crm")
    table = table_of(other, vanished="trait", vanished_trait="left")
    pulled(table)
    other.do("DELETE FROM people WHERE id = 9")
    assert pulled(table) == ("done", {"unchanged": 8, "rows": 8, "gone": 1})
    gone = customer_by("crm", "9") or 0
    assert facts_of([gone])[gone].traits["left"] is True
    assert pulled(table) == ("done", {"unchanged": 8, "rows": 8})


def test_a_row_that_vanished_ends_its_objects(sqlite: Callable[[str], Other]) -> None:
    other = sqlite("crm")
    mapping = MAPPING + "objects: [{kind: contract, key: id, properties: {title: name}}]\n"
    table = table_of(other, mapping=mapping, vanished="end")
    assert pulled(table)[1]["objects"] == 9
    other.do("DELETE FROM people WHERE id = 9")
    assert pulled(table)[1]["gone"] == 1
    ended = fetch("SELECT key FROM objects_object WHERE ended_at IS NOT NULL")
    assert ended == [("9",)]


def test_when_far_too_many_vanish_a_person_is_asked(
    sqlite: Callable[[str], Other], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keskio.know.imports.pulling.FEW", 2)
    other = sqlite("crm")
    table = table_of(other, vanished="trait", vanished_trait="left")
    pulled(table)
    other.do("DELETE FROM people WHERE id > 2")

    state, _ = pulled(table)
    assert (state, table.sentence.startswith("7 of 9 rows are no longer there")) == ("failed", True)
    assert pulled(table, may_vanish=True)[1]["gone"] == 7


def test_a_pull_that_is_stopped_begins_anew_and_doubles_nothing(
    sqlite: Callable[[str], Other], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keskio.know.imports.remote.CHUNK", 4)
    table = table_of(sqlite("crm"))
    stop = threading.Event()
    monkeypatch.setattr(
        "keskio.know.imports.pulling.take_rows", _stopping_after_one(stop, monkeypatch)
    )
    pull(table, stop)
    table.refresh_from_db()
    assert (table.state, fetch("SELECT count(*) FROM know_customer")) == ("stopped", [(4,)])

    assert pulled(table) == ("done", {"new": 5, "unchanged": 4, "rows": 9})


def _stopping_after_one(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    from keskio.know.imports.taking import take_rows

    def take(*args: Any, **said: Any) -> Any:
        stop.set()
        return take_rows(*args, **said)

    return take


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"query": "SELECT shoe FROM people"}, "no such column"),
        ({"query": "SELECT * FROM nowhere"}, "no such table"),
        ({"keys": "number"}, "The query has no column number"),
        ({"mapping": "identifiers: {crm: id, email: post}"}, "columns that are not there: post"),
        ({"address": "sqlite:////nowhere/x.db"}, "There is no SQLite file"),
        ({"address": "env:KESKIO_NO_SUCH"}, "is not set"),
        ({"address": "postgresql://u:hush@127.0.0.1:1/x"}, "The other database says"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    sqlite: Callable[[str], Other], said: dict[str, str], sentence: str
) -> None:
    table = table_of(sqlite("crm"), **said)
    state, _ = pulled(table)
    assert (state, sentence in table.sentence, "hush" in table.sentence) == ("failed", True, False)


def test_sqlite_files_are_opened_for_reading_only(sqlite: Callable[[str], Other]) -> None:
    other = sqlite("crm")
    with answer_of(other.url, "SELECT count(*) AS many FROM people") as answer:
        assert [list(chunk) for chunk in answer.chunks] == [[(9,)]]
    with pytest.raises((WrongQuery, Unreachable)):
        answer_of(other.url, "CREATE TABLE x (y)").__enter__()


def test_addresses_may_stand_elsewhere_and_are_shown_without_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_ADDRESS", "postgres://me:hush@db/crm")
    (tmp_path / "address").write_text("mysql://me:hush@db/crm\n")
    assert shown_address("postgres://me:hush@db/crm") == "postgresql+psycopg://me:***@db/crm"
    assert shown_address("env:CRM_ADDRESS") == "env:CRM_ADDRESS"
    assert shown_address(f"file:{tmp_path}/address") == f"file:{tmp_path}/address"


def test_tables_are_pulled_when_they_are_due(
    sqlite: Callable[[str], Other], clock: VirtualClock
) -> None:
    table = table_of(sqlite("crm"), due_at=clock.micros() + 1)
    assert due_table(clock.micros()) is None
    clock.turn_to(clock.micros() + 2)
    assert due_table(clock.micros()) == table
    assert due_table(clock.micros()) is None
