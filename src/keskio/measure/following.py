"""The job that follows the log: who came in, on which side, and what they did in time.

A batch costs a handful of queries, however many events are in it; everything is written with the cursor
in one transaction, so that the same event is never counted twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import cursor_of, events_named, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed, run_many
from keskio.know.api import same_people
from keskio.talk.api import LONGEST_CREDIT, Goal, Goals, Sent, sent_to

CURSOR = "measure"
BATCH = 2000
LOOKED_THROUGH = 200_000
ENTERED, DRAWN, WITHDRAWN = "dialogue.entered", "dialogue.arm", "consent.withdrawn"
FIRST = "SELECT DISTINCT dialogue, customer_id FROM measure_exposure WHERE {customers}"
ADD = """
    INSERT INTO measure_exposure
        (enrolment_id, dialogue, version, customer_id, object_key, arm, is_first, entered_at, until,
         goals, value, stops)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0)
    ON CONFLICT (enrolment_id) DO NOTHING
"""
ADD_ARM = """
    INSERT INTO measure_arm (enrolment_id, customer_id, experiment, arm) VALUES (%s, %s, %s, %s)
    ON CONFLICT (enrolment_id, experiment) DO NOTHING
"""
OPEN = """
    SELECT enrolment_id, dialogue, version, customer_id, object_key, entered_at, until
    FROM measure_exposure WHERE {customers} AND until > %s ORDER BY enrolment_id
"""
COUNT = """
    UPDATE measure_exposure SET goals = goals + %s, value = value + %s, stops = stops + %s
    WHERE enrolment_id = %s
"""
CREDIT = """
    INSERT INTO measure_credit (event_id, customer_id, at, value, dialogue, message_id)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (event_id) DO NOTHING
