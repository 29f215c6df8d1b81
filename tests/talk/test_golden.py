"""What was written when the format was new still reads, and plays as it did then.

The definitions and scripts of `tests/engine/golden`, and what came of them, were kept when the format
was first in use. What has been added since may tell more in a line; nothing that was told may change.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keskio.engine.dialogue.program import Program
from keskio.engine.pressure import Cap, Quiet, Rules
from keskio.engine.times import DAY
from keskio.talk.documents import compile_text
from keskio.talk.play import Play
from keskio.talk.scripts import read_script

GOLDEN = Path(__file__).parent.parent / "engine" / "golden"
RULES = Rules(caps=(Cap(limit=3, window=7 * DAY),), quiet=Quiet())


def program(name: str) -> Program:
    """Return a definition as a version that has been published."""
    found, findings = compile_text((GOLDEN / f"{name}.yaml").read_text(), version=1)
    assert found is not None, findings
    return found


def by_enrolment(lines: list[dict[str, Any]]) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Return what came to each customer in each dialogue about each object, in order."""
    found = defaultdict(list)
    for line in lines:
        found[line["customer"], line.get("dialogue"), line.get("object")].append(line)
    return dict(found)


@pytest.mark.parametrize("name", ["bicycle-autumn-service", "everything"])
def test_it_still_plays_as_it_did(name: str) -> None:
    with (GOLDEN / f"{name}.jsonl").open() as script:
        lines = read_script(script, RULES.zone)
    then = [
        msgspec.json.decode(line)
        for line in (GOLDEN / f"{name}.played.jsonl").read_text().splitlines()
    ]
    play = Play([program(name), program("stop-confirmation")], rules=RULES, seed=85)
    now = list(play.run(lines))
    assert len(now) == len(then) > 200
    were, are = by_enrolment(then), by_enrolment(now)
    assert are.keys() == were.keys()
    for who, told in were.items():
        known = [
            {key: line[key] for key in line.keys() & was.keys()}
            for line, was in zip(are[who], told, strict=True)
        ]
        assert known == told
