"""`keskio know` by its output."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from keskio.cli import know as verbs
from keskio.know.api import customer_by

LINES = [
    {
        "identifiers": {"crm": "K1", "email": ["aino@example.com", "aino@example.fi"]},
        "traits": {"name": "Aino Virtanen"},
        "consents": [{"purpose": "marketing", "channel": "email", "proof": "form 12"}],
    },
    {"identifiers": {"phone": "045 700 1234"}},
]


@pytest.fixture(autouse=True)
def installation(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """The tests' own database in the place of an installation."""
    monkeypatch.setattr(verbs, "use_installation", lambda **_: None)


def run(*arguments: str, lines: list[str] | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(verbs.know, arguments, input="\n".join(lines or []))
    return result.exit_code, result.stdout, result.stderr


def test_import_takes_in_people_and_export_gives_them_back() -> None:
    code, out, _ = run("import", lines=[json.dumps(line) for line in LINES])
    assert (code, out) == (0, "2 people taken in, 0 lines left out.\n")
    aino = customer_by("email", "aino@example.fi")

    code, out, _ = run("export", str(aino))

    everything = json.loads(out)
    assert code == 0
    assert (everything["name"], everything["email"]) == ("Aino Virtanen", "aino@example.com")
    assert [link["value"] for link in everything["identities"]] == [
        "K1",
        "aino@example.com",
        "aino@example.fi",
    ]
    assert everything["consents"] == {"marketing/email": "given"}
    assert everything["consent_register"][0]["proof"] == "form 12"
    assert [event["name"] for event in everything["events"]] == [
        "customer.identified",
        "consent.given",
    ]


def test_import_leaves_out_what_cannot_be_read_and_says_so() -> None:
    lines = [json.dumps(LINES[1]), "", "{nonsense", '{"identifiers": {}}', '{"name": "Aino"}']

    code, out, err = run("import", lines=lines)

    assert (code, out) == (1, "1 people taken in, 3 lines left out.\n")
    assert [line.split(" ")[1] for line in err.splitlines()] == ["3", "4", "5"]
    assert "Line 4 names nobody: give at least one identifier." in err


def test_export_of_nobody_says_so() -> None:
    assert run("export", "4711") == (1, "", "There is no customer 4711.\n")
