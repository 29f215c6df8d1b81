"""Links to surveys for tests, and the surveys."""

from __future__ import annotations

from keskio.talk.api import SurveyLink, make_survey_token
from tests.engine.survey.texts import EVERYTHING, NPS

__all__ = ["EVERYTHING", "NPS", "asked_token", "open_token"]


def asked_token(survey: str, customer: int, *, enrolment: int = 0, message: int = 0) -> str:
    """Return the token of a link that a message would carry."""
    return make_survey_token(SurveyLink("asked", survey, customer, message, enrolment))


def open_token(survey: str) -> str:
    """Return the token of a link for whoever has it."""
    return make_survey_token(SurveyLink("open", survey))
