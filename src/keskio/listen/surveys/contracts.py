"""Names of the events of surveys, and what they say."""

from __future__ import annotations

ASKED = "survey.asked"
"""Somebody was asked: {survey, level, channel}; from a dialogue also {dialogue, enrolment, step, visit}."""
NOT_ASKED = "survey.not_asked"
"""Somebody was not asked, and why: {survey, reason, dialogue, enrolment, step}."""
REPLIED = "survey.replied"
"""A message answered a survey: {survey, scale, score, comment, channel, enrolment, step}."""
STARTED = "survey.started"
"""The first answer has been given: {survey, response, level, touchpoint, channel}."""
ANSWERED = "survey.answered"
"""A response has come to its end: {survey, version, response, level, touchpoint, channel, language,
answers, comment, complete, nps, csat, ces, groups, emotion}. Of an anonymous survey only {survey, level,
touchpoint, complete, anonymous}. An unfinished one (`complete` false) may be followed by a whole one."""
LOW_SCORE = "survey.low_score"
"""The survey's own rule says that somebody must put this right: {customer, survey, response, score,
comment, kind, severity, touchpoint, channel, groups}."""
