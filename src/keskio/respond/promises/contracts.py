"""Frozen types of the wing: where a promise stands, who made it, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keskio.kernel.clock import Micros

OPEN, KEPT, BROKEN, WITHDRAWN = "open", "kept", "broken", "withdrawn"

MADE_EVENT = "promise.made"
KEPT_EVENT = "promise.kept"
BROKEN_EVENT = "promise.broken"
WITHDRAWN_EVENT = "promise.withdrawn"
PUT_RIGHT_EVENT = "promise.put_right"
MOVED_EVENT = "promise.moved"
REMINDED_EVENT = "promise.reminded"

# Where a promise comes from.
DIALOGUE, BLUEPRINT, TASK, REPLY, PERSON = "dialogue", "blueprint", "task", "reply", "person"
ORIGINS = (DIALOGUE, BLUEPRINT, TASK, REPLY, PERSON)


class Keeping(msgspec.Struct, frozen=True):
    """The event that keeps a promise: its name, and what its properties must be.

    Only events of the promise's own customer count, that happened at the time of the promise or later.
    """

    event: str
    where: Mapping[str, Any] = {}


class NewPromise(msgspec.Struct, frozen=True, kw_only=True):
    """A promise about to be made.

    `key` makes it one promise however often it is told: unique within its `origin`. `text`: what was
    promised, as the customer read it. `by`: who or what promised. `owner`: who is to keep it ("" : whoever
    works for `team`). `share`: after which share of its time it is reminded of (0 to 1). `keeping`: the
    events of which any keeps it; none: a person says that it was kept. Instants are microseconds.
    """

    customer: int
    text: str
    due_at: Micros
    origin: str
    key: str
    made_at: Micros | None = None
    by: str = ""
    owner: str = ""
    team: str = ""
    channel: str = ""
    case: int = 0
    share: float = 0.75
    keeping: tuple[Keeping, ...] = ()
