"""What can come to an enrolment. Each says when it happened (`at`), which is not when it is taken."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

# The visit of a reply that answers a message of another conversation: one that is over, or a person's.
ELSEWHERE = 0


class Entered(msgspec.Struct, frozen=True, gc=False):
    """The customer comes in; `properties` are those of the event that brought them.

    `channel` is the one in which the customer has just spoken, where that is what began it.
    """

    at: int
    properties: dict[str, Any] = {}
    object: str = ""
    channel: str = ""


class Happened(msgspec.Struct, frozen=True, gc=False):
    """An event of the customer: somebody bought, looked, moved."""

    at: int
    name: str
    properties: dict[str, Any] = {}


class Replied(msgspec.Struct, frozen=True, gc=False):
    """The customer wrote to us in `channel`. `visit`: the message answered, where the channel says so."""

    at: int
    channel: str
    text: str
    visit: int | None = None


class Unclear(msgspec.Struct, frozen=True, gc=False):
    """The customer wrote what several open questions understand; a person decides which was meant.

    `others` counts the other questions.
    """

    at: int
    others: int


class Due(msgspec.Struct, frozen=True, gc=False):
    """A timer's moment has come."""

    at: int
    kind: str
    visit: int


class Judged(msgspec.Struct, frozen=True, gc=False):
    """The gate's answer to a proposed message: send in `channel`, hold until `until`, or drop."""

    at: int
    visit: int
    verdict: str
    reason: str = ""
    until: int = 0
    channel: str = ""


class Reserved(msgspec.Struct, frozen=True, gc=False):
    """The stock's answer to a reservation: given, sold_out or refused."""

    at: int
    visit: int
    outcome: str
    value: Any = None


class Reported(msgspec.Struct, frozen=True, gc=False):
    """What became of a message: sent, delivered, bounced, failed, unknown, withdrawn."""

    at: int
    visit: int
    state: str
    reason: str = ""


class Answered(msgspec.Struct, frozen=True, gc=False):
    """A person's answer to a task: done, declined, or a result of the task's own."""

    at: int
    visit: int
    result: str


class Withdrawn(msgspec.Struct, frozen=True, gc=False):
    """The enrolment must end at once: permission gone, object dead, or a person's decision."""

    at: int
    reason: str


class Called(msgspec.Struct, frozen=True, gc=False):
    """What a call of another system came to: ok, refused, failed; and what it answered."""

    at: int
    visit: int
    outcome: str
    value: Any = None


class Started(msgspec.Struct, frozen=True, gc=False):
    """What came of bringing the customer into another dialogue, or out: started, stopped, refused."""

    at: int
    visit: int
    outcome: str


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """Whether the customer may be asked a survey of `level`: no `reason`, or why not and until when."""

    at: int
    visit: int
    reason: str = ""
    until: int = 0
    level: str = ""


Signal: TypeAlias = (
    Entered
    | Happened
    | Replied
    | Unclear
    | Due
    | Judged
    | Reserved
    | Reported
    | Answered
    | Withdrawn
    | Called
    | Started
    | Admitted
)
