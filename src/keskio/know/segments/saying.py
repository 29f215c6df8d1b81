"""Conditions as sentences, with segments, models and stages by their titles."""

from __future__ import annotations

from collections.abc import Mapping

from keskio.engine.conditions.sentences import Names, sentence_of
from keskio.kernel.i18n import in_language
from keskio.know.segments.contracts import Document, ModelDraft
from keskio.know.segments.models import Segment, StageModel
from keskio.know.segments.shelf import node_of

__all__ = ["Names", "called_in", "say"]


def called_in(language: str) -> Names:
    """Return what segments, models and stages are called in a language."""
    names: dict[tuple[str, str], str] = {}
    for row in Segment.objects.exclude(state="archived"):
        names["segment", row.key] = _quoted(row.title, row.key, language)
    for model in StageModel.objects.exclude(state="archived"):
        names["model", model.key] = _quoted(model.title, model.key, language)
        draft = node_of(model).draft
        if isinstance(draft, ModelDraft):
            for stage in draft.stages:
                names["stage", stage.key] = _quoted(stage.title, stage.key, language)
    return names


def say(condition: Document, language: str, called: Names | None = None) -> str:
    """Return a condition as one sentence; `called` as from `called_in`, read anew without it."""
    return sentence_of(
        condition, language, called=called_in(language) if called is None else called
    )


def _quoted(titles: Mapping[str, str], key: str, language: str) -> str:
    """Return a title as it stands in a sentence: in quotes, never inflected."""
    return (
        f"“{in_language(titles, language) or key}”"
        if language != "fi"
        else f"”{in_language(titles, language) or key}”"
    )
