"""Whether any live dialogue waits for an event to begin, for rooms that else ask a person."""

from __future__ import annotations

from keskio.talk.programs import Programs


def is_awaited(event: str) -> bool:
    """Tell whether an event called `event` may bring somebody into a live dialogue."""
    programs = Programs()
    programs.refresh()
    return bool(programs.entered_by(event))
