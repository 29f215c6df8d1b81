"""`keskio lake`: status, upkeep and questions from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from pytest_django.fixtures import Settings

from keskio.cli.lake import lake
from keskio.events.api import append_events, last_position
from keskio.events.contracts import NewEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own database is up to date."""
    monkeypatch.setattr("keskio.cli.lake.use_installation", lambda **_: None)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(lake, list(arguments))


def lines(*arguments: str) -> list[dict[str, Any]]:
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def fill() -> None:
    body = '{"properties": {"total": 10}}'
    append_events(
        [NewEvent(1, "Order Completed", 1_000_000 * place, body) for place in range(1, 4)]
        + [NewEvent(2, "Page Viewed", 86_400_000_000, '{"properties": {"path": "/"}}')]
    )


def test_the_lake_is_followed_compacted_and_built_anew(tmp_path: Path) -> None:
    fill()
    assert lines("status")[0]["waiting"] == last_position()
    place = lines("follow")[0]["position"]
    for verb in ("compact", "rebuild", "status"):
        told = lines(verb)[0]
        assert (told["position"], told["waiting"], told["sorted_position"]) == (
            place,
            0,
            0 if verb == "follow" else place,
        )
        assert told["tables"]["events"]["rows"] == told["tables"]["by_record"]["rows"] == 4


def test_questions_by_name_and_in_own_words() -> None:
    fill()
    lines("follow")
    assert lines("query", "events_per_day", "--set", "before=1970-01-02") == [
        {"day": "1970-01-01", "name": "Order Completed", "times": 3, "records": 1}
    ]
    sql = "SELECT name, count(*) AS n FROM events WHERE total >= $least GROUP BY name"
    assert lines("query", "--sql", sql, "--set", "least=5") == [{"name": "Order Completed", "n": 3}]
    assert "pairs" in {row["name"] for row in lines("queries")}


def test_wrong_use_is_told() -> None:
    assert run("query").exit_code == 2
    assert run("query", "pairs", "--sql", "SELECT 1").exit_code == 2
    done = run("query", "events_per_day", "--set", "since=yesterday")
    assert done.exit_code == 2
    assert "since is a TIMESTAMPTZ, not 'yesterday'" in done.output


def test_the_views_work_in_anybodys_duckdb() -> None:
    fill()
    lines("compact")
    append_events([NewEvent(2, "Page Viewed", 86_400_000_000, '{"properties": {"path": "/a"}}')])
    lines("follow")
    done = run("views")
    with duckdb.connect() as connection:
        connection.execute(done.stdout)
        told = connection.sql(
            "SELECT sum(event_number(body, 'total')), count(path) FROM events_by_customer"
        )
        assert told.fetchall() == [(30.0, 2)]
        assert connection.sql("SELECT sum(times) FROM tallies").fetchall() == [(5,)]
