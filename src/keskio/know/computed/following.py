"""The job that keeps computed traits up to date: builds new ones, follows the log, and lets windows slide.

A new definition reads the log in chunks up to where the follower is; then it is the follower's. Each chunk is
one transaction with its place, so that stopping anywhere loses and doubles nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import transaction

from keskio.events.api import cursor_of, events_named, locked_cursor_of, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch, run
from keskio.know.computed.keeping import Live, Touched, compute, gather, told_in
from keskio.know.computed.models import Definition
from keskio.know.computed.queries import building, live_definitions
from keskio.know.computed.settling import settle

CURSOR = "computed"
BATCH = 1000
STRIDE = 20_000  # places of the log that a turn of building looks at
IDLE_STEP = 1000  # places without anything of ours after which the cursor moves all the same
MERGES = ("customer.merged", "customer.unmerged")


class ComputedFollower:
    """Takes turns at the log, at definitions that are being made or ended, and at windows that slide."""

    name = "computed"

    def turn(self, now: Micros) -> bool:
        """Do one step of each; True when there may be more."""
        more = self._follow(now)
        more = self._slide(now) or more
        more = self._build() or more
        return settle(now) or more

    def _follow(self, now: Micros) -> bool:
        """Take one batch of the log into what is kept."""
        live = live_definitions()
        if not live:
            return False
        position = cursor_of(CURSOR)
        names = {kept.recipe.event for kept in live}.union(MERGES)
        events, reached = events_named(names, after=position, limit=BATCH)
        if not events and reached - position < IDLE_STEP:
            return False
        began = time.perf_counter()
        with transaction.atomic():
            if locked_cursor_of(CURSOR) != position:
                return True  # another worker has taken it
            touched = gather(live, events)
            for customers in _merged(events):
                for kept in live:
                    touched.setdefault(kept.id, set()).update(customers)
            compute(live, touched, now)
            if touched:
                transaction.on_commit(wake)
            move_cursor(CURSOR, reached)
            _note(touched, now, time.perf_counter() - began)
        return len(events) == BATCH

    def _slide(self, now: Micros) -> bool:
        """Compute anew the customers whose value changes by now without any event."""
        due = fetch(
            "SELECT definition_id, customer_id FROM computed_value WHERE next_at <= %s"
            " ORDER BY next_at LIMIT %s",
            (now, BATCH),
        )
        if not due:
            return False
        touched: Touched = {}
        for definition, customer in due:
            touched.setdefault(definition, set()).add(customer)
        live = [kept for kept in live_definitions() if kept.id in touched]
        with transaction.atomic():
            locked_cursor_of(CURSOR)
            compute(live, touched, now)
            transaction.on_commit(wake)
            for definition in touched.keys() - {kept.id for kept in live}:
                _stop_sliding(definition)
            _note(touched, now, None)
        return len(due) == BATCH

    def _build(self) -> bool:
        """Read one stretch of the log for one definition that is being made."""
        kept = building()
        if kept is None:
            return False
        with transaction.atomic():
            end = locked_cursor_of(CURSOR)
            row = Definition.objects.select_for_update().get(pk=kept.id)
            if row.edition != kept.edition or row.state != Definition.State.BUILDING:
                return True  # a person has changed it meanwhile
            began = time.perf_counter()
            stretch = min(row.built_to + STRIDE, end)
            events: list[LoggedEvent] = []
            if stretch > row.built_to:
                events, row.built_to = events_named(
                    [kept.recipe.event], after=row.built_to, limit=BATCH, upto=stretch
                )
                gather([kept], events)
            if row.built_to >= end:
                row.state = Definition.State.SETTLING
            row.build_end = end
            row.took += round((time.perf_counter() - began) * 1e6)
            row.save(update_fields=["built_to", "build_end", "state", "took"])
        return True


def _merged(events: Sequence[LoggedEvent]) -> list[set[int]]:
    """Return the customers of each merge and each undoing of one."""
    found = []
    for event in events:
        if event.name in MERGES:
            told = told_in(event)
            ids = {told.get(word) for word in ("customer", "into", "from")}
            found.append({event.customer, *(number for number in ids if isinstance(number, int))})
    return found


def _note(touched: Touched, now: Micros, seconds: float | None) -> None:
    """Write when the definitions were brought up to date, and how long that took."""
    for definition in touched:
        if seconds is None:
            run("UPDATE computed_definition SET refreshed_at = %s WHERE id = %s", (now, definition))
        else:
            run(
                "UPDATE computed_definition SET refreshed_at = %s, took = %s"
                " WHERE id = %s AND state = 'ready'",
                (now, round(seconds * 1e6 / len(touched)), definition),
            )


def _stop_sliding(definition: int) -> None:
    run("UPDATE computed_value SET next_at = NULL WHERE definition_id = %s", (definition,))


__all__ = ["CURSOR", "ComputedFollower", "Live"]
