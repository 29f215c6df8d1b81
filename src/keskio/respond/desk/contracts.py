"""Frozen types of the desk: what the list is narrowed down by, a row of it, what stands before a case."""

from __future__ import annotations

from typing import Any

import msgspec

NOW, MINE, UNASSIGNED, LATE, NUDGED, ALL, ASLEEP, CLOSED = (
    *("now", "mine", "unassigned", "late"),
    *("nudged", "all", "asleep", "closed"),
)
LISTS = (NOW, MINE, UNASSIGNED, LATE, NUDGED, ALL, ASLEEP, CLOSED)
"""The lists of the left pane. `now`: somebody waits for a reply of ours."""

REPLY, NOTE = "reply", "note"
HERE, DIRECT = "here", "direct"
"""Ways of a reply besides other channels: where the case is, and privately in a public network."""


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the list shows. Empty texts narrow nothing down."""

    list: str = NOW
    channel: str = ""
    kind: str = ""
    theme: str = ""
    queue: str = ""
    q: str = ""


class Row(msgspec.Struct, frozen=True):
    """A row of the list, as it is drawn. `tone` is that of `left`: good, warn, bad or plain."""

    case: Any
    name: str
    waiting: str
    left: str
    tone: str
    others: tuple[str, ...] = ()


class Sight(msgspec.Struct, frozen=True):
    """Who else is at a case now."""

    looking: tuple[str, ...] = ()
    writing: tuple[str, ...] = ()
