"""How an answer is measured, and which figures may be put together.

Vendors count the same word differently (a mean here, a share there): each metric therefore says its
wording, scale, direction and aggregator, and two that differ are never put into one figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from keskio.engine.survey.form import Question, Survey


class TwoDefinitions(ValueError):
    """Two metrics are not measured alike; the message says in what they differ."""


class Metric(msgspec.Struct, frozen=True):
    """How one question is measured. `wording` is its text by language; `version` the survey's."""

    question: str
    kind: str
    scale: str
    direction: str
    aggregator: str
    wording: dict[str, str]
    version: int = 0


class Summary(msgspec.Struct, frozen=True):
    """What a whole response says.

    The first score of each kind with its group, the emotion named last, all comments as one text.
    """

    scores: dict[str, int]
    groups: dict[str, str]
    emotion: str
    comment: str


def metrics_of(survey: Survey, version: int = 0) -> list[Metric]:
    """Return the metrics of a survey, one for each question with a scale."""
    found = []
    for question in survey.questions:
        scale = question.scale
        if scale is not None:
            span = f"{scale.least}-{scale.most}"
            wording = dict(question.text)
            found.append(
                Metric(
                    question.key,
                    question.kind,
                    span,
                    scale.direction,
                    scale.aggregator,
                    wording,
                    version,
                )
            )
    return found


def difference(one: Metric, other: Metric) -> str:
    """Return in what two metrics differ (kind, scale, direction, aggregator or wording), "" if in nothing.

    A language that only one of them has makes no difference: the words of the others are the same.
    """
    for field in ("kind", "scale", "direction", "aggregator"):
        if getattr(one, field) != getattr(other, field):
            return field
    common = one.wording.keys() & other.wording.keys()
    if not common or any(_bare(one.wording[at]) != _bare(other.wording[at]) for at in common):
        return "wording"
    return ""


def _bare(text: str) -> str:
    return " ".join(text.split())


def together(metrics: Iterable[Metric]) -> None:
    """Raise TwoDefinitions unless all of `metrics` are measured alike."""
    found = list(metrics)
    for other in found[1:]:
        field = difference(found[0], other)
        if field:
            raise TwoDefinitions(
                f"{found[0].question} (version {found[0].version}) and {other.question} "
                f"(version {other.version}) differ in {field}"
            )


def alike(metrics: Mapping[int, Metric]) -> list[list[int]]:
    """Return the keys of `metrics` in groups that may be put together, the newest first in each."""
    groups: list[list[int]] = []
    for key in sorted(metrics, key=lambda key: -metrics[key].version):
        for group in groups:
            if not any(difference(metrics[key], metrics[one]) for one in group):
                group.append(key)
                break
        else:
            groups.append([key])
    return groups


def summary_of(survey: Survey, answers: Mapping[str, Any], comments: Mapping[str, str]) -> Summary:
    """Return what the answers that count come to."""
    scores: dict[str, int] = {}
    groups: dict[str, str] = {}
    emotion, texts = "", []
    for question in survey.questions:
        value = answers.get(question.key)
        if value is not None:
            emotion = _summed(question, value, scores, groups) or emotion
            if question.kind == "text":
                texts.append(str(value))
        if comments.get(question.key):
            texts.append(comments[question.key])
    return Summary(scores, groups, emotion, "\n".join(texts))


def _summed(question: Question, value: Any, scores: dict[str, int], groups: dict[str, str]) -> str:
    scale = question.scale
    if scale is not None and question.kind not in scores:
        scores[question.kind] = value
        groups[question.kind] = scale.group_of(value)
    return str(value) if question.kind == "emotion" else ""
