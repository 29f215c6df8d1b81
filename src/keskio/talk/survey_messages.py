"""What messages that ask for answers to a survey say beside their texts: links, one for each score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keskio.engine.dialogue.program import Message, Step, Survey, Texts
from keskio.engine.dialogue.surveying import PART
from keskio.engine.scores.scales import SCALES
from keskio.talk.contracts import Handed
from keskio.talk.survey_links import SurveyLink, score_addresses, survey_address


def survey_values(step: Step, message: Handed) -> dict[str, Any]:
    """Return `survey_link`, and `survey_scores` (each a score and its link), for a survey's step.

    Other steps have none of it. The link of a score only has it chosen on the page: mail scanners open
    every link.
    """
    if not isinstance(step, Survey):
        return {}
    link = SurveyLink("asked", step.survey, message.customer, message.id, message.enrolment)
    scores = score_addresses(link, SCALES[step.scale].values)
    return {"survey_link": survey_address(link), "survey_scores": scores}


def texts_of_part(step: Step, planned: Message, kept: Mapping[str, Any]) -> Texts:
    """Return the texts of the message itself, of its reminder, or of the question for a comment."""
    if not isinstance(step, Survey):
        return planned.texts
    part = kept.get(PART)
    return (
        step.reminder if part == "reminder" else step.then if part == "comment" else planned.texts
    )
