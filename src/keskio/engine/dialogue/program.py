"""A dialogue as the engine runs it: immutable, compiled from its document by `definition`.

Every outcome that a step can have leads to a target: a step's key, END, or BACK (to the question
that is still open; nothing is sent again).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from keskio.engine.conditions import NOTHING, Condition, Needs
from keskio.engine.times import Span

END = "end"
BACK = "back"
Texts: TypeAlias = Mapping[str, str]


class Moment(msgspec.Struct, frozen=True):
    """A moment said in words: exactly one way of the following.

    `after` a span (with `at` or `weekday`: the first such moment not before that); `until` a fixed
    moment or "$variable"; `working_days` days ahead at `at`.
    """

    after: Span = Span()
    at: int | None = None
    weekday: int | None = None
    working_days: int | None = None
    until: object = None


class Matcher(msgspec.Struct, frozen=True):
    """Which events are meant: a name with a condition, or a reply that says something.

    `looks_further`: the condition asks for more than the event's own properties.
    """

    event: str
    where: Condition | None = None
    words: Mapping[str, str] | None = None
    channel: str = ""
    looks_further: bool = False


class Message(msgspec.Struct, frozen=True):
    """What a step sends: the texts in each language, and the rules that it is sent under.

    `channels`: the first in which this customer can and may be reached; but a conversation stays in
    the channel in which it is being held.
    """

    channels: tuple[str, ...]
    texts: Texts
    subject: Texts = {}
    purpose: str = "marketing"
    pressure: str = "marketing"
    respects_quiet: bool = True
    valid: Moment | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step; `outcomes` maps each named outcome to its target."""

    key: str
    kind: str
    outcomes: Mapping[str, str] = {}
    title: Texts = {}


class Send(Step, frozen=True, kw_only=True):
    """A message. Outcomes: sent, delivered, bounced, failed, held.*, dropped.*."""

    message: Message


class Ask(Step, frozen=True, kw_only=True):
    """A message that expects an answer until a deadline. Outcomes: each choice, other, none.

    After `patience` other answers nothing more is said: two machines must not talk for ever.
    """

    message: Message
    words: Mapping[str, str]
    choices: Mapping[str, Texts]
    deadline: Moment
    patience: int = 3


class Wait(Step, frozen=True, kw_only=True):
    """Waits for time or events, whichever comes first. Outcomes: each event's name, timeout."""

    deadline: Moment | None
    events: Mapping[str, Matcher]


class Branch(Step, frozen=True, kw_only=True):
    """Goes by the first condition that holds. Outcomes: each branch's name, else."""

    branches: tuple[tuple[str, Condition], ...]


class Offer(Step, frozen=True, kw_only=True):
    """Reserves a code or an offer for this customer. Outcomes: given, sold_out, refused."""

    offer: str
    keep_as: str


class Task(Step, frozen=True, kw_only=True):
    """Work for a person or a queue until a deadline. Outcomes: done, declined, overdue, own results."""

    text: Texts
    queue: str
    due: Moment


class Update(Step, frozen=True, kw_only=True):
    """Sets traits of the customer. Outcome: done."""

    traits: Mapping[str, Any]


class Finish(Step, frozen=True, kw_only=True):
    """Ends the enrolment under a name."""

    outcome: str


class Trigger(msgspec.Struct, frozen=True):
    """What brings a customer in: one of event, keyword, audience at a time, by hand.

    `keep` names the properties of the event that texts may use later.
    """

    kind: Literal["event", "keyword", "audience", "hand"]
    matcher: Matcher | None = None
    at: Moment | None = None
    who: Condition | None = None
    words: Mapping[str, str] = {}
    channel: str = ""
    keep: tuple[str, ...] = ()


class Reentry(msgspec.Struct, frozen=True):
    """When somebody who has been in may come again."""

    kind: Literal["never", "after_end", "after", "always"] = "never"
    span: Span = Span()


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled dialogue. `first` is the step where people begin; `order` is the file's order.

    `names` are those of the customer's own events that it may act upon (see `names_of`).
    """

    key: str
    version: int = 0
    title: Texts
    purpose: str
    pressure: str
    zone: str
    languages: tuple[str, ...]
    variables: Mapping[str, Any]
    trigger: Trigger
    object_property: str = ""
    eligible: Condition
    reentry: Reentry
    goal: Matcher | None = None
    exits: tuple[Matcher, ...] = ()
    ends: Moment | None = None
    priority: int = 50
    steps: Mapping[str, Step]
    first: str
    order: tuple[str, ...]
    needs: Needs = NOTHING
    names: frozenset[str] = frozenset()

    @property
    def channels(self) -> frozenset[str]:
        """The channels in which this dialogue speaks."""
        messages = [message for message in map(message_of, self.steps.values()) if message]
        return frozenset(channel for message in messages for channel in message.channels)


def message_of(step: Step) -> Message | None:
    """Return the message that `step` sends, or None."""
    return step.message if isinstance(step, (Send, Ask)) else None


def target_of(step: Step, outcome: str) -> str:
    """Return where `outcome` leads: the exact name, else its family ("dropped" for "dropped.x"), else END."""
    target = step.outcomes.get(outcome)
    if target is None and "." in outcome:
        target = step.outcomes.get(outcome.split(".", 1)[0])
    return END if target is None else target


def names_of(matchers: Iterable[Matcher | None], steps: Mapping[str, Step]) -> frozenset[str]:
    """Return the names of the events that `matchers` and the waits among `steps` look for."""
    found = [matcher for matcher in matchers if matcher]
    for step in steps.values():
        if isinstance(step, Wait):
            found += step.events.values()
    return frozenset(m.event for m in found)


Renderer: TypeAlias = Callable[[str, Mapping[str, Any]], str]
