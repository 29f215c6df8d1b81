"""Following the log: which customers each event makes one look at again, and in which definitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import transaction

from keskio.events.api import (
    cursor_of,
    events_named,
    is_worth_a_turn,
    locked_cursor_of,
    move_cursor,
)
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch
from keskio.know.segments.changing import forget, move_merged
from keskio.know.segments.looking import look
from keskio.know.segments.shelf import NOBODY, Node, nodes

CURSOR = "segments"
NEWCOMERS = "segments.newcomers"
BATCH = 1000
# On PostgreSQL a number given out earlier may become visible later: these many are looked at twice.
MARGIN = 100
TRAITS = ("customer.identified", "customer.updated", "customer.computed")
CONSENTS = tuple(
    f"consent.{state}" for state in ("given", "denied", "withdrawn", "expired", "lifted")
)
OBJECTS = ("object.changed", "object.ended")
MERGED, UNMERGED, ERASED = "customer.merged", "customer.unmerged", "customer.erased"
WHOLE = (MERGED, UNMERGED, ERASED, "customer.restricted", "customer.released")
OWN = {"segment.entered": "segment", "segment.left": "segment", "stage.changed": "model"}
NEWER = "SELECT id FROM know_customer WHERE id > %s ORDER BY id LIMIT %s"

_body = msgspec.json.Decoder(dict[str, Any])


class Index:
    """Which nodes look at a customer again when an event of some name comes."""

    def __init__(self, given: Sequence[Node]) -> None:
        self.nodes = given
        self.everything = {node.name for node in given}
        self.by_event: dict[str, set[str]] = {}
        self.by_trait: dict[str, set[str]] = {}
        self.by_kind: dict[str, set[str]] = {}
        self.by_node: dict[str, set[str]] = {}
        self.by_consent: set[str] = set()
        for node in given:
            self._add(node)
        special = {*WHOLE, *(TRAITS if self.by_trait else ()), *(OBJECTS if self.by_kind else ())}
        special |= set(CONSENTS if self.by_consent else ()) | set(OWN if self.by_node else ())
        self.names = special | self.by_event.keys()

    def _add(self, node: Node) -> None:
        for table, wanted in (
            (self.by_event, node.needs.events),
            (self.by_trait, node.needs.traits),
            (self.by_kind, node.needs.objects),
            (self.by_node, node.builds_on),
        ):
            for name in wanted:
                table.setdefault(name, set()).add(node.name)
        if node.needs.consents:
            self.by_consent.add(node.name)

    def concerned(self, event: LoggedEvent) -> set[str]:
        """Return the names of the nodes that must look at the event's customer again."""
        name = event.name
        found = set(self.by_event.get(name, ()))
        if name in WHOLE:
            return self.everything
        if name in CONSENTS:
            found |= self.by_consent
        elif name in TRAITS and self.by_trait:
            for trait in _part(event.body, "traits"):
                found |= self.by_trait.get(trait, set())
        elif name in OBJECTS and self.by_kind:
            found |= self.by_kind.get(str(_part(event.body, "properties").get("kind")), set())
        elif name in OWN and self.by_node:
            key = _part(event.body, "properties").get(OWN[name])
            found |= self.by_node.get(
                f"{'stages' if OWN[name] == 'model' else 'segment'}:{key}", set()
            )
        return found

    def touched_by(self, events: Iterable[LoggedEvent]) -> dict[str, set[int]]:
        """Return by node whom to look at again."""
        touched: dict[str, set[int]] = {}
        for event in events:
            people = _people_in(event)
            for name in self.concerned(event):
                touched.setdefault(name, set()).update(people)
        return touched

    def open_to_strangers(self, now: Micros) -> set[str]:
        """Return the nodes to which somebody belongs of whom nothing is known yet."""
        return {node.name for node in self.nodes if node.decide(now)(NOBODY)}


class SegmentFollower:
    """Keeps segments and stages up with the log, a batch a turn, in one transaction with its cursor."""

    name = "segments"

    def turn(self, now: Micros) -> bool:
        """Look at those whom the next events touch; True when more events wait."""
        if self._is_idle():
            return False
        with transaction.atomic():
            position = locked_cursor_of(CURSOR)
            index = Index(nodes(only_followed=True))
            events, reached = events_named(index.names, after=position, limit=BATCH)
            touched = index.touched_by(events)
            newcomers = _newcomers()
            if newcomers:
                for name in index.open_to_strangers(now):
                    touched.setdefault(name, set()).update(newcomers)
                move_cursor(NEWCOMERS, newcomers[-1])
            if not newcomers and not is_worth_a_turn(events, position, reached):
                return False
            follow_people(events)
            look(index.nodes, touched, now=now)
            if reached > position:
                move_cursor(CURSOR, reached)
        return len(events) == BATCH or len(newcomers) == BATCH

    def _is_idle(self) -> bool:
        """Tell, without a transaction, whether nothing has come since the last turn that counts."""
        newest = fetch("SELECT coalesce(max(id), 0) FROM know_customer")[0][0]
        if int(newest) > cursor_of(NEWCOMERS):
            return False
        position = cursor_of(CURSOR)
        names = Index(nodes(only_followed=True)).names
        events, reached = events_named(names, after=position, limit=1)
        return not is_worth_a_turn(events, position, reached)


def follow_people(events: Iterable[LoggedEvent]) -> None:
    """Let rows follow what became of the people themselves: merged, or forgotten."""
    for event in events:
        if event.name == MERGED:
            body = _part(event.body, "properties")
            gone, into = body.get("customer"), body.get("into")
            if isinstance(gone, int) and isinstance(into, int):
                move_merged(gone, into)
        elif event.name == ERASED:
            forget([event.customer])


def _newcomers() -> list[int]:
    after = locked_cursor_of(NEWCOMERS)
    found = [row[0] for row in fetch(NEWER, (max(0, after - MARGIN), BATCH + MARGIN))]
    return found if found and found[-1] > after else []


def _people_in(event: LoggedEvent) -> set[int]:
    """Return whom an event is about: at merging and un-merging both."""
    if event.name not in (MERGED, UNMERGED):
        return {event.customer}
    body = _part(event.body, "properties")
    named = (body.get("customer"), body.get("into"), body.get("from"))
    return {event.customer, *(customer for customer in named if isinstance(customer, int))}


def _part(body: str, name: str) -> dict[str, Any]:
    part = _body.decode(body).get(name)
    return part if isinstance(part, dict) else {}
