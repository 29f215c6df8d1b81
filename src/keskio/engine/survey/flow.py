"""Which question comes next, and how far somebody has come. One question a page, back and forth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keskio.engine.conditions import Subject
from keskio.engine.survey.form import Question, Survey


class Progress(msgspec.Struct, frozen=True):
    """Question `number` of `total`, as far as the answers so far say how many there will be."""

    number: int
    total: int


def path_of(survey: Survey, answers: Mapping[str, Any]) -> list[Question]:
    """Return the questions that are asked of somebody with these answers, in order.

    An answer counts only where its question is asked: what a changed answer has made pointless is
    passed over by everything after it.
    """
    found: list[Question] = []
    given: dict[str, Any] = {}
    for question in survey.questions:
        if question.when is None or question.when(Subject(variables=given)):
            found.append(question)
            if question.key in answers:
                given[question.key] = answers[question.key]
    return found


def counted(survey: Survey, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers to the questions that are asked: those that count."""
    return {
        question.key: answers[question.key]
        for question in path_of(survey, answers)
        if question.key in answers
    }


def next_after(survey: Survey, answers: Mapping[str, Any], key: str) -> Question | None:
    """Return the question after the one called `key`; None: that was the last."""
    path = path_of(survey, answers)
    keys = [question.key for question in path]
    at = keys.index(key) + 1 if key in keys else 0
    return path[at] if at < len(path) else None


def before(survey: Survey, answers: Mapping[str, Any], key: str) -> Question | None:
    """Return the question before the one called `key`; None: it is the first."""
    path = path_of(survey, answers)
    keys = [question.key for question in path]
    at = keys.index(key) - 1 if key in keys else -1
    return path[at] if at >= 0 else None


def resumes_at(survey: Survey, answers: Mapping[str, Any], seen: Mapping[str, Any]) -> Question:
    """Return where somebody goes on who comes back: the first question not yet answered or passed."""
    path = path_of(survey, answers)
    return next((q for q in path if q.key not in seen), path[-1])


def progress_at(survey: Survey, answers: Mapping[str, Any], key: str) -> Progress:
    """Return how far the question called `key` is along the way."""
    keys = [question.key for question in path_of(survey, answers)]
    return Progress(keys.index(key) + 1 if key in keys else 1, len(keys))
