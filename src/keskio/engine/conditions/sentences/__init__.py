"""A condition as one natural sentence, in Finnish and in English.

Names that the company has given (of traits, events, kinds, segments) stand in quotes as they are and
are never inflected; those that `called` knows stand without quotes, in their basic form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.reading import read_condition
from keskio.engine.conditions.sentences.english import English
from keskio.engine.conditions.sentences.finnish import Finnish
from keskio.engine.conditions.sentences.speaking import Names, Voice

__all__ = ["Names", "clause_of", "sentence_of"]


def sentence_of(
    document: Mapping[str, Any] | f.Condition,
    language: str = "en",
    *,
    called: Names = {},  # noqa: B006 - nobody changes it
) -> str:
    """Return the sentence that says `document`, in "fi" or "en".

    `called`: what (kind, name) is called in that language; kinds are trait, event, property, object,
    segment, model, stage, purpose, channel, variable.

    >>> sentence_of({"event": "Order Completed", "in": {"last": "90 days"}, "times": {"at_least": 2}})
    '“Order Completed” has happened at least 2 times in the last 90 days.'

    Raises Unreadable.
    """
    told = clause_of(document, language, called=called)
    return f"{told[:1].upper()}{told[1:]}."


def clause_of(
    document: Mapping[str, Any] | f.Condition,
    language: str = "en",
    *,
    called: Names = {},  # noqa: B006 - nobody changes it
) -> str:
    """Return the same as a clause: to stand inside another sentence."""
    form = read_condition(document) if isinstance(document, Mapping) else document
    voice: Voice = Finnish(called) if language == "fi" else English(called)
    return voice.clause(form)
