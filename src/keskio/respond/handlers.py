"""Events of the log that give people work. Imported by wiring only."""

from __future__ import annotations

from collections.abc import Sequence

from keskio.events.contracts import LoggedEvent
from keskio.respond.actions import take_in


def follow(events: Sequence[LoggedEvent]) -> None:
    """Take in a batch of the log, in the caller's transaction; the same batch again changes nothing."""
    take_in(events)
