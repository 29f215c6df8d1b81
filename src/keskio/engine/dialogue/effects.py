"""What the engine wants done. Data only: the host does it, or answers why not."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue.program import Message


class SendMessage(msgspec.Struct, frozen=True, gc=False):
    """Put this message before the gate; answer with `Judged`. `channels`: in the order of liking.

    `lacks`: where the date stands that says until when it makes sense, if that is not known: whether it
    still does cannot be told, so it is not to go.
    """

    step: str
    visit: int
    message: Message
    channels: tuple[str, ...]
    valid_until: int | None
    variables: dict[str, Any] = {}
    expects_reply: bool = False
    lacks: str = ""


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
    owner: str = ""
    skill: str = ""


class SetTraits(msgspec.Struct, frozen=True, gc=False):
    """Set traits of the customer."""

    step: str
    traits: dict[str, Any]


class Record(msgspec.Struct, frozen=True, gc=False):
    """Tell the log that something came about here: an answer understood, an arm drawn."""

    step: str
    name: str
    properties: dict[str, Any]


class CallOut(msgspec.Struct, frozen=True, gc=False):
    """Call another system and answer with `Called`; after `limit` the answer is no longer awaited."""

    step: str
    visit: int
    connection: str
    body: dict[str, Any]
    variables: dict[str, Any]
    limit: int


class StartDialogue(msgspec.Struct, frozen=True, gc=False):
    """Bring the customer into `dialogue`; answer with `Started`."""

    step: str
    visit: int
    dialogue: str
    properties: dict[str, Any] = {}


class StopDialogue(msgspec.Struct, frozen=True, gc=False):
    """Take the customer out of `dialogue`; answer with `Started`."""

    step: str
    visit: int
    dialogue: str


class AskSurvey(msgspec.Struct, frozen=True, gc=False):
    """May this customer be asked this survey now? Answer with `Admitted`. `pressure`: the message's class."""

    step: str
    visit: int
    survey: str
    pressure: str = "survey"


class CancelMessages(msgspec.Struct, frozen=True, gc=False):
    """Take back every message of this enrolment that has not been handed over."""

    reason: str


class End(msgspec.Struct, frozen=True, gc=False):
    """The enrolment is over: ended by an outcome, exited by a reason, or in error."""

    status: str
    outcome: str


Effect: TypeAlias = (
    SendMessage
    | Reserve
    | SetTimer
    | GiveTask
    | SetTraits
    | Record
    | CallOut
    | StartDialogue
    | StopDialogue
    | AskSurvey
    | CancelMessages
    | End
)
# What the host answers at once.
Proposal: TypeAlias = SendMessage | Reserve | StartDialogue | StopDialogue | AskSurvey
