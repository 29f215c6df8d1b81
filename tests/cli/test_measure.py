"""`keskio measure`: scores of files, a line of JSON each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from keskio.cli.main import cli
from keskio.kernel.errors import Mistake
from tests.sources import find_cdnow


def told(*arguments: str | Path) -> list[dict[str, object]]:
    result = CliRunner().invoke(cli, ["measure", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.output.splitlines()]


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.cdnow
def test_clv_of_cdnow_is_as_published(tmp_path: Path) -> None:
    file = find_cdnow()
    assert file is not None
    rows = [line.split() for line in file.read_text().splitlines()]
    lines = [f"{r[1]},{r[2][:4]}-{r[2][4:6]}-{r[2][6:]},{r[4]}" for r in rows if len(r) == 5]
    orders = written(tmp_path / "orders.csv", "customer,date,value", *lines)
    (found,) = told("clv", orders, "--unit", "week", "--until", "1997-09-30")
    published = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert {name: round(float(str(found[name])), 3) for name in published} == published
    assert {name: found[name] for name in ("p", "q", "v")} == pytest.approx(
        {"p": 6.25, "q": 3.74, "v": 15.44}, rel=0.002
    )
    assert round(float(str(found["log_likelihood"])), 1) == -9582.4
    assert (found["customers"], found["repeaters"], found["repeat_purchases"]) == (2357, 946, 2457)
    assert found["doubts"] == []


def test_rfm_tells_scores_and_cut_points(tmp_path: Path) -> None:
    lines = [f"c{n},2026-01-{n + 1:02},{10 * n}" for n in range(1, 11)]
    orders = written(tmp_path / "orders.csv", "customer,date,value", *lines, "c10,2026-01-11,5")
    *customers, cuts = told("rfm", orders, "--until", "2026-01-31")
    assert customers[0] == {"customer": "c1", "r": 1, "f": 1, "m": 1}
    assert customers[9] == {"customer": "c10", "r": 5, "f": 1, "m": 5}
    assert cuts == {
        "cuts": {
            "recency": [21, 23, 25, 27],
            "frequency": [1, 1, 1, 1],
            "monetary": [20.0, 40.0, 60.0, 80.0],
        }
    }


def test_nps_is_the_golden_one(tmp_path: Path) -> None:
    answers = written(tmp_path / "answers.csv", "score", *["9"] * 6, *["7"] * 3, "3")
    (found,) = told("nps", answers)
    assert found == {
        "nps": 50.0,
        "low": pytest.approx(-0.20, abs=0.005),
        "high": pytest.approx(77.13, abs=0.005),
        "n": 10,
        "promoters": 6,
        "passives": 3,
        "detractors": 1,
    }


@pytest.mark.parametrize(
    ("verb", "lines", "sentence"),
    [
        ("nps", ["score", "12"], "12 is not an answer from 0 to 10"),
        ("nps", ["score", "good"], "Line 2: 'good' is not a whole number"),
        ("nps", ["points", "9"], "has no column score"),
        ("rfm", ["customer,date,value", "a,soon,3"], "Line 2 .* 'soon' is not a date"),
        ("rfm", ["customer,date,value"], "There are no orders"),
        ("clv", ["customer,date,value", "a,2026-01-01,3"], "Only 0 customers have bought again"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(
    tmp_path: Path, verb: str, lines: list[str], sentence: str
) -> None:
    file = written(tmp_path / "file.csv", *lines)
    with pytest.raises(Mistake, match=sentence):
        CliRunner().invoke(cli, ["measure", verb, str(file)], catch_exceptions=False)
