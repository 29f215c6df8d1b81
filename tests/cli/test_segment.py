"""The verbs `keskio segment`: members as JSON Lines; definitions. On Spark: tests/lake/test_on_spark.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keskio.cli.main import main
from keskio.know.segments.models import Segment
from tests.know.segments.conftest import Company, company

__all__ = ["company"]

Capture = pytest.CaptureFixture[str]
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
