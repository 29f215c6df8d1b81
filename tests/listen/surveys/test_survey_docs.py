"""docs/surveys.md is the reference: its examples are read, and it names everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema_rs
import pytest

from keskio.engine.survey.asking import REASONS
from keskio.engine.survey.definition import ASKING, COMMON, FIELDS, SETTINGS, read_survey
from keskio.engine.survey.schema import survey_schema
from keskio.kernel.yamls import read_yaml
from keskio.listen.surveys.ready_made import KEYS, ready_text
from tests.listen.surveys.making import EVERYTHING, NPS

PAGE = (Path(__file__).parents[3] / "docs" / "surveys.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SCHEMA = jsonschema_rs.validator_for(survey_schema())
TEXTS = [*EXAMPLES, EVERYTHING, NPS, *(ready_text(key) for key in KEYS)]


@pytest.mark.parametrize("text", TEXTS)
def test_an_example_is_read_without_findings_and_fits_the_schema(text: str) -> None:
    document = read_yaml(text)
    survey, findings = read_survey(document)
    assert survey is not None
    assert findings == []
    assert list(SCHEMA.iter_errors(document)) == []


def test_the_schema_refuses_what_is_no_survey() -> None:
    document = read_yaml(NPS)
    assert isinstance(document, dict)
    for wrong in (
        {**document, "level": "moon"},
        {**document, "colour": "red"},
        {**document, "questions": {"q": {"kind": "stars", "text": "x"}}},
        {**document, "questions": {"q": {"kind": "text", "text": "x", "options": {}}}},
    ):
        assert list(SCHEMA.iter_errors(wrong)) != []


def test_every_setting_field_kind_and_reason_is_told() -> None:
    told = set(re.findall(r"[`{ ](\w+)[`:]", PAGE)) | set(re.findall(r"`(\w+)`", PAGE))
    fields = frozenset().union(*FIELDS.values())
    wanted = SETTINGS | ASKING | COMMON | fields | set(FIELDS) | set(REASONS)
    assert sorted(wanted - told) == []
