"""What a definition would say of a few customers, computed plainly from the log; nothing is written."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.events.api import events_named, events_of, last_position
from keskio.kernel.clock import Micros
from keskio.know.computed.folding import Nothing, State, add, contribution, value_of
from keskio.know.computed.keeping import told_in
from keskio.know.computed.recipes import Recipe
from keskio.know.contracts import Person
from keskio.know.queries import people_of, records_of

LOOKED_AT = 20_000  # places from the end of the log among which samples are looked for
MOST_EVENTS = 5000


class Sample(msgspec.Struct, frozen=True):
    """A customer with the value that the definition gives, and how many of the events count."""

    person: Person
    value: Any
    events: int


def samples_of(recipe: Recipe, now: Micros, *, limit: int = 8) -> list[Sample]:
    """Return the values of customers who did the event lately."""
    after = max(0, last_position() - LOOKED_AT)
    found, _ = events_named([recipe.event], after=after, limit=2000)
    customers = list(dict.fromkeys(event.customer for event in reversed(found) if event.customer))
    people = people_of(customers[: limit * 2])
    chosen = list({person.id: person for person in people.values()}.values())[:limit]
    return [_sample(recipe, person, now) for person in chosen]


def _sample(recipe: Recipe, person: Person, now: Micros) -> Sample:
    state: State = {}
    count = 0
    for event in events_of(list(records_of([person.id])), limit=MOST_EVENTS):
        is_in = not recipe.window or now - recipe.window < event.at <= now
        if event.name != recipe.event or not is_in:
            continue
        value = contribution(recipe, told_in(event))
        if value is not Nothing:
            add(recipe.compute, state, event.at, event.id, value)
            count += 1
    return Sample(person, value_of(recipe.compute, state), count)
