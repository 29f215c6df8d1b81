"""The runner: follows the log in batches and lets the engine take each customer's signals in order.

One turn reads what has arrived, gathers enrolments, facts and contacts with one query each, steps
the pure engine, and writes everything with the cursor in one transaction that renews the lease.
Timers fire when the log has been read to its end: an event that happened before a timer was due
beats it, also when both are taken late.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import msgspec
from django.db import DataError, IntegrityError, transaction

from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue.facts import Facts
from keskio.engine.pressure import longest_window
from keskio.events.api import cursor_of, events_named
from keskio.events.contracts import LoggedEvent
from keskio.jobs.api import LostLease, Share, customers_among, interrupt, positions_of, share_of
from keskio.kernel.clock import Micros
from keskio.know.api import facts_of, set_traits
from keskio.talk import merging
from keskio.talk.batch import Batch
from keskio.talk.calendars import calendar_for
from keskio.talk.had import had_by
from keskio.talk.holding_back import held_back
from keskio.talk.host import BatchHost
from keskio.talk.ledger import referred
from keskio.talk.programs import Programs
from keskio.talk.stock import Stock
from keskio.talk.store import (
    Numbers,
    StockMoved,
    commit,
    due,
    load,
    put_in_error,
)

WORK = "talk.runner"
CURSOR = "talk"  # from where an installation that has no partitions yet goes on
# A batch is what has arrived, up to this many. The more there are in one, the more of them share each
# page of an index, and pages to write are a third of the cost; a full batch takes half a second.
BATCH = 8000
# What one customer's row or one broken document can cause; a lost database is not among them.
FAULTS = (
    *(IntegrityError, DataError, ValueError, KeyError, TypeError, AttributeError),
    ArithmeticError,
)
log = logging.getLogger(__name__)


class Body(msgspec.Struct, gc=False):
    """What the runner reads of an event's body."""

    properties: dict[str, Any] = {}


Work: TypeAlias = Callable[[Batch, int], None]
_read_body = msgspec.json.Decoder(Body).decode


