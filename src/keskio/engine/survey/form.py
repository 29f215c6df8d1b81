"""A survey as the engine uses it: immutable, read from its document by `definition`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from keskio.engine.conditions import Condition
from keskio.engine.scores.scales import SCALES, Scale

Texts: TypeAlias = Mapping[str, str]
LEVELS = ("relationship", "journey", "touchpoint")
EMOTIONS = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation")
"""Plutchik's eight, in the order of the wheel."""


KINDS = (*SCALES, "emotion", "choice", "number", "text", "matrix", "ranking")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question; what a kind does not use is empty.

    `options` by key: of a choice, a ranking, the columns of a matrix, the emotions asked about; for a
    scale the names of single values ("1" to "5"). `rows`: those of a matrix. `comment`: the wording of
    the comment box by group of the score ("" for all). `when`: asked only if it holds of the answers
    given so far.
    """

    key: str
    kind: str
    text: Texts
    note: Texts = {}
    required: bool = False
    options: Mapping[str, Texts] = {}
    rows: Mapping[str, Texts] = {}
    low: Texts = {}
    high: Texts = {}
    comment: Mapping[str, Texts] = {}
    many: bool = False
    least: float | None = None
    most: float | None = None
    unit: Texts = {}
    when: Condition | None = None
    looks_at: frozenset[str] = frozenset()

    @property
    def scale(self) -> Scale | None:
        """The scale of a question that is measured by one."""
        return SCALES.get(self.kind)


class Theme(msgspec.Struct, frozen=True):
    """Colours of the page as "#rrggbb"."""

    main: str = "#0b5c6b"
    paper: str = "#ffffff"
    ink: str = "#17242b"


class Quota(msgspec.Struct, frozen=True):
    """Nobody more is asked when `limit` have answered: of all, of a segment, or of each value of a trait."""

    limit: int
    segment: str = ""
    each: str = ""


class CaseRule(msgspec.Struct, frozen=True):
    """When a case is opened by the answers, and of what kind and severity."""

    when: Condition
    kind: str = "complaint"
    severity: str = "normal"
    looks_at: frozenset[str] = frozenset()


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled survey. Lengths of time are in microseconds; `share` is 0 to 1."""

    key: str
    title: Texts
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    level: str = "touchpoint"
    touchpoint: str = ""
    anonymous: bool = False
    sender: str = ""
    intro: Texts = {}
    thanks: Texts = {}
    privacy: Texts = {}
    theme: Theme = Theme()
    digits: bool = True
    share: float = 1.0
    rest: int = 0
    again: int = 0
    quotas: tuple[Quota, ...] = ()
    case: CaseRule | None = None

    def question(self, key: str) -> Question | None:
        """Return the question called `key`, or None."""
        return next((question for question in self.questions if question.key == key), None)

    @property
    def scored(self) -> tuple[Question, ...]:
        """The questions that are measured by a scale."""
        return tuple(question for question in self.questions if question.scale)
