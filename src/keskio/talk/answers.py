"""The latest answers from customers, for the home page: a look at the end of the log, not a search."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from keskio.engine.dialogue.check_world import purposes_of
from keskio.engine.dialogue.routing import RECEIVED
from keskio.events.api import events_after, last_position
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import people_of
from keskio.know.contracts import Person
from keskio.talk.drawing import channel_name
from keskio.talk.shelf import programs_of

LOOKED_AT = 800
HEALTH = "health"
INSIDE = "SELECT DISTINCT customer_id, version_id FROM talk_enrolment WHERE {customers}"


class Answer(msgspec.Struct, frozen=True):
    """What one customer said."""

    customer: int
    person: Person | None
    at: Micros
    channel: str
    text: str
    is_hidden: bool = False


class _Said(msgspec.Struct, frozen=True):
    channel: str = ""
    text: str = ""


class _Body(msgspec.Struct, frozen=True):
    properties: _Said = _Said()


_read = msgspec.json.Decoder(_Body).decode


def latest_answers(limit: int, *, may_see_health: bool = True) -> list[Answer]:
    """Return up to `limit` answers among the last events of the log, newest first.

    Without `may_see_health`, what somebody says who is in a dialogue about health is left out.
    """
    events = events_after(max(0, last_position() - LOOKED_AT), LOOKED_AT)
    received = [event for event in reversed(events) if event.name == RECEIVED][:limit]
    people = people_of([event.customer for event in received])
    patients = set() if may_see_health else _in_health_dialogues(people)
    return [
        Answer(
            event.customer,
            people.get(event.customer),
            event.at,
            channel_name(said.channel),
            "" if event.customer in patients else said.text,
            event.customer in patients,
        )
        for event in received
        for said in [_read(event.body).properties]
    ]


def _in_health_dialogues(customers: Collection[int]) -> set[int]:
    """Return those of `customers` who are, or have been, in a dialogue about health."""
    if not customers:
        return set()
    rows = fetch(INSIDE.format(customers=any_of("customer_id")), (listed(customers),))
    programs = programs_of({version for _, version in rows})
    return {
        customer
        for customer, version in rows
        if version in programs and HEALTH in purposes_of(programs[version])
    }
