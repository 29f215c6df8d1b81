"""What dialogues want to bring about, for those who measure whether they did."""

from __future__ import annotations

from math import isfinite
from typing import Any

import msgspec

from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.matching import happens
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.signals import Happened
from keskio.engine.times import DAY, Span, add
from keskio.kernel.clock import Micros
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.models import Dialogue
from keskio.talk.programs import Programs
from keskio.talk.shelf import all_programs

USUAL = Span(days=30)
LONGEST_CREDIT = 30 * DAY
SENT_TO = """
    SELECT m.customer_id, m.handed_at, d.key, m.id
    FROM talk_message m
    JOIN talk_version v ON v.id = m.version_id JOIN talk_dialogue d ON d.id = v.dialogue_id
    WHERE {customers} AND m.handed_at >= %s AND m.handed_at < %s
      AND m.state IN ('sent', 'delivered', 'unknown')
    ORDER BY m.handed_at, m.id
"""


class Goal(msgspec.Struct, frozen=True):
    """The goal of one version: which events reach it, what they are worth, and how long they count."""

    program: Program

    @property
    def event(self) -> str:
        """The name of the events that can reach it."""
        return self.program.goal.event if self.program.goal else ""

    @property
    def is_measurable(self) -> bool:
        """Tell whether the event alone says if it is reached, so that those held out can be followed."""
        return self.program.goal is not None and not self.program.goal.looks_further

    def until(self, entered: Micros) -> Micros:
        """Return the end of the time in which it counts for somebody who came in at `entered`."""
        return add(entered, self.program.goal_within or USUAL, self.program.zone)

    def is_reached(
        self, name: str, at: Micros, properties: dict[str, Any], object_key: str
    ) -> bool:
        """Tell whether an event reaches it for somebody inside with this object."""
        if self.program.goal is None or not self.is_measurable:
            return False
        inside = Enrolment(object=object_key)
        return happens(self.program.goal, Happened(at, name, properties), self.program, inside)

    def worth(self, properties: dict[str, Any]) -> float:
        """Return the euros that an event says; 0 when it says none."""
        value = properties.get(self.program.goal_value) if self.program.goal_value else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            return 0.0
        return float(value)


class Goals:
    """The goals of all versions by (dialogue, number of the version)."""

    def __init__(self) -> None:
        self._programs = Programs()
        self.by_version: dict[tuple[str, int], Goal] = {}
        self._known: object = None

    def refresh(self) -> None:
        """Take in what has been published since."""
        self._programs.refresh()
        if self._programs.by_version is not self._known:
            self._known = self._programs.by_version
            self.by_version = {
                (loaded.program.key, loaded.program.version): Goal(loaded.program)
                for loaded in self._programs.by_version.values()
                if loaded.program.goal is not None
            }

    @property
    def names(self) -> frozenset[str]:
        """The names of the events that can reach any of them."""
        return frozenset(goal.event for goal in self.by_version.values())


def control_shares() -> dict[tuple[str, int], float]:
    """Return the share held out (0 to 1) in each version, by (dialogue, number of the version)."""
    return {(program.key, program.version): program.control for program in all_programs().values()}


class Sent(msgspec.Struct, frozen=True):
    """A message that went to a customer: when, of which dialogue."""

    at: Micros
    dialogue: str
    message: int


def sent_to(customers: set[int], since: Micros, until: Micros) -> dict[int, list[Sent]]:
    """Return what was sent to each of `customers` from `since` to before `until`, in order. One query."""
    found: dict[int, list[Sent]] = {}
    sql = SENT_TO.format(customers=any_of("m.customer_id"))
    for customer, at, dialogue, message in fetch(sql, (listed(customers), since, until)):
        found.setdefault(customer, []).append(Sent(at, dialogue, message))
    return found


def titles_of(language: str) -> dict[str, str]:
    """Return what dialogues are called in a language, by key."""
    named = Dialogue.objects.values_list("key", "title")
    return {key: in_language(title, language) or key for key, title in named}
