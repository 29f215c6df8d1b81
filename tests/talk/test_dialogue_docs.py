"""docs/dialogues.md is the reference: its examples run through `check`, and it names everything there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from keskio.engine.dialogue.check_flow import POSSIBLE
from keskio.engine.dialogue.definition import SETTINGS
from keskio.engine.dialogue.findings import FINDINGS
from keskio.engine.dialogue.moment_reading import DEADLINE_FIELDS
from keskio.engine.dialogue.schema import definition_schema
from keskio.engine.dialogue.step_reading import FIELDS, MESSAGE_FIELDS
from keskio.kernel.yamls import read_yaml
from keskio.talk.documents import compile_text

PAGE = (Path(__file__).parents[2] / "docs" / "dialogues.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
BASE: dict[str, Any] = {
    "keskio": "dialogue/1",
    "key": "example",
    "purpose": "service",
    "languages": ["fi"],
    "trigger": {"hand": True},
    "steps": {"hello": {"kind": "send", "channel": "email", "text": "Hei!"}},
}
SCHEMA = jsonschema_rs.validator_for(definition_schema())


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_without_findings(example: str) -> None:
    told = read_yaml(example)
    assert isinstance(told, dict)
    document = msgspec.json.encode({**BASE, **told}, enc_hook=str)
    program, findings = compile_text(document.decode())
    assert program is not None, findings
    assert findings == []
    assert list(SCHEMA.iter_errors(msgspec.json.decode(document))) == []


def test_every_setting_kind_field_outcome_moment_and_finding_is_told() -> None:
    kinds = _rows("Steps")
    assert kinds.keys() == FIELDS.keys()
    for kind, fields in FIELDS.items():
        told = set(re.findall(r"`(\w+)`", kinds[kind]))
        of_messages = MESSAGE_FIELDS if kind == "ask" else frozenset()  # told as "as `send`"
        of_moments = DEADLINE_FIELDS if kind in ("ask", "wait") else frozenset()  # "a deadline"
        assert fields - of_messages - of_moments - told == set(), kind
        outcomes = set(re.findall(r"\w+", kinds[kind].rsplit("|", 2)[-2]))
        assert POSSIBLE.get(kind, frozenset()) - outcomes == set(), kind
    settings = {name for key in _rows("Settings") for name in re.findall(r"\w+", key)}
    assert settings | set(re.findall(r"`(\w+)", " ".join(_lines("Settings")))) >= SETTINGS
    moments = " ".join(_lines("Moments"))
    assert [field for field in DEADLINE_FIELDS if f"`{field}" not in moments] == []
    assert [code for code in FINDINGS if f"| `{code}` |" not in PAGE] == []


def _lines(title: str) -> list[str]:
    part = PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in part.splitlines() if line.startswith("| `")]


def _rows(title: str) -> dict[str, str]:
    return {line.split("`")[1]: line for line in _lines(title)}
