"""The runner: follows the log in batches and lets the engine take each customer's signals in order.

One turn reads what has arrived, gathers enrolments, facts and contacts with one query each, steps
the pure engine, and writes everything with the cursor in one transaction that renews the lease.
Timers fire when the log has been read to its end: an event that happened before a timer was due
beats it, also when both are taken late.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

import msgspec
from django.db import DataError, IntegrityError, transaction

from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue.facts import Facts
from keskio.engine.pressure import longest_window
from keskio.events.api import cursor_of, events_named, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.jobs.api import Lease, LostLease
from keskio.kernel.clock import Micros
from keskio.know.api import facts_of, merged_into, same_people, set_traits
from keskio.talk.batch import Batch
from keskio.talk.calendars import calendar_for
from keskio.talk.host import BatchHost
from keskio.talk.ledger import referred
from keskio.talk.programs import Programs
from keskio.talk.stock import Stock
from keskio.talk.store import (
    Contacts,
    StockMoved,
    commit,
    contacts_of,
    due,
    last_enrolment,
    load,
    put_in_error,
)

CURSOR = "talk"
# A batch is what has arrived, up to this many. The more there are in one, the more of them share each
# page of an index, and pages to write are a third of the cost; a full batch takes a good tenth of a second.
BATCH = 4000
# What one customer's row or one broken document can cause; a lost database is not among them.
FAULTS = (IntegrityError, DataError, ValueError, KeyError, TypeError, AttributeError)
log = logging.getLogger(__name__)


class Body(msgspec.Struct, gc=False):
    """What the runner reads of an event's body."""

    properties: dict[str, Any] = {}


Work: TypeAlias = Callable[[Batch, int], None]
_read_body = msgspec.json.Decoder(Body).decode


