"""What a condition may look at: everything of one customer that it asks about, at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec


class Happening(msgspec.Struct, frozen=True, gc=False):
    """One event of the customer: when, and its properties."""

    at: int
    properties: Mapping[str, Any] = {}


class Owned(msgspec.Struct, frozen=True, gc=False):
    """One object of the customer that has not ended."""

    kind: str
    key: str
    properties: Mapping[str, Any] = {}


class Subject(msgspec.Struct, frozen=True, gc=False):
    """What a condition may look at.

    `consents`: state by "purpose/channel". `segments`: since when, by key. `stages`: (stage, since)
    by model. `objects`: those that have not ended, by kind. `events`: by name, in the order of time,
    those of one time as the log has them. `now`: the moment for which the answer is wanted.
    """

    traits: Mapping[str, Any] = {}
    consents: Mapping[str, str] = {}
    variables: Mapping[str, Any] = {}
    properties: Mapping[str, Any] = {}
    segments: Mapping[str, int] = {}
    stages: Mapping[str, tuple[str, int]] = {}
    objects: Mapping[str, Sequence[Owned]] = {}
    events: Mapping[str, Sequence[Happening]] = {}
    now: int = 0


Decision: TypeAlias = Callable[[Subject], bool]
