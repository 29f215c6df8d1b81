"""The verbs `keskio segment`: members as JSON Lines, on DuckDB and on a Spark cluster; definitions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keskio.cli.main import main
from keskio.know.segments.models import Segment
from tests.know.segments.conftest import Company, company
from tests.lake.conftest import spark_master

__all__ = ["company", "spark_master"]

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]
OULU = "key: oulu\ntitle: {fi: Oululaiset, en: From Oulu}\nwhen: {trait: town, is: Oulu}\n"
BUYERS = "{event: Order Completed, where: {property: total, at_least: 50}, in: {last: 90 days}}\n"


def called(capsys: Capture, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
    """Call the command and return its lines."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["segment", *map(str, arguments)])
    written = capsys.readouterr()
    assert left.value.code == code, written.err
    return [json.loads(line) for line in written.out.splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that defines a segment."""
    path = tmp_path / "oulu.yaml"
    path.write_text(OULU, "utf-8")
    return path


def test_run_prints_the_members_and_saves_nothing(
    company: Company, file: Path, capsys: Capture
) -> None:
    aino = company.customer("aino", town="Oulu")
    company.customer("eero", town="Turku")
    assert called(capsys, "run", file) == [{"customer": aino, "name": "aino"}]
    assert not Segment.objects.exists()
    (told,) = called(capsys, "run", file, "--explain")
    assert (told["members"], told["engine"], told["place"]) == (1, "duckdb", company.place)
    assert told["sentence"]["en"] == "“town” is “Oulu”."


def test_run_takes_a_condition_alone(company: Company, tmp_path: Path, capsys: Capture) -> None:
    aino = company.customer("aino")
    company.did("aino", "Order Completed", total=85)
    path = tmp_path / "buyers.yaml"
    path.write_text(BUYERS, "utf-8")
    assert called(capsys, "run", path) == [{"customer": aino, "name": "aino"}]


def test_definitions_go_out_as_they_came_in(company: Company, file: Path, capsys: Capture) -> None:
    assert called(capsys, "save", file) == [{"key": "oulu", "version": 1}]
    assert called(capsys, "save", file) == [{"key": "oulu", "version": 1}]
    with pytest.raises(SystemExit):
        main(["segment", "export", "oulu"])
    assert capsys.readouterr().out == OULU
    (row,) = called(capsys, "list")
    assert (row["kind"], row["key"], row["members"], row["computed_at"]) == (
        *("segment", "oulu", 0),
        "",
    )
    assert [row["key"] for row in called(capsys, "stages")] == ["aidaser", "ladder"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("key: [", "cannot be read"),
        ("key: a\nwhen: {tarit: town, is: Oulu}", "no condition begins with"),
        ("key: a\nwhen: {segment: other}", "There is no segment other."),
    ],
)
def test_what_is_wrong_is_a_sentence(
    company: Company, tmp_path: Path, capsys: Capture, text: str, sentence: str
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(SystemExit) as left:
        main(["segment", "save", str(path)])
    assert left.value.code == 2
    assert sentence.lower() in capsys.readouterr().err.lower()


@pytest.mark.spark
def test_a_spark_cluster_prints_the_same_members(tmp_path: Path, spark_master: str) -> None:
    """In processes of their own, as a process has one Spark."""
    script = tmp_path / "tell.py"
    script.write_text(TELLING, "utf-8")
    file = tmp_path / "buyers.yaml"
    file.write_text(BUYERS, "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KESKIO_")}
    environment = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "keskio.config.settings",
        "KESKIO_DATA": str(tmp_path / "house"),
        "PYTHONPATH": f"{ROOT / 'src'}",
    }

    def keskio(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            check=False,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    keskio(str(script))
    run = ("-m", "keskio.cli", "segment", "run", str(file))
    by_duckdb = keskio(*run)
    assert keskio(*run, "--engine", "spark", "--master", spark_master) == by_duckdb
    assert [json.loads(line)["name"] for line in by_duckdb.splitlines()] == ["c3", "c4", "c5"]


TELLING = """
from keskio.cli.installation import use_installation

use_installation()
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import now_micros
from keskio.know.api import find_or_create

for number in range(6):
    customer = find_or_create([("user_id", f"c{number}")], traits={"name": f"c{number}"})
    body = '{"properties":{"total":%d}}' % (20 * number)
    append_events([NewEvent(customer, "Order Completed", now_micros(), body)])
"""
