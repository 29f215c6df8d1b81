"""Frozen types of the room that cross rooms or travel between its parts."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.kernel.clock import Micros


class Claim(msgspec.Struct, gc=False):
    """A message about to be written into the ledger as claimed. `state` changes if it is taken back."""

    enrolment: int
    visit: int
    customer: int
    version: int
    step: str
    channel: str
    purpose: str
    pressure: str
    claimed_at: Micros
    valid_until: Micros | None
    why: str
    content: str
    urgency: int
    state: str = "claimed"
    reason: str = ""


class Ruling(msgspec.Struct, frozen=True, gc=False):
    """A decision about to be written: why something was held, dropped, or changed nothing."""

    at: Micros
    customer: int
    enrolment: int
    version: int
    step: str
    visit: int
    verdict: str
    reason: str
    values: dict[str, Any]


class Handed(msgspec.Struct, frozen=True):
    """A claimed message taken up for hand-over."""

    id: int
    enrolment: int
    visit: int
    customer: int
    version: int
    step: str
    channel: str
    purpose: str
    pressure: str
    valid_until: Micros | None
    attempts: int
    content: str
