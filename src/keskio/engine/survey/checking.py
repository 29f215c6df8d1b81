"""What is wrong with a survey that can be read: missing texts, questions in the wrong order, weak colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keskio.engine.survey.contrast import LEAST, contrast
from keskio.engine.survey.findings import Finding
from keskio.engine.survey.form import Question, Survey

MANY = 12


def findings_of(survey: Survey) -> list[Finding]:
    """Return what is wrong with `survey`, in the order of the document."""
    return [*_of_whole(survey), *_of_questions(survey), *_of_colours(survey)]


def _of_whole(survey: Survey) -> Iterator[Finding]:
    for texts in (survey.title, survey.intro, survey.thanks, survey.privacy):
        yield from _languages(survey, "", texts)
    if not survey.thanks:
        yield Finding("no_thanks", "warning")
    if survey.level == "touchpoint" and not survey.touchpoint:
        yield Finding("no_touchpoint", "warning")
    if len(survey.questions) > MANY:
        yield Finding("many_questions", "warning", detail=str(len(survey.questions)))
    if survey.case is not None:
        if survey.anonymous:
            yield Finding("case_of_nobody")
        known = {question.key for question in survey.questions}
        for name in sorted(survey.case.looks_at - known):
            yield Finding("asked_later", detail=repr(name))


def _of_questions(survey: Survey) -> Iterator[Finding]:
    before: set[str] = set()
    for question in survey.questions:
        for texts in _texts_of(question):
            yield from _languages(survey, question.key, texts)
        if not question.text:
            yield Finding("missing_language", question=question.key, detail=survey.languages[0])
        yield from _options(question)
        for name in sorted(question.looks_at - before):
            yield Finding("asked_later", question=question.key, detail=repr(name))
        before.add(question.key)


def _options(question: Question) -> Iterator[Finding]:
    least = 2
    if question.kind in ("choice", "ranking", "emotion") and len(question.options) < least:
        yield Finding("too_few_options", question=question.key, detail="options")
    if question.kind == "matrix":
        if len(question.options) < least:
            yield Finding("too_few_options", question=question.key, detail="columns")
        if not question.rows:
            yield Finding("too_few_options", question=question.key, detail="rows")


def _texts_of(question: Question) -> Iterator[Mapping[str, str]]:
    yield from (question.text, question.note, question.low, question.high, question.unit)
    yield from question.options.values()
    yield from question.rows.values()
    yield from question.comment.values()


def _languages(survey: Survey, key: str, texts: Mapping[str, str]) -> Iterator[Finding]:
    if not texts:
        return
    for language in survey.languages:
        if language not in texts:
            yield Finding("missing_language", question=key, detail=language)


def _of_colours(survey: Survey) -> Iterator[Finding]:
    theme = survey.theme
    for names, one, other in (
        ("main, paper", theme.main, theme.paper),
        ("ink, paper", theme.ink, theme.paper),
    ):
        try:
            weak = contrast(one, other) < LEAST
        except ValueError as fault:
            yield Finding("unreadable", detail=f"theme: {fault}")
            return
        if weak:
            yield Finding("weak_contrast", detail=names)
