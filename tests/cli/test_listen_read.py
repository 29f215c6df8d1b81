"""`keskio listen read`: lines of messages in, the same lines with what was read out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from keskio.cli.main import cli
from keskio.kernel.errors import Mistake


def read(given: str | bytes, *options: str | Path) -> Result:
    return CliRunner().invoke(cli, ["listen", "read", *map(str, options)], input=given)


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_gets_what_is_read() -> None:
    lines = [
        '{"id": 7, "text": "Verkkopankki on surkea 😡", "own": [1]}',
        '{"id": "b", "text": "Kiitos!"}',
    ]
    result = read("\n".join(lines))
    assert result.exit_code == 0
    first, second = rows(result)
    assert (first["id"], first["own"], first["lang"], first["polarity"]) == (
        7,
        [1],
        "fi",
        "negative",
    )
    assert first["themes"] == ["online"]
    assert (first["is_match"], second["is_match"]) == (True, False)
    assert second["polarity"] == "positive"
    assert 0.5 < first["negative"] <= 1  # type: ignore[operator]
    assert len(first["emotions"]) == 8  # type: ignore[arg-type]
    assert {"word": "surkea", "weight": -2.4, "why": "bad"} in first["words"]  # type: ignore[operator]


def test_bad_lines_are_told_and_the_rest_read() -> None:
    result = read(
        b'\xef\xbb\xbf{"text": "Hyv\xc3\xa4"}\n\nnot json\n{"id": 1}\n{"text": 3}\n[1]\n\xff\n'
    )
    assert result.exit_code == 1
    assert [row["polarity"] for row in rows(result)] == ["positive"]
    told = result.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in told] == [
        "line 3",
        "line 4",
        "line 5",
        "line 6",
        "line 7",
    ]


def test_nothing_readable_is_wrong_use() -> None:
    result = read("no\n")
    assert isinstance(result.exception, Mistake)


def test_nothing_given_is_nothing_read() -> None:
    assert (read("").exit_code, read("").stdout) == (0, "")


def test_own_lists_count_first(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "uses: [telecom]\ndomain: {fi: karhulinja}\nneutral: {fi: hirvihälytys}\n"
        "bad: {fi: töhötys}\nthemes: {bears: {name: {fi: Karhut}, words: {fi: karhulinja}}}\n"
    )
    result = read(
        '{"text": "Karhulinjan töhötystä."}\n{"text": "Karhulinjalla on hirvihälytys."}',
        "--lists",
        own,
    )
    first, second = rows(result)
    assert (first["is_match"], first["polarity"], first["themes"]) == (True, "negative", ["bears"])
    assert second["polarity"] == "neutral"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense: 1", "There is no list 'nonsense'"),
        ("uses: [zoo]", "no ready word list 'zoo'"),
        ("themes: {a: 1}", "must have `name` and `words`"),
        ("- 1", "mapping"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_faulty_list_is_told(tmp_path: Path, text: str, said: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(text)
    result = read('{"text": "a"}', "--lists", own)
    assert isinstance(result.exception, Mistake)
    assert said in str(result.exception)


def test_an_unknown_domain_is_told() -> None:
    result = read('{"text": "a"}', "--domain", "zoo")
    assert "no ready word list 'zoo'" in str(result.exception)


def test_explain_adds_the_steps() -> None:
    (row,) = rows(read('{"text": "Hieno konttori."}', "--explain"))
    assert row["steps"][0]["name"] == "collect"  # type: ignore[index]
