"""A dialogue as the engine runs it: immutable, compiled from its document by `definition`.

Every outcome that a step can have leads to a target: a step's key, END, or BACK (to the question
that is still open; nothing is sent again).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from keskio.engine.conditions import NOTHING, Condition, Needs
from keskio.engine.dialogue.catalogue import Catalogue
from keskio.engine.times import Span

END = "end"
SURVEY_ANSWERED = "survey.answered"
BACK = "back"
Texts: TypeAlias = Mapping[str, str]


class Moment(msgspec.Struct, frozen=True):
    """A moment said in words: exactly one way of the following.

    `after` a span (with `at` or `weekday`: the first such moment not before that); `until` a fixed
    moment or "$variable"; `working_days` days ahead at `at`; `working_hours` of work ahead; `of` a date
    of the customer's ("customer.TRAIT"), of the enrolment's object ("object.FIELD") or a "$variable",
    `after` it or `before` it, at `at` o'clock of that day.

    `at` is a minute of the day, or where the customer's own hour stands ("customer.TRAIT",
    "$variable"). `workday`: a day that is not worked becomes the next or the previous one that is.
    """

    after: Span = Span()
    at: int | str | None = None
    weekday: int | None = None
    working_days: int | None = None
    until: object = None
    of: str = ""
    before: Span = Span()
    workday: Literal["", "next", "previous"] = ""
    working_hours: float | None = None


class Matcher(msgspec.Struct, frozen=True):
    """Which events are meant: a name with a condition, or a reply that says something.

    `looks_further`: the condition asks for more than the event's own properties. `when`: no event is
    meant but a state of things, which holds or does not whatever has happened; `wakes` are then the
    events that can change it.
    """

    event: str
    where: Condition | None = None
    words: Mapping[str, str] | None = None
    channel: str = ""
    looks_further: bool = False
    when: Condition | None = None
    wakes: frozenset[str] = frozenset()


class Message(msgspec.Struct, frozen=True):
    """What a step sends: the texts in each language, and the rules that it is sent under.

    `channels`: the first in which this customer can and may be reached; but a conversation stays in
    the channel in which it is being held. `prefers`: the customer's `preferred_channel` comes first.
    """

    channels: tuple[str, ...]
    texts: Texts
    subject: Texts = {}
    purpose: str = "marketing"
    pressure: str = "marketing"
    respects_quiet: bool = True
    valid: Moment | None = None
    prefers: bool = False


class Expected(msgspec.Struct, frozen=True):
    """An answer of a kind that is read out of the text: kept in the variable `keep_as`.

    `count`: how many numbers a reading has ("142/88" has two). The bounds are for each number.
    """

    kind: Literal["number", "date", "time", "text", "readings"]
    keep_as: str
    count: int = 1
    least: float | None = None
    most: float | None = None


class Promise(msgspec.Struct, frozen=True):
    """What a step promises to the customer, and by when; without `due` it is the task's own.

    It is kept when one of the tasks `steps` of this dialogue is done (none named: any of them), or when one
    of the `events` happens to the customer. `share`: after which part of its time it is reminded of.
    """

    text: Texts
    due: Moment | None = None
    team: str = ""
    owner: str = ""
    steps: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    share: float = 0.75


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step; `outcomes` maps each named outcome to its target."""

    key: str
    kind: str
    outcomes: Mapping[str, str] = {}
    title: Texts = {}


class Send(Step, frozen=True, kw_only=True):
    """A message. Outcomes: sent, delivered, bounced, failed, held.*, dropped.*.

    What it promises is promised once it has left.
    """

    message: Message
    promise: Promise | None = None


class Ask(Step, frozen=True, kw_only=True):
    """A message that expects an answer until a deadline. Outcomes: each choice, answer, other, none.

    After `patience` other answers nothing more is said: two machines must not talk for ever.
    `expects`: beside the choices, an answer whose value is read (outcome answer).
    """

    message: Message
    words: Mapping[str, str]
    choices: Mapping[str, Texts]
    deadline: Moment
    patience: int = 3
    expects: Expected | None = None


class Survey(Ask, frozen=True, kw_only=True):
    """An invitation to answer a survey, by its link or in a reply. It reminds once.

    Outcomes: answered and partial (each with the group of the score behind a dot), timeout, other;
    bounced, failed, held.* and dropped.*. `scale` (nps, csat, ces) says which numbers a reply may be;
    `then`: the question for a comment that follows a score given by text message.
    """

    survey: str
    scale: str
    keep_as: str
    reminder: Texts = {}
    remind_after: Span | None = None
    then: Texts = {}


class Wait(Step, frozen=True, kw_only=True):
    """Waits for time or events, whichever comes first. Outcomes: each event's name, timeout."""

    deadline: Moment | None
    events: Mapping[str, Matcher]


class Branch(Step, frozen=True, kw_only=True):
    """Goes by the first condition that holds. Outcomes: each branch's name, else."""

    branches: tuple[tuple[str, Condition], ...]


class Split(Step, frozen=True, kw_only=True):
    """Sends shares of the customers different ways, each for ever the same. Outcomes: each arm.

    `arms` are weights; `experiment` is what the hash is of, so that two steps can share one.
    """

    arms: Mapping[str, float]
    experiment: str


class Item(msgspec.Struct, frozen=True):
    """One item of a timeline: when it is due; how long it is then still worth doing; for whom."""

    name: str
    moment: Moment
    window: Span = Span(days=1)
    when: Condition | None = None


