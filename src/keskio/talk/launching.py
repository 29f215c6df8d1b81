"""Brings audiences in: at its time, a version's audience is invited, a slice a turn, resumable.

An audience that is spread out comes in little by little: by the order of the customers' numbers, as
much as its time or its rate allows by now. One that comes again by a rule waits for its next time
when it is in.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.routing import INVITED
from keskio.engine.times import HOUR, add
from keskio.events.api import append_events, cursor_of, move_cursor
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros, from_micros, now_micros, to_micros
from keskio.kernel.sql import fetch, run
from keskio.know.api import all_customer_ids, facts_of
from keskio.talk.invitations import first_launch, launch_times
from keskio.talk.models import Version
from keskio.talk.programs import Loaded, Programs
from keskio.talk.shelf import program_of
from keskio.talk.store import text_of

SLICE = 1000
FOR_EVER = 2**62
WAITING = """
    SELECT id, launches_at, launched_to FROM talk_version
    WHERE launches_at <= %s AND launched_at IS NULL ORDER BY launches_at, id
"""
FORWARD = "UPDATE talk_version SET launched_to = %s WHERE id = %s AND launched_to = %s"
LAUNCHED = "UPDATE talk_version SET launched_at = %s WHERE id = %s"
AGAIN = "UPDATE talk_version SET launches_at = %s, launched_to = 0 WHERE id = %s"
NUMBERS = "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM know_customer"


class Launcher:
    """A job: one slice of customers of each waiting audience a turn."""

    name = "launcher"

    def __init__(self) -> None:
        self.programs = Programs()

    def turn(self, now: Micros) -> bool:
        """Invite the next slices; True while an audience is being brought in at full speed."""
        rows = fetch(WAITING, (now,))
        if not rows:
            return False
        self.programs.refresh()
        more = [  # each has its slice
            self._slice(version, began, reached, now) for version, began, reached in rows
        ]
        return any(more)

    def _slice(self, version: int, began: Micros, reached: int, now: Micros) -> bool:
        loaded = self.programs.by_version[version]
        if not loaded.is_live:
            run(LAUNCHED, (now, version))  # replaced before its audience came in
            return True
        program = loaded.program
        if loaded.state == "paused":
            _pass_by(version, program, began, now)
            return False  # nobody comes in, so nobody is invited either, until it goes on
        most, upto = self._allowed(version, program, began, now)
        customers = all_customer_ids(after=reached, limit=min(SLICE, most)) if most else []
        within = [customer for customer in customers if customer <= upto]
        with transaction.atomic():
            if most and not customers and upto >= reached:
                _finish(version, program, began, now)
            # The guard on `launched_to` lets only one of two launchers take a slice.
            elif within and run(FORWARD, (within[-1], version, reached)) == 1:
                append_events(_invitations(loaded, within, now))
                _count(version, program, len(within))
        return bool(within) or (bool(most) and not customers)

    def _allowed(
        self, version: int, program: Program, began: Micros, now: Micros
    ) -> tuple[int, int]:
        """Return how many customers more may come in by now, and up to which number."""
        spread = program.trigger.spread
        if spread is None:
            return SLICE, FOR_EVER
        if spread.per_hour is not None:
            due = _due_by(spread.per_hour, began, now)
            return max(0, due - cursor_of(_counter(version))), FOR_EVER
        ends = add(began, spread.over, program.zone)
        if now >= ends:
            return SLICE, FOR_EVER
        first, last = fetch(NUMBERS)[0]
        return SLICE, first - 1 + (last - first + 1) * (now - began) // (ends - began)


def launches_at(program: Program, now: Micros) -> datetime | None:
    """Return when the audience of `program`, published now, comes in next; None when it never does.

    A single time that is past is as good as now; of those by a rule the first that is not past.
    """
    first = first_launch(program)
    if first is not None and program.trigger.rrule:
        first = next(launch_times(program, now, FOR_EVER), None)
    return None if first is None else from_micros(first)


def is_coming_in(version: Version, program: Program) -> bool:
    """Tell whether the audience of `version`, by the same rule as that of `program`, is just coming in."""
    if version.launches_at is None or version.launched_at is not None:
        return False
    before = program_of(version.pk).trigger
    trigger = program.trigger
    same_rule = (before.kind, before.at, before.rrule) == (trigger.kind, trigger.at, trigger.rrule)
    return same_rule and to_micros(version.launches_at) <= now_micros()


def go_on_counting(earlier: int, version: int) -> None:
    """Let `version`, which brings the rest of the audience of `earlier` in, keep to its rate."""
    came = cursor_of(_counter(earlier))
    if came:
        move_cursor(_counter(version), came)


def _counter(version: int) -> str:
    return f"talk.launched.{version}"


def _due_by(per_hour: int, began: Micros, now: Micros) -> int:
    return (now - began) * per_hour // HOUR


def _pass_by(version: int, program: Program, began: Micros, now: Micros) -> None:
    """Let those pass who might have come in by now at a rate: after a pause they do not come all at once."""
    spread = program.trigger.spread
    if spread is not None and spread.per_hour is not None:
        move_cursor(_counter(version), _due_by(spread.per_hour, began, now))


def _count(version: int, program: Program, came: int) -> None:
    spread = program.trigger.spread
    if spread is not None and spread.per_hour is not None:
        move_cursor(_counter(version), cursor_of(_counter(version)) + came)


def _finish(version: int, program: Program, began: Micros, now: Micros) -> None:
    """Note that the audience is in; by its rule it comes again at the first time that is not past.

    What a standstill of the machine has missed is not made up for.
    """
    later = launch_times(program, max(began + 1, now), FOR_EVER) if program.trigger.rrule else None
    following = None if later is None else next(later, None)
    if following is None:
        run(LAUNCHED, (now, version))
    else:
        run(AGAIN, (following, version))
        if program.trigger.spread is not None:
            move_cursor(_counter(version), 0)


def _invitations(loaded: Loaded, customers: list[int], now: Micros) -> list[NewEvent]:
    program = loaded.program
    body = text_of({"properties": {"dialogue": program.key, "version": program.version}})
    who = program.trigger.who
    facts = facts_of(customers, program.needs, now=now)
    return [
        NewEvent(customer, INVITED, now, body)
        for customer in customers
        if customer in facts and (who is None or who(facts[customer].subject(now)))
    ]
