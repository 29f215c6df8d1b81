"""The latest answers from customers, for the home page: a look at the end of the log, not a search."""

from __future__ import annotations

import msgspec

from keskio.engine.dialogue.routing import RECEIVED
from keskio.events.api import events_after, last_position
from keskio.kernel.clock import Micros
from keskio.know.api import people_of
from keskio.know.contracts import Person
from keskio.talk.confiding import patients_among
from keskio.talk.drawing import channel_name

LOOKED_AT = 800


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
    patients = set() if may_see_health else patients_among(people)
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
