"""Surveys as text: YAML in, a compiled survey out. Published versions are compiled once in a process."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from keskio.engine.survey.definition import read_survey
from keskio.engine.survey.findings import Finding
from keskio.engine.survey.form import Survey
from keskio.kernel.yamls import read_yaml, write_yaml


def compile_survey(text: str) -> tuple[Survey | None, list[Finding]]:
    """Return the survey of a YAML text (None if it has errors) and what was found."""
    try:
        return read_survey(read_yaml(text))
    except ValueError as fault:
        return None, [Finding("unreadable", detail=str(fault).rstrip("."))]


def document_of(text: str) -> dict[str, Any]:
    """Return the plain document of a text, {} where it is none."""
    try:
        found = read_yaml(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def text_of(document: dict[str, Any]) -> str:
    """Return a document as text that reads back the same."""
    return write_yaml(document)


@lru_cache(maxsize=200)
def compiled(version: int, text: str) -> Survey:
    """Return the survey of a published version; raises ValueError if its text can no longer be read."""
    survey, findings = compile_survey(text)
    if survey is None:
        raise ValueError(f"version {version} cannot be read: {findings[0].sentence()}")
    return survey
