"""Fans one event of a catalogue out to all the customers it concerns: in bulk, in slices, resumable.

A new product may concern 200,000 customers. What is heard is gathered as the dialogue says (see
`engine.dialogue.catalogue`), then the customers are gone through a slice a turn; each is invited to the
one thing that meets her interests best, unless she has been in the dialogue lately. The invitations
are events like any others, so the runner, the gate and all rules of contact come after this. A crash
between slices loses nothing and invites nobody twice: the slice's place and its invitations are one
commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.engine.dialogue.catalogue import Catalogue, Following
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.routing import INVITED
from keskio.engine.interests import Match, Things, interests_of
from keskio.events.api import append_events, cursor_of, events_named, move_cursor, place_at
from keskio.events.contracts import LoggedEvent, NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run
from keskio.know.api import all_customer_ids, facts_of, people_of
from keskio.talk.programs import Programs
from keskio.talk.store import text_of

CURSOR = "talk.catalogue"
SLICE = 5000
BATCH = 500
LOOKED_THROUGH = 200_000  # places of the log that a turn looks at
MOST_FOLLOWERS = 500_000
SINCE = "SELECT dialogue_id, min(published_at) FROM talk_version GROUP BY dialogue_id"
GATHERING = """
    SELECT id, things FROM talk_fanout
    WHERE dialogue_id = %s AND ended_at IS NULL AND reached = 0 AND starts_at > %s
    ORDER BY id LIMIT 1
"""
ADD = """
    INSERT INTO talk_fanout (dialogue_id, things, starts_at, reached, invited)
    VALUES (%s, %s, %s, 0, 0)
"""
GATHER = "UPDATE talk_fanout SET things = %s WHERE id = %s"
READY = """
    SELECT id, dialogue_id, things, starts_at, reached FROM talk_fanout
    WHERE ended_at IS NULL AND starts_at <= %s ORDER BY starts_at, id LIMIT 1
"""
FORWARD = """
    UPDATE talk_fanout SET reached = %s, invited = invited + %s WHERE id = %s AND reached = %s
"""
END = "UPDATE talk_fanout SET ended_at = %s WHERE id = %s AND ended_at IS NULL"
RESTING = """
    SELECT customer_id FROM talk_enrolment
    WHERE dialogue_id = %s AND entered_at > %s AND {customers}
"""


class Thing(msgspec.Struct, frozen=True):
    """One thing that was heard of: its event's place and time, and what the event said of it."""

    event: int
    at: Micros
    properties: dict[str, Any]


class _Body(msgspec.Struct, gc=False):
    properties: dict[str, Any] = {}


class _Hearing(msgspec.Struct, frozen=True):
    """A live dialogue that hears events of a catalogue."""

    dialogue: int
    key: str
    number: int
    since: Micros
    catalogue: Catalogue


class _Ready(msgspec.Struct, frozen=True):
    """A fan-out whose time has come, and the customer it has come to."""

    id: int
    hearing: _Hearing
    things: list[Thing]
    starts_at: Micros
    reached: int


_read_body = msgspec.json.Decoder(_Body).decode
_read_things = msgspec.json.Decoder(list[Thing]).decode


class FanOuts:
    """A job: hears what is new in catalogues, and invites a slice of customers a turn."""

    name = "fan-out"

    def __init__(self, *, size: int = SLICE) -> None:
        self._size = size
        self.programs = Programs()

    def turn(self, now: Micros) -> bool:
        """Hear what has come, or invite the next slice; True when there may be more."""
        hearing = self._hearing()
        return self._listen(hearing, now) or self._fan(hearing, now)

    def _hearing(self) -> dict[int, _Hearing]:
        self.programs.refresh()
        hearing = [
            (loaded, loaded.program.trigger.catalogue)
            for loaded in self.programs.entering
            if loaded.state == "live" and loaded.program.trigger.catalogue is not None
        ]
        since = dict(fetch(SINCE)) if hearing else {}
        return {
            one.dialogue: _Hearing(
                one.dialogue, one.program.key, one.program.version, since[one.dialogue], catalogue
            )
            for one, catalogue in hearing
            if catalogue is not None
        }

    def _listen(self, hearing: Mapping[int, _Hearing], now: Micros) -> bool:
        if not hearing:
            return False
        position = cursor_of(CURSOR) or place_at(min(one.since for one in hearing.values()))
        names = {one.catalogue.event for one in hearing.values()}
        events, reached = events_named(
            names, after=position, limit=BATCH, upto=position + LOOKED_THROUGH
        )
        if reached == position:
            return False
        with transaction.atomic():
            for one in hearing.values():
                _gather(one, events, now)
            move_cursor(CURSOR, reached)
        return bool(events) or reached - position == LOOKED_THROUGH

    def _fan(self, hearing: Mapping[int, _Hearing], now: Micros) -> bool:
        rows = fetch(READY, (now,))
        if not rows:
            return False
        number, dialogue, things, starts_at, reached = rows[0]
        if dialogue not in hearing:  # closed or changed meanwhile: what it heard is past
            run(END, (now, number))
            return True
        told = _read_things(things)
        ready = _Ready(number, hearing[dialogue], told, starts_at, reached)
        customers = self._next_customers(ready)
        invitations = _invitations(ready, customers, now)
        with transaction.atomic():
            if not customers:
                run(END, (now, number))
            # The guard on `reached` lets only one of two workers take a slice.
            elif run(FORWARD, (customers[-1], len(invitations), number, reached)) == 1:
                append_events(invitations)
        return True

    def _next_customers(self, ready: _Ready) -> list[int]:
        following = ready.hearing.catalogue.following
        if following is None:
            return all_customer_ids(after=ready.reached, limit=self._size)
        followers = sorted(
            one for one in _followers(following, ready.things) if one > ready.reached
        )
        return followers[: self._size]