"""


class _Body(msgspec.Struct, gc=False):
    properties: dict[str, Any] = {}


class _Open(msgspec.Struct, frozen=True):
    """An exposure in whose time events may still fall."""

    enrolment: int
    dialogue: str
    version: int
    customer: int
    object_key: str
    entered_at: Micros
    until: Micros


_read = msgspec.json.Decoder(_Body).decode


class EffectFollower:
    """Takes turns at the log."""

    name = "effects"

    def __init__(self) -> None:
        self._goals = Goals()

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        del now  # events carry their own times
        self._goals.refresh()
        if not self._goals.by_version:
            return False
        names = {ENTERED, DRAWN, WITHDRAWN, *self._goals.names}
        position = cursor_of(CURSOR)
        events, reached = events_named(
            names, after=position, limit=BATCH, upto=position + LOOKED_THROUGH
        )
        if reached == position:
            return False
        with transaction.atomic():
            self._take(events)
            move_cursor(CURSOR, reached)
        return True

    def _take(self, events: Sequence[LoggedEvent]) -> None:
        told = [(event, _read(event.body).properties) for event in events]
        self._enter([pair for pair in told if pair[0].name == ENTERED])
        run_many(
            ADD_ARM,
            [
                (said["enrolment"], event.customer, said["experiment"], said["arm"])
                for event, said in told
                if event.name == DRAWN
            ],
        )
        rest = [pair for pair in told if pair[0].name not in (ENTERED, DRAWN)]
        if rest:
            self._count(rest)
            self._credit([pair for pair in rest if pair[0].name != WITHDRAWN])

    def _enter(self, told: Sequence[tuple[LoggedEvent, dict[str, Any]]]) -> None:
        measured = []
        for event, said in told:
            goal = self._goals.by_version.get((said["dialogue"], said["version"]))
            if goal is not None and goal.is_measurable:
                measured.append((event, said, goal))
        if not measured:
            return
        sql = FIRST.format(customers=any_of("customer_id"))
        whose = _Records({event.customer for event, _, _ in measured})
        been = {
            (dialogue, whose.person(customer))
            for dialogue, customer in fetch(sql, (listed(whose.all),))
        }
        rows = []
        for event, said, goal in measured:
            key = (said["dialogue"], whose.person(event.customer))
            arm, thing = said.get("arm", "treated"), said.get("object", "")
            rows.append(
                (
                    *(said["enrolment"], said["dialogue"], said["version"], event.customer),
                    *(thing, arm, key not in been, event.at, goal.until(event.at)),
                )
            )
            been.add(key)
        run_many(ADD, rows)

    def _count(self, told: Sequence[tuple[LoggedEvent, dict[str, Any]]]) -> None:
        """Count what has happened for everybody in whose time it falls."""
        inside: dict[int, list[_Open]] = defaultdict(list)
        whose = _Records({event.customer for event, _ in told})
        asked = (listed(whose.all), min(e.at for e, _ in told))
        for row in fetch(OPEN.format(customers=any_of("customer_id")), asked):
            found = _Open(*row)
            inside[whose.person(found.customer)].append(found)
        added: dict[int, list[float]] = defaultdict(lambda: [0, 0.0, 0])
        for event, said in told:
            for one in inside[whose.person(event.customer)]:
                if not one.entered_at <= event.at < one.until:
                    continue
                goal = self._goals.by_version.get((one.dialogue, one.version))
                if event.name == WITHDRAWN:
                    added[one.enrolment][2] += 1
                elif goal and goal.is_reached(event.name, event.at, said, one.object_key):
                    added[one.enrolment][0] += 1
                    added[one.enrolment][1] += goal.worth(said)
        run_many(COUNT, [(*figures, enrolment) for enrolment, figures in sorted(added.items())])

    def _credit(self, told: Sequence[tuple[LoggedEvent, dict[str, Any]]]) -> None:
        """Credit each purchase to the last of the dialogues with this goal that wrote before it."""
        worth = {
            event.id: found
            for event, said in told
            if (found := self._worth_by_dialogue(event, said))
        }
        if not worth:
            return
        bought = [event for event, _ in told if event.id in worth]
        first, last = min(e.at for e in bought), max(e.at for e in bought)
        whose = _Records({event.customer for event in bought})
        sent = whose.together(sent_to(whose.all, first - LONGEST_CREDIT, last + 1))
        rows: list[tuple[object, ...]] = []
        for event in bought:
            values = worth[event.id]
            before = [
                one
                for one in sent.get(whose.person(event.customer), ())
                if event.at - LONGEST_CREDIT <= one.at <= event.at and one.dialogue in values
            ]
            if before:
                dialogue, message = before[-1].dialogue, before[-1].message
                rows.append(
                    (event.id, event.customer, event.at, values[dialogue], dialogue, message)
                )
            else:
                rows.append((event.id, event.customer, event.at, max(values.values()), "", None))
        run_many(CREDIT, rows)

    def _worth_by_dialogue(self, event: LoggedEvent, said: dict[str, Any]) -> dict[str, float]:
        """Return what an event is worth to each dialogue whose goal it can be; in the newest version."""
        found: dict[str, float] = {}
        for (dialogue, _), goal in sorted(self._goals.by_version.items(), key=_by_key):
            thing = said.get(goal.program.object_property) if goal.program.object_property else None
            key = "" if thing is None else str(thing)
            if goal.is_reached(event.name, event.at, said, key):
                found[dialogue] = goal.worth(said)
        return found


class _Records:
    """The records of the same people: what one of them did counts for all that was begun with her."""

    def __init__(self, customers: Collection[int]) -> None:
        people = same_people(customers)
        self._person = {record: records[0] for records in people.values() for record in records}
        self.all: set[int] = {*customers, *self._person}

    def person(self, record: int) -> int:
        """Return the one number by which a person goes here."""
        return self._person.get(record, record)

    def together(self, sent: Mapping[int, Sequence[Sent]]) -> dict[int, list[Sent]]:
        """Return what was sent to each person under any number, in order."""
        found: dict[int, list[Sent]] = defaultdict(list)
        for record, messages in sent.items():
            found[self.person(record)] += messages
        return {person: sorted(messages, key=_when) for person, messages in found.items()}


def _when(sent: Sent) -> tuple[Micros, int]:
    return sent.at, sent.message


def _by_key(pair: tuple[tuple[str, int], Goal]) -> tuple[str, int]:
    return pair[0]
