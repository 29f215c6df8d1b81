"""The closed list of reasons: complete, in two languages, and nothing in it that nobody gives."""

from __future__ import annotations

import ast
from importlib import resources
from pathlib import Path

import pytest

from keskio.engine.dialogue.reasons import SENTENCES, sentence

ENGINE = Path(str(resources.files("keskio.engine")))
TALK = Path(str(resources.files("keskio.talk")))
# Given as values, not by a literal where they arise.
FROM_PURPOSES = {"no_permission", "permission_withdrawn", "stopped"}


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    for code, (english, finnish) in SENTENCES.items():
        assert sentence(code, "en") == english
        assert sentence(code, "fi") == finnish
        assert english != finnish
        for text in (english, finnish):
            assert text[0].isupper()
            assert text.endswith(".")


def test_an_unknown_code_speaks_for_itself() -> None:
    assert sentence("no_such_reason") == "no_such_reason"


def given_in(folder: Path) -> set[str]:
    """Return the literals that are given as reasons: to because, exit, fail, Reason, Verdict, Withdrawn."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= _reasons_of(node)
    return found


PLACES = {"because": 0, "exit": 0, "fail": 0, "Reason": 0, "Verdict": 1, "Withdrawn": 1}


def _reasons_of(call: ast.Call) -> set[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = PLACES.get(name)
    if place is None or len(call.args) <= place:
        return set()
    argument = call.args[place]
    is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return {str(argument.value)} if is_text else set()  # type: ignore[attr-defined]


def test_the_engine_gives_only_reasons_from_the_list() -> None:
    given = given_in(ENGINE)
    assert len(given) > 20
    assert given <= set(SENTENCES)


# One waits for its giver; rooms above give the others, when they hold a customer back.
ELSEWHERE = {"no_channel", "open_case", "open_promise_broken"}


@pytest.mark.parametrize("code", sorted(set(SENTENCES) - ELSEWHERE))
def test_every_reason_of_the_list_is_used_somewhere(code: str) -> None:
    where = [
        path
        for folder in (ENGINE, TALK)
        for path in folder.rglob("*.py")
        if path.name != "reasons.py"
    ]
    assert any(f'"{code}"' in path.read_text(encoding="utf-8") for path in where)
