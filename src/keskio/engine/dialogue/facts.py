"""What is known of one customer at the moment of a step: frozen, gathered in bulk by the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from keskio.engine.conditions import Happening, Owned, Subject
from keskio.engine.times import Calendar


class Contact(NamedTuple):
    """One message that the customer has had, or is about to get: what caps are counted from.

    A plain tuple will do as well where many are gathered.
    """

    at: int
    channel: str
    pressure: str


class Planned(msgspec.Struct, frozen=True, gc=False):
    """A message that another dialogue means to send to the customer: when, where, and its rank."""

    at: int
    channel: str
    pressure: str
    rank: float = 0.0
    dialogue: str = ""


class Facts(msgspec.Struct, frozen=True, gc=False):
    """The values that a step or the gate may look at.

    `consents` maps "purpose/channel" to given, denied, withdrawn or expired; "*/channel" withdrawn
    means that the customer has said stop there. `addresses` maps channel to address. `zone` is an
    IANA name, "" when unknown. `contacts` come from the ledger, oldest first. What conditions ask for
    besides (`segments` to `events`) is as in `Subject`, and there when the dialogue needs it. `who` is
    what shares are drawn by: it names the customer for ever. `planned` is what else is coming.
    """

    traits: dict[str, Any] = {}
    consents: dict[str, str] = {}
    addresses: dict[str, str] = {}
    zone: str = ""
    language: str = ""
    contacts: tuple[tuple[int, str, str], ...] = ()
    calendar: Calendar = Calendar()
    segments: Mapping[str, int] = {}
    stages: Mapping[str, tuple[str, int]] = {}
    objects: Mapping[str, Sequence[Owned]] = {}
    events: Mapping[str, Sequence[Happening]] = {}
    who: str = ""
    planned: tuple[Planned, ...] = ()

    def subject(
        self,
        now: int,
        variables: Mapping[str, Any] = {},
        properties: Mapping[str, Any] = {},
    ) -> Subject:
        """Return what a condition may look at: all this, and what the dialogue and the event say."""
        return Subject(
            self.traits,
            self.consents,
            variables,
            properties,
            self.segments,
            self.stages,
            self.objects,
            self.events,
            now,
        )

    def fields_of(self, kind: str, key: str) -> dict[str, Any]:
        """Return the fields of the customer's object, with its `kind` and `key`; none if there is none."""
        for owned in self.objects.get(kind, ()) if kind else ():
            if owned.key == key:
                return {**owned.properties, "kind": kind, "key": key}
        return {}


NOBODY = Facts()
