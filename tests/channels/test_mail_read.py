"""`keskio mail read`, as its contract has it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.channels import letters

SOURCES = Path(__file__).resolve().parents[2] / "src"


def said(letter: str, folder: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "keskio.cli", "mail", "read"],
        input=letter.encode(),
        capture_output=True,
        cwd=folder,
        env={"PYTHONPATH": str(SOURCES), "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    (line,) = done.stdout.splitlines()
    assert list(folder.iterdir()) == [], "reading a letter leaves nothing behind"
    found: dict[str, object] = msgspec.json.decode(line)
    return found


@pytest.mark.parametrize(
    ("letter", "kind", "text", "recipients"),
    [
        (letters.REPLY_GMAIL_FI, "reply", "A", []),
        (letters.UNSUBSCRIBE_BUTTON, "unsubscribe", "", []),
        (letters.AUTOREPLY_SIEVE, "autoreply", "Olen poissa.", []),
        (letters.FRESH, "other", "Myyttekö lastenpyöriä?", []),
    ],
)
def test_a_letter_is_said_in_one_line(
    tmp_path: Path, letter: str, kind: str, text: str, recipients: list[object]
) -> None:
    found = said(letter, tmp_path)
    assert (found["kind"], found["text"], found["recipients"]) == (kind, text, recipients)


def test_a_bounce_names_its_recipients(tmp_path: Path) -> None:
    found = said(letters.DSN_HARD, tmp_path)
    assert found["kind"] == "bounce"
    assert found["recipients"] == [
        {"address": "nobody@example.org", "status": "5.1.1", "hard": True}
    ]
