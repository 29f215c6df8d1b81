"""Reading surveys: what is wrong is said in sentences; what is right comes back whole."""

from __future__ import annotations

from typing import Any

import pytest

from keskio.engine.survey.contrast import contrast
from keskio.engine.survey.definition import read_survey
from keskio.engine.survey.findings import FINDINGS
from keskio.engine.survey.form import Survey
from keskio.kernel.yamls import read_yaml, write_yaml
from tests.engine.survey.texts import EVERYTHING, NPS


def base(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "keskio": "survey/1",
        "key": "x",
        "title": {"fi": "Kysely"},
        "languages": ["fi"],
        "level": "relationship",
        "thanks": {"fi": "Kiitos"},
        "questions": {"score": {"kind": "nps", "text": {"fi": "Suosittelisitko?"}}},
    }
    return {**document, **changes}


def found(document: object) -> list[tuple[str, str, str]]:
    survey, findings = read_survey(document)
    assert (survey is None) == any(one.severity == "error" for one in findings)
    return [(one.code, one.question, one.detail) for one in findings]


def survey_of(text: str) -> Survey:
    survey, findings = read_survey(read_yaml(text))
    assert survey is not None, findings
    return survey


@pytest.mark.parametrize("text", [NPS, EVERYTHING])
def test_a_document_comes_back_without_loss(text: str) -> None:
    document = read_yaml(text)
    assert read_yaml(write_yaml(document)) == document
    assert survey_of(text).key == survey_of(write_yaml(document)).key


def test_what_is_right_has_no_findings() -> None:
    assert found(base()) == []


MISTAKES: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    ({"colour": "red"}, ("unknown_field", "", "'colour'")),
    ({"languages": ["fi", "en"]}, ("missing_language", "", "en")),
    ({"questions": {"q": {"kind": "stars", "text": "x"}}}, ("unknown_kind", "q", "'stars'")),
    (
        {"questions": {"q": {"kind": "choice", "text": "x", "options": {"a": "A"}}}},
        ("too_few_options", "q", "options"),
    ),
    (
        {"questions": {"q": {"kind": "nps", "text": "x", "when": {"answer": "later", "is": 1}}}},
        ("asked_later", "q", "'later'"),
    ),
    ({"theme": {"main": "#aaaaaa"}}, ("weak_contrast", "", "main, paper")),
    ({"level": "touchpoint"}, ("no_touchpoint", "", "")),
    (
        {"answers": "anonymous", "case": {"when": {"answer": "score", "at_most": 6}}},
        ("case_of_nobody", "", ""),
    ),
    ({"thanks": None}, ("no_thanks", "", "")),
]


@pytest.mark.parametrize(("changes", "finding"), MISTAKES)
def test_what_is_wrong_is_found(changes: dict[str, Any], finding: tuple[str, str, str]) -> None:
    assert finding in found(base(**changes))


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keskio": "survey/1"}, base(level="moon"), base(questions={})]
)
def test_what_cannot_be_read_is_said(document: object) -> None:
    ((code, _, detail),) = found(document)
    assert (code, bool(detail)) == ("unreadable", True)


def test_every_finding_is_said_and_mended_in_both_languages() -> None:
    for texts in FINDINGS.values():
        assert all(text[0].isupper() and text.endswith(".") for text in texts)
        assert texts[0] != texts[1]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54
    with pytest.raises(ValueError, match="no colour"):
        contrast("red", "#ffffff")