class Runner:
    """Takes turns at the log and at the timers.

    `horizon` returns the instant up to which everything received is in the log; timers due later
    wait for a later turn.
    """

    name = "runner"

    def __init__(
        self,
        *,
        owner: str,
        horizon: Callable[[], Micros] | None = None,
        batch: int = BATCH,
        country: str = "FI",
    ) -> None:
        self._owner = owner
        self._horizon = horizon
        self._batch = batch
        self._country = country
        self._lease: Lease | None = None
        self._since: Micros = 2**62
        self.programs = Programs()

    def turn(self, now: Micros) -> bool:
        """Take one batch of events, or fire what is due; True when there may be more."""
        if self._lease is None:
            self._lease = Lease.hold("talk.runner", self._owner)
            if self._lease is None:
                return False
            calendar_for(self._country)  # reads its tables now, before anybody waits for it
        self.programs.refresh()
        try:
            return self._work(now)
        except LostLease:
            self._lease = None  # somebody else has the work, or nobody after a long idle time
            return True
        except BaseException:
            self._lease = None  # it may have been lost: ask for it again before the next batch
            raise

    def _work(self, now: Micros) -> bool:
        position = cursor_of(CURSOR)
        names = self.programs.names
        events, reached = events_named(names, after=position, limit=self._batch)
        if reached > position:
            self._take(events, now, reached)
            return True
        horizon = now if self._horizon is None else min(now, self._horizon())
        return self._fire(horizon, now)

    def _take(self, events: Sequence[LoggedEvent], now: Micros, reached: int) -> None:
        by_customer: dict[int, list[r.Happening]] = {}
        for customer, happening in referred(events, _read_body):
            by_customer.setdefault(customer, []).append(happening)
        for happenings in by_customer.values():
            happenings.sort(key=_in_time)
        if self.programs.needs.events:  # conditions are decided for the time of each event
            self._since = min((event.at for event in events), default=now)

        # Whoever was inside when merged stays inside under the old number, and hears the answers too.
        also: dict[int, list[r.Happening]] = {
            record: by_customer[customer]
            for customer, records in merged_into(by_customer).items()
            for record in records
        }

        def work(batch: Batch, customer: int) -> None:
            if customer in by_customer:
                batch.take(customer, by_customer[customer])
            if customer in also:
                batch.take(customer, also[customer], may_enter=False)

        # In the order of the tables' indexes, whose pages are then each looked at once.
        customers = sorted(by_customer.keys() | also.keys()) if also else sorted(by_customer)
        self._carry_out(customers, work, now, position=reached)

    def _fire(self, horizon: Micros, now: Micros) -> bool:
        customers = due(horizon, self._batch)
        self._since = now
        if not customers:
            return False
        self._carry_out(customers, lambda batch, customer: batch.fire(customer, horizon), now)
        return True

    def _carry_out(
        self, customers: list[int], work: Work, now: Micros, *, position: int | None = None
    ) -> None:
        """Do `work` for all customers at once; if that fails, one by one.

        One bad apple stops nobody else: it alone goes into error.
        """
        try:
            batch = self._worked(customers, work, now)
            with transaction.atomic():
                self._renewed()
                commit(batch.host.delta, now=now, last=batch.last)
                self._finish(batch, now, position)
        except StockMoved:
            self._carry_out(customers, work, now, position=position)
        except FAULTS:
            log.exception("A batch failed; its customers are taken one by one")
            self._carry_out_singly(customers, work, now, position)

    def _carry_out_singly(
        self, customers: list[int], work: Work, now: Micros, position: int | None
    ) -> None:
        with transaction.atomic():
            self._renewed()
            for customer in customers:
                try:
                    with transaction.atomic():
                        batch = self._worked([customer], work, now)
                        commit(batch.host.delta, now=now, last=batch.last)
                        self._finish(batch, now, None)
                except FAULTS as fault:
                    log.exception("Customer %s goes into error", customer)
                    put_in_error(customer, str(fault), now)
            if position is not None:
                move_cursor(CURSOR, position)

    def _worked(self, customers: list[int], work: Work, now: Micros) -> Batch:
        held = load(customers, self.programs) if customers else {}
        last = last_enrolment() if customers else 0
        batch = Batch(self.programs, held, self._host(customers, now), last, now)
        for customer in customers:
            work(batch, customer)
        return batch

    def _renewed(self) -> None:
        assert self._lease is not None
        self._lease.renew()

    def _finish(self, batch: Batch, now: Micros, position: int | None) -> None:
        if batch.host.delta.traits:
            set_traits(batch.host.delta.traits, at=now)
        if position is not None:
            move_cursor(CURSOR, position)

    def _host(self, customers: list[int], now: Micros) -> BatchHost:
        rules = self.programs.rules
        stock = Stock(customers, now)
        return BatchHost(lambda: self._gather(customers, now), rules, stock, now)

    def _contacts(self, customers: list[int], since: Micros) -> Mapping[int, Contacts]:
        """Return what counts towards caps: what a person has had under any of her numbers."""
        people = same_people(customers)
        told = contacts_of({*customers, *chain.from_iterable(people.values())}, since)
        together = {
            customer: tuple(sorted(chain.from_iterable(told.get(r, ()) for r in records)))
            for customer, records in people.items()
        }
        return {**told, **together}

    def _gather(self, customers: list[int], now: Micros) -> dict[int, Facts]:
        """Return the facts of `customers`, with their contacts and the calendar: two queries.

        What conditions ask for besides traits and consents is one query more each.
        """
        calendar = calendar_for(self._country)
        window = longest_window(self.programs.rules)
        contacts = self._contacts(customers, now - window) if window else {}
        known = facts_of(customers, self.programs.needs, now=min(now, self._since))
        return {
            customer: Facts(
                found.traits,
                found.consents,
                found.addresses,
                found.zone,
                found.language,
                contacts.get(customer, ()),
                calendar,
                found.segments,
                found.stages,
                found.objects,
                found.events,
            )
            for customer, found in known.items()
        }


def _in_time(happening: r.Happening) -> tuple[int, int]:
    return happening.at, happening.id
