"""What conditions ask about customers, read for many at once: no more than they need.

The room's own tables give traits and consents, the log gives events, the wing of objects what
customers have. Segments stand above, and say themselves how theirs is read (`read_by`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

import msgspec

from keskio.engine.conditions import NOTHING, Happening, Needs, Subject
from keskio.engine.dialogue.facts import Facts
from keskio.events.api import named_events_of
from keskio.kernel.clock import Micros, now_micros
from keskio.know.objects.queries import objects_of
from keskio.know.queries import facts_of as known_of
from keskio.know.queries import now_ids, records_of

Reader: TypeAlias = Callable[[Collection[int], Collection[str]], dict[int, Any]]
_READERS: dict[str, Reader] = {}


class _Body(msgspec.Struct, gc=False):
    """What conditions see of an event's body."""

    properties: dict[str, Any] = {}


_read_body = msgspec.json.Decoder(_Body).decode


def read_by(what: str, reader: Reader) -> None:
    """From now on `reader(customers, names)` reads "segments" or "stages". Called when Django starts."""
    _READERS[what] = reader


def facts_of(
    customers: Collection[int],
    wanted: Needs | Collection[str] | None = None,
    *,
    now: Micros | None = None,
) -> dict[int, Facts]:
    """Return what is known of each of `customers`, by the id that was asked for.

    `wanted`: what conditions need, or names of traits; all traits, and no more, by default. One query;
    one more for each of segments, stages, objects and events that is needed, and one if somebody has
    been merged. `now`: from when the reach of events is counted back. Ids that do not exist are left
    out. What is returned is not to be changed.
    """
    if not isinstance(wanted, Needs):
        return known_of(customers, wanted)
    known = known_of(customers, wanted.traits)
    if not wanted.looks_further:
        return known
    further = _Further(known, wanted, now_micros() if now is None else now)
    return {customer: further.added(customer, facts) for customer, facts in known.items()}


def subjects_of(
    customers: Collection[int], needs: Needs = NOTHING, *, now: Micros
) -> dict[int, Subject]:
    """Return what conditions with these needs may look at of each of `customers` at `now`."""
    return {
        customer: facts.subject(now)
        for customer, facts in facts_of(customers, needs, now=now).items()
    }


class _Further:
    """What is asked of the customers besides traits and consents."""

    def __init__(self, customers: Collection[int], needs: Needs, now: Micros) -> None:
        self.now_ids = now_ids(customers)
        people = set(self.now_ids.values())
        self.segments = _READERS["segments"](people, needs.segments) if needs.segments else {}
        self.stages = _READERS["stages"](people, needs.stages) if needs.stages else {}
        self.objects = objects_of(people, needs.objects) if needs.objects else {}
        self.events = _events_of(people, needs.events, now) if needs.events else {}

    def added(self, customer: int, facts: Facts) -> Facts:
        """Return `facts` with all that."""
        one = self.now_ids.get(customer, customer)
        return msgspec.structs.replace(
            facts,
            segments=self.segments.get(one, {}),
            stages=self.stages.get(one, {}),
            objects=self.objects.get(one, {}),
            events=self.events.get(one, {}),
        )


def _events_of(
    people: Collection[int], reach: Mapping[str, int | None], now: Micros
) -> dict[int, dict[str, list[Happening]]]:
    records = records_of(people)
    lengths = list(reach.values())
    since = None if None in lengths else now - max(length for length in lengths if length)
    found: dict[int, dict[str, list[Happening]]] = {}
    for event in named_events_of(records, reach, since=since):
        theirs = found.setdefault(records.get(event.record, records[event.customer]), {})
        happening = Happening(event.at, _read_body(event.body).properties)
        theirs.setdefault(event.name, []).append(happening)
    return found
