"""Restriction of the use of somebody's data (GDPR art. 18): kept, and nothing else is done with them.

It is a line of the register like any consent, under "*/*", so that it survives merging; the gate and
the senders read it from the states in force, segments and the lake from the customer's row.
"""

from __future__ import annotations

from django.db import transaction

from keskio.events.api import append_events, cursor_of, events_named, move_cursor
from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.sql import any_of, listed, run
from keskio.know.actions import record_lines
from keskio.know.consents import ANY_CHANNEL, Line
from keskio.know.contracts import ANY_PURPOSE, RELEASED, RESTRICTED
from keskio.know.queries import now_ids

SLICE = 1000
_MARK = '%"*/*":"restricted"%'
_JOINED = ("customer.merged", "customer.unmerged")


def restrict(customer: int, *, by: str, reason: str) -> bool:
    """Restrict the use of a customer's data from now on; return whether that is news."""
    return _record(customer, RESTRICTED, by, reason)


def release(customer: int, *, by: str, reason: str) -> bool:
    """Lift a restriction; return whether there was one."""
    return _record(customer, RELEASED, by, reason)


def _record(customer: int, state: str, by: str, reason: str) -> bool:
    at = now_micros()
    with transaction.atomic():
        now = now_ids([customer]).get(customer, customer)
        line = Line(now, ANY_PURPOSE, ANY_CHANNEL, state, at, "staff", "staff", by, proof=reason)
        events = record_lines([line])
        mark([now], at)
        append_events(events)
        transaction.on_commit(wake)
    return bool(events)


def mark(customers: list[int], at: Micros) -> None:
    """Bring `restricted_at` of customers' rows into line with their states in force."""
    whose = listed(customers)
    run(
        f"UPDATE know_customer SET restricted_at = %s WHERE {any_of('id')}"  # noqa: S608 - constants
        " AND consents LIKE %s AND restricted_at IS NULL AND erased_at IS NULL",
        (at, whose, _MARK),
    )
    run(
        f"UPDATE know_customer SET restricted_at = NULL WHERE {any_of('id')}"  # noqa: S608 - constants
        " AND consents NOT LIKE %s AND restricted_at IS NOT NULL",
        (whose, _MARK),
    )


class Restrictions:
    """After merges and un-merges: marks the rows of those who are restricted now, and of no others."""

    name = "privacy.restrictions"

    def turn(self, now: Micros) -> bool:
        """Look at up to a thousand merges; True when there may be more."""
        place = cursor_of(self.name)
        events, reached = events_named(_JOINED, after=place, limit=SLICE)
        if not events and reached - place < 10 * SLICE:
            return False  # an idle job writes nothing
        with transaction.atomic():
            mark(sorted({each for e in events for each in (e.customer, e.record)}), now)
            move_cursor(self.name, reached)
        return len(events) == SLICE
