"""Frozen types of the wing that pages and other wings see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

Document: TypeAlias = Mapping[str, Any]
Titles: TypeAlias = Mapping[str, str]


class Fault(msgspec.Struct, frozen=True):
    """Something in a definition that cannot be used: where (`when.all[1]`), and a sentence."""

    place: str
    sentence: str


class SegmentDraft(msgspec.Struct, frozen=True):
    """A segment as its document says it."""

    key: str
    title: Titles
    when: Document
    description: Titles = {}


class Stage(msgspec.Struct, frozen=True):
    """One stage of a model."""

    key: str
    title: Titles


class Rule(msgspec.Struct, frozen=True):
    """Those who meet `when` (None: everyone) are at `stage`."""

    stage: str
    when: Document | None


class Way(msgspec.Struct, frozen=True):
    """The rules of a group (those who meet `only_for`), or of everyone else (None)."""

    rules: tuple[Rule, ...]
    only_for: Document | None = None
    title: Titles = {}


class ModelDraft(msgspec.Struct, frozen=True):
    """A model of stages as its document says it.

    `stages` stand from the first to the last. Of `ways` the first whose group a customer belongs to
    is used, and in it the first rule that holds; a customer whom no rule names is at no stage.
    """

    key: str
    title: Titles
    stages: tuple[Stage, ...]
    ways: tuple[Way, ...]
    description: Titles = {}


class SegmentNow(msgspec.Struct, frozen=True):
    """A segment or a model of stages as it stands, for other rooms and the command line.

    `kind`: "segment" or "stages". `computed_at` is an ISO time in UTC ("": never); `seconds` is how
    long that took.
    """

    kind: str
    key: str
    title: Titles
    state: str
    version: int
    members: int
    computed_at: str
    seconds: float
    error: str
