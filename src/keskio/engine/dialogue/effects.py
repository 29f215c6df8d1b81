"""What the engine wants done. Data only: the host does it, or answers why not."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue.program import Message


class SendMessage(msgspec.Struct, frozen=True, gc=False):
    """Put this message before the gate; answer with `Judged`. `channels`: in the order of liking."""

    step: str
    visit: int
    message: Message
    channels: tuple[str, ...]
    valid_until: int | None
    variables: dict[str, Any] = {}
    expects_reply: bool = False


class Reserve(msgspec.Struct, frozen=True, gc=False):
    """Reserve from the stock `offer`; answer with `Reserved`."""

    step: str
    visit: int
    offer: str


class SetTimer(msgspec.Struct, frozen=True, gc=False):
    """Tell the enrolment when it is `due`."""

    due: int
    kind: str
    visit: int


class GiveTask(msgspec.Struct, frozen=True, gc=False):
    """Give a person work until `due`; answer with `Answered`."""

    step: str
    visit: int
    title: dict[str, str]
    queue: str
    due: int


class SetTraits(msgspec.Struct, frozen=True, gc=False):
    """Set traits of the customer."""

    step: str
    traits: dict[str, Any]


class CancelMessages(msgspec.Struct, frozen=True, gc=False):
    """Take back every message of this enrolment that has not been handed over."""

    reason: str


class End(msgspec.Struct, frozen=True, gc=False):
    """The enrolment is over: ended by an outcome, exited by a reason, or in error."""

    status: str
    outcome: str


Effect: TypeAlias = SendMessage | Reserve | SetTimer | GiveTask | SetTraits | CancelMessages | End
