"""Frozen types of the log that cross rooms."""

from __future__ import annotations

import msgspec

from keskio.kernel.clock import Micros


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event about to be appended.

    `body` is JSON text: an object whose `properties` say what happened; `traits` and `context`
    may stand beside it. Names of Keskiö's own events are `noun.verb_ed`.
    """

    customer: int
    name: str
    at: Micros
    body: str = "{}"
    received_at: Micros = 0
    source: int = 0
    message_id: str = ""


class LoggedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event in the log; `id` is its place there."""

    id: int
    customer: int
    name: str
    at: Micros
    body: str
    received_at: Micros
    source: int
    message_id: str


class SpoolRow(msgspec.Struct, frozen=True, gc=False):
    """One request as the spool keeps it; `meta` is JSON text."""

    id: int
    kind: str
    source: int
    received_at: Micros
    meta: str
    body: bytes
