"""The verbs `keskio dialogue check` and `play`: findings, exit codes, and sentences for what is wrong."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest

from keskio.cli.dialogue import ON_PAPER
from keskio.cli.main import main
from keskio.engine.dialogue.findings import FINDINGS

Capture = pytest.CaptureFixture[str]
PLAYBOOK = (
    Path(str(resources.files("keskio.talk"))) / "playbooks/bicycle-autumn-service/dialogue.yaml"
)
# One question, whose ways are filled in.
QUESTION = (
    "{keskio: dialogue/1, key: x, purpose: service, languages: [fi], trigger: {hand: true}, steps: "
    "{a: {kind: ask, channel: sms, text: Hei, for: 1 day, choices: {K: {}}, outcomes: {K: %s, none: end}}}}"
)


class Done(NamedTuple):
    """How a command ended and what it wrote."""

    returncode: object
    stdout: str
    stderr: str


def called(capsys: Capture, *arguments: str | Path) -> Done:
    """Call the command in this process, as a process of its own takes a second to begin."""
    with pytest.raises(SystemExit) as left:
        main(["dialogue", *map(str, arguments)])
    written = capsys.readouterr()
    return Done(left.value.code, written.out, written.err)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "script.jsonl").write_text('{"customer": "aino"}', "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("{", "Line 1 of the script cannot be read: "),
        ('\n{"at": "2012-09-12"}', "Line 2 of the script cannot be read: customer is missing"),
        ("[]", "Line 1 of the script cannot be read: a line is an object such as"),
        (
            '{"customer": "a", "event": "Paid"}',
            "Line 1 of the script cannot be read: at is missing",
        ),
        (
            '{"customer": "a", "color": 1}',
            "Line 1 of the script cannot be read: there is no field color",
        ),
        (
            '{"customer": "a", "at": "soon"}',
            "Line 1 of the script cannot be read: 'soon' is not a date",
        ),
        ('{"customer": "a", "traits": 5}', "Line 1 of the script cannot be read: traits"),
        ('{"customer": "a", "consents": []}', "Line 1 of the script cannot be read: consents"),
        ('{"customer": "a", "addresses": "sms"}', "Line 1 of the script cannot be read: addresses"),
        (
            '{"customer": "a", "zone": "Mars"}',
            "Line 1 of the script cannot be read: there is no time zone 'Mars'",
        ),
        ('{"customer": "a", "language": 5}', "Line 1 of the script cannot be read: language"),
        (
            '{"customer": "a", "at": "2012-09-12", "event": 5}',
            "Line 1 of the script cannot be read: event",
        ),
    ],
)
def test_a_script_that_cannot_be_read_is_told(
    capsys: Capture, folder: Path, script: str, sentence: str
) -> None:
    path = folder / "bad.jsonl"
    path.write_text(script, "utf-8")
    done = called(capsys, "play", PLAYBOOK, path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"keskio: {sentence}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        (b"keskio: dialogue/2", "The definition cannot be read: it must begin with"),
        (b"a: [", "The definition cannot be read: while parsing"),
        (b"\xff\xfe\x00", "The definition cannot be read: it is not UTF-8 text"),
        (
            b"{keskio: dialogue/1, key: x, purpose: service, languages: [fi], trigger: {hand: true},"
            b" steps: {a: {kind: send, channel: sms, text: Hei, outcomes: {sent: b}}}}",
            "Step a: An outcome leads to b, which does not exist.",
        ),
    ],
)
def test_a_definition_that_cannot_be_played_is_told(
    capsys: Capture, folder: Path, definition: bytes, sentence: str
) -> None:
    path = folder / "bad.yaml"
    path.write_bytes(definition)
    done = called(capsys, "play", path, folder / "script.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"keskio: {path} cannot be played. {sentence}")


@pytest.mark.parametrize(
    "arguments",
    [
        ["play", PLAYBOOK],
        ["play", PLAYBOOK, "nowhere.jsonl"],
        ["play", "nowhere.yaml", "script.jsonl"],
        ["play", PLAYBOOK, "script.jsonl", "--until", "soon"],
        ["play", PLAYBOOK, "script.jsonl", "--seed", "x"],
        ["check"],
        ["check", "nowhere.yaml"],
        ["check", PLAYBOOK, "--lang", "sv"],
    ],
)
def test_wrong_use_exits_2_with_a_sentence(
    capsys: Capture, folder: Path, arguments: list[str | Path]
) -> None:
    done = called(capsys, *(folder / a if "." in str(a) else a for a in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_check_prints_a_finding_a_line_in_either_language(capsys: Capture, folder: Path) -> None:
    bad = folder / "findings.yaml"
    bad.write_text(QUESTION % "b", "utf-8")
    done = called(capsys, "check", PLAYBOOK, bad)
    assert (done.returncode, done.stderr) == (1, f"{ON_PAPER}\n")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "file": str(bad),
            "severity": "error",
            "step": "a",
            "code": "unknown_target",
            "sentence": "An outcome leads to b, which does not exist.",
            "mend": "Name an existing step, end, or back.",
            "detail": "b",
        },
        {
            "file": str(bad),
            "severity": "warning",
            "step": "a",
            "code": "missing_other",
            "sentence": "Nobody has said what happens to an answer that is none of the choices.",
            "mend": FINDINGS["missing_other"][2],
            "detail": "",
        },
    ]
    finnish = called(capsys, "check", bad, "--lang", "fi")
    assert (
        json.loads(finnish.stdout.splitlines()[0])["sentence"]
        == "Tulos vie askeleeseen b, jota ei ole."
    )


def test_check_exits_0_when_there_are_only_warnings_or_nothing(
    capsys: Capture, folder: Path
) -> None:
    assert called(capsys, "check", PLAYBOOK).returncode == 0
    warned = folder / "warned.yaml"
    warned.write_text(QUESTION % "end", "utf-8")
    done = called(capsys, "check", warned)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


def test_the_schema_is_printed_as_json(capsys: Capture) -> None:
    done = called(capsys, "schema")
    printed = json.loads(done.stdout)
    assert (done.returncode, printed["properties"]["keskio"]) == (0, {"const": "dialogue/1"})
