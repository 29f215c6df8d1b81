"""Frozen types of the wing that others use: what a customer owns, and rows to take in."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.kernel.clock import Micros

CHANGED = "object.changed"
ENDED = "object.ended"
REFUSED = "object.refused"

MOVED = "moved"
"""Why an object ended for a customer: it belongs to another one now."""

TEXT, NUMBER, DATE, TIME, FLAG, CHOICE = "text", "number", "date", "time", "flag", "choice"
TYPES = (TEXT, NUMBER, DATE, TIME, FLAG, CHOICE)

# What an event of an object says beside the fields; no field may be called so.
WORDS = frozenset({"kind", "key", "changed", "before", "is_new", "reason", "ended_at", "refused"})


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field of a kind. Of type date or time it can be anchored to; `choices` belong to choice."""

    name: str
    type: str = TEXT
    title: str = ""
    choices: tuple[str, ...] = ()


class NewObject(msgspec.Struct, frozen=True, gc=False):
    """What a source says of one object at a moment.

    `customer` 0 leaves the owner as it is; `record` is the record by whose identifiers the owner was
    told (0: the same). `fields` are laid over what is known; None takes a field away. `ended`: True
    says that it is sold, over or cancelled, False that it is in force again, None says nothing.
    """

    kind: str
    key: str
    fields: dict[str, Any] = {}
    customer: int = 0
    record: int = 0
    ended: bool | None = None
    at: Micros = 0


class Taken(msgspec.Struct, frozen=True):
    """What became of the rows: how many objects are new, changed, ended, as they were; and faults.

    `faults` are (number of the row from 0, sentence).
    """

    new: int = 0
    changed: int = 0
    ended: int = 0
    same: int = 0
    faults: tuple[tuple[int, str], ...] = ()
