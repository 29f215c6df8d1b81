"""One customer inside one dialogue: the whole state, small enough to be a row."""

from __future__ import annotations

from typing import Any

import msgspec

WAITING, ENDED, EXITED, FAILED = "waiting", "ended", "exited", "error"


class Timer(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    """At `due` the engine wants to be told; `kind` says why, `visit` for which visit to a step."""

    due: int
    kind: str
    visit: int


class Question(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A question that stands open until `until`; `visit` is the visit whose message asked it.

    `others` counts the answers that said something else; `asked_at` is when it was sent off.
    """

    step: str
    visit: int
    until: int
    channel: str
    others: int = 0
    asked_at: int = 0


class Enrolment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The state of an enrolment.

    `visit` counts entries into steps and names each uniquely; `phase` says what the present step
    waits for; `since` is when it began to wait; `channel` is
    where the conversation is being held. `places`: by step, how far a timeline has come (names of the
    items gone by) or a repeat (the moments of its runs, only the last few). `told`: steps whose message
    the person has had under another number, before two customers became one, with the channel.
    """

    status: str = WAITING
    step: str = ""
    visit: int = 0
    phase: str = ""
    since: int = 0
    timers: tuple[Timer, ...] = ()
    question: Question | None = None
    variables: dict[str, Any] = {}
    object: str = ""
    outcome: str = ""
    channel: str = ""
    places: dict[str, list[Any]] = {}
    told: dict[str, str] = {}

    @property
    def due(self) -> int | None:
        """The earliest moment at which this enrolment wants to be told the time."""
        timers = self.timers
        if len(timers) > 1:
            return min([timer.due for timer in timers])
        return timers[0].due if timers else None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more can happen here."""
        return self.status != WAITING
