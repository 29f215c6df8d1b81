"""Changes to a survey's document, as the form makes them: the document in, a changed copy out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from keskio.engine.scores.scales import SCALES
from keskio.kernel.errors import Mistake

Document: TypeAlias = dict[str, Any]
NAMED = {"choice": "options", "ranking": "options", "matrix": "columns"}


class NoSuchQuestion(Mistake):
    """There is no such question in the survey any more."""

    code = "no_such_question"


def add_question(document: Document, kind: str) -> tuple[Document, str]:
    """Return the document with a new question at its end, and the question's key."""
    questions = dict(document.get("questions") or {})
    number = len(questions) + 1
    while (key := f"q{number}") in questions:
        number += 1
    question: Document = {"kind": kind, "text": dict.fromkeys(_languages(document), "")}
    if kind in NAMED:
        question[NAMED[kind]] = {"a": {}, "b": {}}
    if kind == "matrix":
        question["rows"] = {"a": {}}
    questions[key] = question
    return {**document, "questions": questions}, key


def move_question(document: Document, key: str, by: int) -> Document:
    """Return the document with a question moved by one place; past the ends nothing changes."""
    questions = _questions(document, key)
    keys = list(questions)
    at = keys.index(key)
    keys.insert(min(max(at + by, 0), len(keys) - 1), keys.pop(at))
    return {**document, "questions": {name: questions[name] for name in keys}}


def remove_question(document: Document, key: str) -> Document:
    """Return the document without a question."""
    questions = _questions(document, key)
    return {**document, "questions": {k: v for k, v in questions.items() if k != key}}


def change_question(document: Document, key: str, told: Mapping[str, Any]) -> Document:
    """Return the document with the fields of a question changed; what is empty is left out.

    `told` may hold a new `key`.
    """
    questions = _questions(document, key)
    name = str(told.get("key") or key)
    if name != key and name in questions:
        raise Mistake("Another question has this name already.")
    changed = dict(questions[key])
    for field, value in told.items():
        if field == "key":
            continue
        if value in ("", None, {}, False, []):
            changed.pop(field, None)
        else:
            changed[field] = value
    return {
        **document,
        "questions": {
            (name if k == key else k): (changed if k == key else v) for k, v in questions.items()
        },
    }


def change_settings(document: Document, told: Mapping[str, Any]) -> Document:
    """Return the document with settings changed; what is empty is left out."""
    changed = dict(document)
    for field, value in told.items():
        if value in ("", None, {}, False, []):
            changed.pop(field, None)
        else:
            changed[field] = value
    questions = changed.pop("questions", {})
    return {**changed, "questions": questions}


def lines_of(named: object, languages: list[str]) -> str:
    """Return options as lines "key | text | text", a text for each language."""
    if not isinstance(named, Mapping):
        return ""
    lines = []
    for key, texts in named.items():
        told = texts if isinstance(texts, Mapping) else {"fi": texts}
        lines.append(" | ".join([str(key), *(str(told.get(at, "")) for at in languages)]))
    return "\n".join(lines)


def named_in(lines: str, languages: list[str]) -> dict[str, dict[str, str]]:
    """Return the options that lines "key | text | text" say.

    >>> named_in("web | Verkko | Web", ["fi", "en"])
    {'web': {'fi': 'Verkko', 'en': 'Web'}}
    """
    found: dict[str, dict[str, str]] = {}
    for line in lines.splitlines():
        key, *texts = (part.strip() for part in line.split("|"))
        if key:
            found[key] = {at: text for at, text in zip(languages, texts, strict=False) if text}
    return found


def has_scale(question: Mapping[str, Any]) -> bool:
    """Tell whether a question of the document is measured by a scale."""
    return question.get("kind") in SCALES


def _questions(document: Document, key: str) -> Document:
    questions = document.get("questions")
    if not isinstance(questions, dict) or key not in questions:
        raise NoSuchQuestion
    return questions


def _languages(document: Document) -> list[str]:
    found = document.get("languages", ["fi", "en"])
    return [str(one) for one in found] if isinstance(found, list) else ["fi", "en"]