class Timeline(Step, frozen=True, kw_only=True):
    """Many things anchored to one date, in the order of their moments. Outcomes: each item's, done.

    What an item leads to comes back here. `of` is the anchor, as in `Moment`; each item's moment
    has it already.
    """

    of: str
    items: tuple[Item, ...]


class Repeat(Step, frozen=True, kw_only=True):
    """A rhythm at the customer's hour. Outcomes: run (which comes back here), ended.

    `next` is when the next run is, counted as `moments.next_run` does: never twice at one moment, and
    what a standstill missed is not made up for. It ends after `times` runs, at `until`, or when `going_on`
    no longer holds as a run is due.
    """

    next: Moment
    times: int | None = None
    until: Moment | None = None
    going_on: Condition | None = None


class Call(Step, frozen=True, kw_only=True):
    """A signed call of another system. Outcomes: ok, refused, failed.

    `connection` names where; `body` holds templates; the answer is waited for at most `limit` and
    kept in the variable `keep_as`.
    """

    connection: str
    body: Mapping[str, Any]
    limit: Span
    keep_as: str = ""


class Start(Step, frozen=True, kw_only=True):
    """Brings the customer into another dialogue. Outcomes: started, refused."""

    dialogue: str
    properties: Mapping[str, Any] = {}


class Stop(Step, frozen=True, kw_only=True):
    """Takes the customer out of another dialogue. Outcomes: stopped, refused."""

    dialogue: str


class Offer(Step, frozen=True, kw_only=True):
    """Reserves a code or an offer for this customer. Outcomes: given, sold_out, refused."""

    offer: str
    keep_as: str


class Task(Step, frozen=True, kw_only=True):
    """Work for a person or a queue until a deadline. Outcomes: done, declined, overdue, own results.

    `owner`: where the name of the person stands, "customer.TRAIT" or "$variable". `skill`: what whoever
    does it must be able to: a word, or where it stands, as `owner`.
    """

    text: Texts
    queue: str
    due: Moment
    owner: str = ""
    skill: str = ""
    promise: Promise | None = None


def stands_somewhere(place: str) -> bool:
    """Tell whether `place` says where a value stands ("customer.TRAIT", "$variable"), or is it itself."""
    return place.startswith(("customer.", "object.", "$"))


class Update(Step, frozen=True, kw_only=True):
    """Sets traits of the customer, and adds to or removes from traits that are lists. Outcome: done.

    A value "$variable" is the variable's.
    """

    traits: Mapping[str, Any]
    add: Mapping[str, Any] = {}
    remove: Mapping[str, Any] = {}


class Finish(Step, frozen=True, kw_only=True):
    """Ends the enrolment under a name."""

    outcome: str


class Count(msgspec.Struct, frozen=True):
    """The event is at least the `at_least`-th in `span`.

    `distinct`: different values of this property are counted. `same`: only events whose value of
    this property is that of the one at hand.
    """

    at_least: int
    span: Span
    distinct: str = ""
    same: str = ""


class Spread(msgspec.Struct, frozen=True):
    """An audience comes in little by little: over a length of time, or so many an hour."""

    over: Span = Span()
    per_hour: int | None = None


class Trigger(msgspec.Struct, frozen=True):
    """What brings a customer in: one of event, keyword, audience at a time, a date, by hand.

    `keep` names the properties of the event that texts may use later. An audience at a time may come
    again by `rrule` (RFC 5545). A date is the moment `at`, which is `of` something; `yearly`: each
    year on that day. Whom an event of a `catalogue` concerns is invited by hand, as it were.
    """

    kind: Literal["event", "keyword", "audience", "date", "hand"]
    matcher: Matcher | None = None
    at: Moment | None = None
    who: Condition | None = None
    words: Mapping[str, str] = {}
    channel: str = ""
    keep: tuple[str, ...] = ()
    count: Count | None = None
    rrule: str = ""
    spread: Spread | None = None
    yearly: bool = False
    catalogue: Catalogue | None = None


class Worth(msgspec.Struct, frozen=True):
    """What it is worth to say this: euros when it succeeds, and how probable that is (0 to 1).

    Each is a number, or the name of the trait that holds it.
    """

    value: float | str = 1.0
    probability: float | str = 0.5


class Reentry(msgspec.Struct, frozen=True):
    """When somebody who has been in may come again."""

    kind: Literal["never", "after_end", "after", "always"] = "never"
    span: Span = Span()


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled dialogue. `first` is the step where people begin; `order` is the file's order.

    `names` are those of the customer's own events that it may act upon (see `names_of`). `leaves`
    are the states of things that end it; `control` is the share (0 to 1) held out; `goal_value` names
    the property of the goal that says what it was worth. `known` keeps what has been worked out of the
    steps (which message comes after an outcome): it is no part of what the program says.
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
    object_kind: str = ""
    leaves: tuple[Matcher, ...] = ()
    control: float = 0.0
    goal_value: str = ""
    goal_within: Span | None = None
    goal_ends: bool = True
    worth: Worth = Worth()
    known: dict[tuple[str, str], str] = {}

    @property
    def channels(self) -> frozenset[str]:
        """The channels in which this dialogue speaks."""
        messages = [message for message in map(message_of, self.steps.values()) if message]
        return frozenset(channel for message in messages for channel in message.channels)


def message_of(step: Step) -> Message | None:
    """Return the message that `step` sends, or None."""
    return step.message if isinstance(step, (Send, Ask)) else None


Renderer: TypeAlias = Callable[[str, Mapping[str, Any]], str]