def _gather(hearing: _Hearing, events: Sequence[LoggedEvent], now: Micros) -> None:
    """Put the events that `hearing` hears to those that wait, or begin a fan-out of them."""
    catalogue = hearing.catalogue
    things = []
    for event in events:
        properties = _read_body(event.body).properties
        if event.received_at >= hearing.since and catalogue.hears(event.name, properties):
            things.append(Thing(event.id, event.at, properties))
    if not things:
        return
    waiting = fetch(GATHERING, (hearing.dialogue, now)) if catalogue.gather else []
    if waiting:
        number, earlier = waiting[0]
        run(GATHER, (text_of([*_read_things(earlier), *things]), number))
    elif catalogue.gather:
        run(ADD, (hearing.dialogue, text_of(things), now + catalogue.gather))
    else:  # what does not wait for others is told by itself, at its own time
        for thing in things:
            run(ADD, (hearing.dialogue, text_of([thing]), thing.at))


def _invitations(ready: _Ready, customers: Sequence[int], now: Micros) -> list[NewEvent]:
    """Return the invitations of those among `customers` whom one of the things concerns."""
    if not customers:
        return []
    hearing, catalogue = ready.hearing, ready.hearing.catalogue
    facts = facts_of(customers, catalogue.needs, now=now)
    resting = _resting(hearing, customers, now)
    things = Things([thing.properties.get(catalogue.tags) for thing in ready.things])
    base = {"dialogue": hearing.key, "version": hearing.number}
    bodies: dict[Match, str] = {}
    found = []
    for customer in customers:
        known = facts.get(customer)
        if known is None or customer in resting or not _is_meant(catalogue, known, now):
            continue
        match = _match(catalogue, things, known)
        if match is None:
            continue
        thing = ready.things[match.place]
        if match not in bodies:
            told = {**thing.properties, **base, "matched": list(match.met), "heard": thing.event}
            bodies[match] = text_of({"properties": told})
        at = now if catalogue.gather else thing.at
        found.append(NewEvent(customer, INVITED, at, bodies[match], received_at=now))
    return found


def _is_meant(catalogue: Catalogue, known: Facts, now: Micros) -> bool:
    return catalogue.who is None or catalogue.who(known.subject(now))


def _match(catalogue: Catalogue, things: Things, known: Facts) -> Match | None:
    if catalogue.following is not None:
        return Match(0, 1.0, ())
    interests = interests_of(known.traits, catalogue.interests)
    return things.best_for(interests, at_least=catalogue.at_least)


def _resting(hearing: _Hearing, customers: Sequence[int], now: Micros) -> set[int]:
    if not hearing.catalogue.rest:
        return set()
    sql = RESTING.format(customers=any_of("customer_id"))
    since = now - hearing.catalogue.rest
    return {row[0] for row in fetch(sql, (hearing.dialogue, since, listed(customers)))}


def _followers(following: Following, things: Sequence[Thing]) -> set[int]:
    """Return who follows the thing at its moment: their last word about it is that they do."""
    thing = things[0]
    wanted = thing.properties.get(following.its)
    since = thing.at - following.window
    names = {following.event, following.left} - {""}
    told, _reached = events_named(names, after=place_at(since), limit=MOST_FOLLOWERS)
    last: dict[int, tuple[Micros, int, bool]] = {}
    for event in told:
        if not event.customer or not since <= event.at <= thing.at:
            continue
        if _read_body(event.body).properties.get(following.its) == wanted:
            word = (event.at, event.id, event.name == following.event)
            last[event.customer] = max(word, last.get(event.customer, word))
    present = [customer for customer, word in last.items() if word[2]]
    return {person.id for person in people_of(present).values()}