class Runner:
    """Takes turns at the log and at the timers of the partitions of customers that it holds.

    Several runners share the customers; each is alone with its own (`jobs.shares`).
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
        self._horizon = horizon
        self._batch = batch
        self._country = country
        self._share = Share(WORK, owner, begins_at=lambda: cursor_of(CURSOR))
        self._numbers = Numbers()
        self._since: Micros = 2**62
        self.programs = Programs()

    def turn(self, now: Micros) -> bool:
        """Take one batch of events, or fire what is due; True when there may be more."""
        if not self._share.tend():
            return False
        calendar_for(self._country)  # reads its tables once, before anybody waits for it
        self.programs.refresh()
        try:
            return self._work(now)
        except LostLease:
            return True  # somebody else has some of the work: see what is left
        except BaseException:
            self._share.drop()  # it may have been lost: ask before the next batch
            self._numbers.forget()
            raise

    def leave(self) -> None:
        """Let other runners have this one's customers at once."""
        self._share.release()

    def _work(self, now: Micros) -> bool:
        share, names = self._share, self.programs.names
        among = customers_among(share.held)
        position = share.position
        events, reached = events_named(names, after=position, limit=self._batch, among=among)
        if reached > position:
            if max(share.positions.values()) > position:  # some have been further before
                own = share.positions
                events = [event for event in events if event.id > own[share_of(event.customer)]]
            return self._take(events, now, reached)
        horizon = now if self._horizon is None else min(now, self._horizon())
        return self._fire(horizon, now)

    def _take(self, events: Sequence[LoggedEvent], now: Micros, reached: int) -> bool:
        """Take events in their order, cut where customers are merged or parted.

        Return False when nothing could be taken, for a merge waits for another runner.
        """
        runs = list(merging.runs_of(events)) or [(False, [])]
        for index, (is_merging, run) in enumerate(runs):
            position = run[-1].id if index + 1 < len(runs) else reached
            if not is_merging:
                self._take_run(run, now, position)
                continue
            ready = self._ready(run)
            if ready:
                whole = len(ready) == len(run)
                self._take_merges(ready, now, position if whole else ready[-1].id)
            if len(ready) < len(run):
                return self._wait_before(run[len(ready)], now) or bool(ready or index)
        return True

    def _ready(self, merges: Sequence[LoggedEvent]) -> Sequence[LoggedEvent]:
        """Return the first of `merges`: those before which all that was told of both sides is taken.

        The others wait for the runner that has the one who is gone: a late answer would not find its
        question any more. Each waits only for what is earlier in the log, so none wait for each other.
        """
        held, positions = self._share.held, None
        for index, event in enumerate(merges):
            for turn in merging.turns_of([event]):
                if share_of(turn.gone) not in held:
                    positions = positions_of(WORK) if positions is None else positions
                    if positions[share_of(turn.gone)] < event.id - 1:
                        return merges[:index]
        return merges

    def _wait_before(self, event: LoggedEvent, now: Micros) -> bool:
        """Note that everything before `event` has been taken; False when it was known."""
        if self._share.position >= event.id - 1:
            return False
        self._take_run([], now, event.id - 1)
        return True

    def _take_merges(self, events: Sequence[LoggedEvent], now: Micros, reached: int) -> None:
        turns = merging.turns_of(events)
        until = {number: min(t.at, now) for t in turns for number in (t.gone, t.remains)}
        self._carry_out(sorted(until), lambda batch, who: batch.fire(who, until[who]), now)
        with transaction.atomic():
            self._share.renew()
            self._borrow(until)
            merging.take_turns(turns, self.programs, now)
            self._take_run(events, now, reached)

    def _take_run(self, events: Sequence[LoggedEvent], now: Micros, reached: int) -> None:
        by_customer: dict[int, list[r.Happening]] = {}
        for customer, happening in merging.readdressed(referred(events, _read_body)):
            by_customer.setdefault(customer, []).append(happening)
        for happenings in by_customer.values():
            if len(happenings) > 1:
                happenings.sort(key=_in_time)
        if self.programs.needs.events:  # conditions are decided for the time of each event
            self._since = min((event.at for event in events), default=now)

        # In the order of the tables' indexes, whose pages are then each looked at once.
        customers = sorted(by_customer)
        self._carry_out(
            customers, lambda batch, who: batch.take(who, by_customer[who]), now, position=reached
        )

    def _fire(self, horizon: Micros, now: Micros) -> bool:
        customers = due(horizon, self._batch, among=customers_among(self._share.held))
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
        held = self._share.held
        borrowed = [customer for customer in customers if share_of(customer) not in held]
        try:
            batch = None if borrowed else self._worked(customers, work, now)
            with transaction.atomic():
                self._share.renew(position or 0)
                if batch is None:
                    self._borrow(borrowed)
                    batch = self._worked(customers, work, now)
                self._commit(batch, now)
            self._share.moved(position or 0)
        except StockMoved:
            self._numbers.forget()
            self._carry_out(customers, work, now, position=position)
        except FAULTS:
            self._numbers.forget()
            log.exception("A batch failed; its customers are taken one by one")
            self._carry_out_singly(customers, work, now, position)

    def _carry_out_singly(
        self, customers: list[int], work: Work, now: Micros, position: int | None
    ) -> None:
        with transaction.atomic():
            self._share.renew(position or 0)
            self._borrow(customers)
            for customer in customers:
                try:
                    with transaction.atomic():
                        self._commit(self._worked([customer], work, now), now)
                except FAULTS as fault:
                    log.exception("Customer %s goes into error", customer)
                    self._numbers.forget()
                    put_in_error(customer, str(fault), now)
        self._share.moved(position or 0)

    def _borrow(self, customers: Iterable[int]) -> None:
        """Work on people of other runners' partitions too, until this transaction ends.

        Merged people may stand in two: whoever holds the other one does its batch again.
        """
        held = self._share.held
        others = [customer for customer in customers if share_of(customer) not in held]
        if others:
            interrupt(WORK, others)

    def _worked(self, customers: list[int], work: Work, now: Micros) -> Batch:
        held = load(customers, self.programs) if customers else {}
        batch = Batch(self.programs, held, self._host(customers, now), self._numbers, now)
        for customer in customers:
            work(batch, customer)
        return batch

    def _commit(self, batch: Batch, now: Micros) -> None:
        commit(batch.host.delta, now=now)
        if batch.host.delta.traits:
            set_traits(batch.host.delta.traits, at=now)

    def _host(self, customers: list[int], now: Micros) -> BatchHost:
        rules = self.programs.rules
        stock = Stock(customers, now)
        return BatchHost(lambda: self._gather(customers, now), rules, stock, now)

    def _gather(self, customers: list[int], now: Micros) -> dict[int, Facts]:
        """Return the facts of `customers`, with their contacts and the calendar: two queries.

        What conditions ask for besides traits and consents is one query more each.
        """
        calendar = calendar_for(self._country)
        window = longest_window(self.programs.rules)
        contacts = had_by(customers, now - window) if window else {}
        known = facts_of(customers, self.programs.needs, now=min(now, self._since))
        held = held_back(customers)
        return {
            customer: Facts(
                found.traits,
                {**found.consents, **held[customer]} if customer in held else found.consents,
                found.addresses,
                found.zone,
                found.language,
                contacts.get(customer, ()),
                calendar,
                found.segments,
                found.stages,
                found.objects,
                found.events,
                str(customer),
            )
            for customer, found in known.items()
        }


def _in_time(happening: r.Happening) -> tuple[int, int]:
    return happening.at, happening.id
