"""`keskio know import` and `match` with files, by their output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from keskio.cli import know as verbs
from keskio.know.api import customer_by
from keskio.know.models import Customer
from tests.know.imports.towns import MAPPING, write


@pytest.fixture(autouse=True)
def installation(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """The tests' own database in the place of an installation."""
    for name in ("use_installation", "prepare_django"):
        monkeypatch.setattr(verbs, name, lambda **_: None)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    return [str(write(tmp_path / "a.csv")), "--mapping", str(tmp_path / "m.yaml")]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(verbs.know, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_import_tells_of_good_and_bad_rows(files: list[str], tmp_path: Path) -> None:
    code, out, err = run("import", *files, "--errors", str(tmp_path / "errors.csv"))

    assert (code, out) == (
        1,
        "Taken in: 2 new, 0 changed, 1 unchanged, 1 skipped, 2 refused, 2 events, 0 objects, 3 faults.\n",
    )
    assert customer_by("email", "aino@example.com")
    errors = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in errors[1:]] == ["4", "4", "5"]
    assert "a.csv" in err


def test_a_dry_run_changes_nothing(files: list[str]) -> None:
    code, out, _ = run("import", *files, "--dry-run")
    assert (code, out.split(",")[0]) == (1, "Tried out: 2 new")
    assert Customer.objects.count() == 0


def test_match_says_which_rows_are_one_customer_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    file.write_text(
        "id,mail,puh,nimi\n"
        "1,Aino@Example.com,,Aino\n"
        "2,,040 123 4567,Aino V\n"
        "3,aino@example.com ,+358401234567,A Virtanen\n"
        "4,info@firma.fi,,Firma\n"
        "5,,,Kuka\n"
        "6,eero@example.com,0401234567,Eero\n"
    )
    mapping = tmp_path / "m.yaml"
    mapping.write_text("identifiers: {email: mail, phone: puh}\ntraits: {name: nimi}\n")

    code, out, _ = run("match", str(file), "--key", "id", "--mapping", str(mapping))

    told = [json.loads(line) for line in out.splitlines()]
    customers = {line["id"]: line["customer"] for line in told}
    assert code == 0
    assert list(customers) == ["1", "2", "3", "4", "5", "6"]
    assert customers["1"] == customers["3"]
    assert len({customers["4"], customers["5"], customers["1"]}) == 3
    assert Customer.objects.count() == 0


def test_a_key_that_is_not_there_is_told_of(files: list[str]) -> None:
    result = CliRunner().invoke(verbs.know, ["match", *files, "--key", "nobody"])
    assert "no column 'nobody'" in str(result.exception)
