"""What a dialogue says of events of a catalogue: which it hears, and which customers they concern.

Such an event is about a thing (a new product, a match that has come to its third period), not about
a customer. Whoever it concerns is invited to the dialogue:

    trigger:
      keep: [name, url, matched]
      catalogue:
        event: Product Added
        where: {property: in_stock, is: true}
        tags: tags                      # the property with the thing's tags
        interests: [interests, genres]  # the traits with a customer's interests
        following: {event: Match Followed, left: Match Left, its: match, in: 15 minutes}
        who: {consent: marketing, channel: email}
        at_least: 1                     # so many interests must be met
        gather: 1 hour                  # things that come within that time compete
        rest: 7 days                    # whoever has been in within that time is passed over

Either `interests` or `following` is there: followers are those of whom the event `following.event`
has lately come with the same value of the property `its` as the thing's, and not `left` after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keskio.engine.conditions import (
    NOTHING,
    OF_CUSTOMERS,
    OF_ONE_THING,
    Condition,
    Needs,
    Subject,
    compile_condition,
    needs_of,
    read_condition,
)
from keskio.engine.times import HOUR, MINUTE, parse_span

_DAY = 24 * HOUR
_FIELDS = frozenset(
    {"event", "where", "tags", "interests", "following", "who", "at_least", "gather", "rest"}
)
_FOLLOWING = frozenset({"event", "left", "its", "in"})


class Following(msgspec.Struct, frozen=True):
    """Who follows a thing now: the events that say so and that it is over, and for how long they count."""

    event: str
    its: str
    left: str = ""
    window: int = 15 * MINUTE


class Catalogue(msgspec.Struct, frozen=True):
    """Which events of a catalogue a dialogue hears, and whom they concern. Lengths in microseconds."""

    event: str
    where: Condition | None = None
    tags: str = "tags"
    interests: tuple[str, ...] = ()
    following: Following | None = None
    who: Condition | None = None
    needs: Needs = NOTHING
    at_least: int = 1
    gather: int = 0
    rest: int = 0

    def hears(self, name: str, properties: Mapping[str, Any]) -> bool:
        """Tell whether an event of a source is one of those meant."""
        if name != self.event:
            return False
        return self.where is None or self.where(Subject(properties=properties))


def read_catalogue(told: object, *, zone: str = "Europe/Helsinki") -> Catalogue:
    """Return what `trigger.catalogue` says. Raises ValueError."""
    if not isinstance(told, Mapping) or not isinstance(told.get("event"), str):
        raise ValueError("trigger catalogue needs event: the name of an event of a source")
    if strange := set(told) - _FIELDS:
        raise ValueError(f"trigger catalogue has no field {', '.join(sorted(map(str, strange)))}")
    if ("interests" in told) == ("following" in told):
        raise ValueError("trigger catalogue needs either interests or following")
    names = told.get("interests", ())
    who = told.get("who")
    form = None if who is None else read_condition(who, words=OF_CUSTOMERS)
    needs = NOTHING if form is None else needs_of(form)
    interests = (names,) if isinstance(names, str) else tuple(map(str, names))
    return Catalogue(
        event=told["event"],
        where=_where(told.get("where"), zone),
        tags=str(told.get("tags", "tags")),
        interests=interests,
        following=_following(told["following"]) if "following" in told else None,
        who=None if form is None else compile_condition(form, zone=zone),
        needs=needs | Needs(traits=frozenset(interests)),
        at_least=int(told.get("at_least", 1)),
        gather=_length(told.get("gather", "0 minutes")),
        rest=_length(told.get("rest", "0 minutes")),
    )


def _where(told: object, zone: str) -> Condition | None:
    if told is None:
        return None
    form = read_condition(told, words=OF_ONE_THING)
    return compile_condition(form, zone=zone)


def _following(told: object) -> Following:
    if not isinstance(told, Mapping) or not {"event", "its"} <= set(told) <= _FOLLOWING:
        raise ValueError(
            "trigger catalogue following needs event and its, and may have left and in"
        )
    window = _length(told.get("in", "15 minutes"))
    return Following(str(told["event"]), str(told["its"]), str(told.get("left", "")), window)


def _length(told: object) -> int:
    span = parse_span(str(told))
    if span.months:
        raise ValueError("lengths here are of weeks, days, hours and minutes")
    return span.days * _DAY + span.micros
