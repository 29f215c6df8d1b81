"""An imagined world in virtual time: what `play` and backtests share with the live runner.

The runner's own `Batch` and `BatchHost` move the customers here, so that routing, engine and gate are
those of the live house; imagined are only the ledger, the log and the provider. Every message that the
gate lets through is sent at once, and what would be written to the log comes back as what has happened.
Whoever wants to know what goes on is a `Witness`.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from keskio.engine.conditions import Happening as Past
from keskio.engine.conditions.needs import together
from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.run import Taken
from keskio.engine.pressure import Rules
from keskio.talk.batch import Batch
from keskio.talk.host import BatchHost
from keskio.talk.programs import Loaded, Programs
from keskio.talk.stock import Stock
from keskio.talk.store import Delta, Held, Numbers

LIVE = "live"
SENT, WITHDRAWN = "message.sent", "message.withdrawn"
CALL = "call.asked"


class _Body(msgspec.Struct, gc=False):
    properties: dict[str, Any] = {}


_read_body = msgspec.json.Decoder(_Body).decode


class Cast(Programs):
    """Dialogues that are all live, without a database: version and dialogue are their place, from 1."""

    def __init__(self, programs: Sequence[Program], rules: Rules) -> None:
        super().__init__()
        found = [
            Loaded(place, place, LIVE, is_live=True, program=program)
            for place, program in enumerate(programs, 1)
        ]
        self.by_version = {loaded.version: loaded for loaded in found}
        self.by_program = {id(loaded.program): loaded for loaded in found}
        self.entering = found
        self.names = self.names.union(*(program.names for program in programs))
        self.needs = together(program.needs for program in programs)
        self.rules = rules

    def refresh(self) -> None:
        """Do nothing: this cast does not change."""


class Witness:
    """Sees what happens. Each method is called at its moment, before anything that follows from it."""

    def entered(self, customer: int, inside: r.Inside) -> None:
        """A customer has come in."""

    def took(self, customer: int, inside: r.Inside, taken: Taken) -> None:
        """A signal was taken to rest."""

    def claimed(self, customer: int, inside: r.Inside, effect: do.SendMessage, channel: str) -> str:
        """A message may go in `channel`: return "" to let it be sent, or why it cannot be."""
        del customer, inside, effect, channel
        return ""

    def refused(
        self, customer: int, inside: r.Inside, effect: do.SendMessage, judged: s.Judged
    ) -> None:
        """The gate holds or drops a message."""

    def ruled(self, customer: int, inside: r.Inside, verdict: str, reason: str, step: str) -> None:
        """Somebody was refused, or a message was held or dropped, or a signal changed nothing."""

    def reserved(
        self, customer: int, inside: r.Inside, effect: do.Reserve, outcome: str, code: str | None
    ) -> None:
        """The stock has answered."""

    def called(self, customer: int, told: Mapping[str, Any]) -> tuple[str, Any] | None:
        """Return how another system answers a call: (ok, refused or failed, value); None: never.

        `told` is what the event that asks for the call says: connection, body, step, visit, until.
        """
        del customer, told
        return "ok", None

    def passed_over(self, customer: int, happening: r.Happening) -> None:
        """An event concerned no dialogue."""


class ImaginedStock(Stock):
    """A stock without shelves: `give` says what each request gets."""

    def __init__(self) -> None:
        super().__init__((), 0)

    def take(
        self,
        offer: str,
        *,
        customer: int,
        enrolment: int,  # noqa: ARG002 - nothing is written
        visit: int,
        delta: Delta,  # noqa: ARG002 - nothing is written
    ) -> tuple[str, str | None]:
        """Return what `give` answers."""
        return self.give(offer, customer, visit)

    def give(self, offer: str, customer: int, visit: int) -> tuple[str, str | None]:
        """Return ("given", code), or "sold_out" or "refused" and None."""
        raise NotImplementedError


def _forget(delta: Delta) -> None:
    """Empty a delta, so that it can be used again: a new one for every signal costs as much as the signal."""
    delta.changed.clear()
    delta.tally.clear()
    delta.events.clear()
    delta.claims.clear()
    delta.entered.clear()
    delta.rulings.clear()
    delta.over.clear()
    delta.traits.clear()


class Counting(Numbers):
    """Numbers for enrolments of an imagined world, from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0

    def next(self) -> int:
        """Return the next number."""
        self.last += 1
        return self.last


class World:
    """Customers, what they are in, and the time. `facts` is what is known of each now.

    What happens is put to `happen` and taken by `settle`; `next_due` and `fire` let the time go on. The
    same calls give the same world, always.
    """

    def __init__(self, cast: Cast, stock: ImaginedStock, witness: Witness) -> None:
        self.cast, self.witness = cast, witness
        self.now = 0
        self.last_id = 0
        self.facts: dict[int, Facts] = {}
        self.held: dict[int, Held] = {}
        self.queue: deque[tuple[int, r.Happening]] = deque()
        self.remembered = frozenset(cast.needs.events)
        self._wanted = cast.names | self.remembered
        self._timers: list[tuple[int, int]] = []
        self._dues: dict[int, int] = {}
        self.numbers = Counting()
        self.host = _Host(self, stock)
        self.batch = _Scene(self)

    def happen(self, customer: int, name: str, properties: dict[str, Any]) -> None:
        """Let something happen now: it is remembered where a condition may ask, and will be taken."""
        self.last_id += 1
        if name in self.remembered:
            self.remember(customer, name, self.now, properties)
        self.queue.append((customer, r.Happening(self.last_id, self.now, name, properties)))

    def remember(self, customer: int, name: str, at: int, properties: Mapping[str, Any]) -> None:
        """Put an event into the customer's history, for conditions."""
        events = self.facts[customer].events
        assert isinstance(events, dict)
        events.setdefault(name, []).append(Past(at, dict(properties)))

    def settle(self) -> None:
        """Take what has happened, and what follows from it at this moment, until all is at rest."""
        while self.queue:
            customer, happening = self.queue.popleft()
            self.batch.stirred = False
            self._at(self.now)
            self.batch.take(customer, (happening,))
            if not self.batch.stirred:
                self.witness.passed_over(customer, happening)
            self._follow(customer)

    def next_due(self) -> int | None:
        """Return the earliest moment at which an enrolment wants to be told the time."""
        while self._timers:
            due, customer = self._timers[0]
            if self._dues.get(customer) == due:
                return due
            heapq.heappop(self._timers)
        return None

    def fire(self) -> None:
        """Go on to the earliest timer and fire it, with what follows."""
        due, customer = heapq.heappop(self._timers)
        del self._dues[customer]
        self.now = max(self.now, due)
        self._at(self.now)
        self.batch.fire(customer, due)
        self._follow(customer)
        self.settle()

    def forget(self, customer: int) -> None:
        """Let go of all that is known of a customer."""
        self.facts.pop(customer, None)
        self.held.pop(customer, None)

    def clear_timers(self) -> None:
        """Let no timer fire any more: the time is over."""
        self._timers.clear()
        self._dues.clear()

    def _at(self, now: int) -> None:
        self.batch.now = self.host.now = now

    def _follow(self, customer: int) -> None:
        """Let what the batch would write come about."""
        delta = self.host.delta
        for traits in delta.traits.values():
            known = self.facts[customer]
            changed = {**known.traits, **traits}
            self.facts[customer] = msgspec.structs.replace(known, traits=changed)
        for event in delta.events:
            if event.name in self._wanted:
                self.happen(customer, event.name, _read_body(event.body).properties)
            elif event.name == CALL:
                self._answer(customer, _read_body(event.body).properties)
        _forget(delta)
        if self.host.reports:
            for name, properties in self.host.reports:
                self.happen(customer, name, properties)
            self.host.reports.clear()
        due = self._due_of(customer)
        if due != self._dues.get(customer):
            if due is None:
                del self._dues[customer]
            else:
                self._dues[customer] = due
                heapq.heappush(self._timers, (due, customer))

    def _answer(self, customer: int, told: dict[str, Any]) -> None:
        answer = self.witness.called(customer, told)
        if answer is not None:
            outcome, value = answer
            whose = {"enrolment": told["enrolment"], "visit": told["visit"], "value": value}
            self.happen(customer, f"call.{outcome}", whose)

    def _due_of(self, customer: int) -> int | None:
        held = self.held.get(customer)
        if held is None:
            return None
        first: int | None = None
        for inside in held.insides:
            for timer in inside.enrolment.timers:
                if first is None or timer.due < first:
                    first = timer.due
        return first


class _Scene(Batch):
    """The runner's batch over this world, watched."""

    def __init__(self, world: World) -> None:
        super().__init__(world.cast, world.held, world.host, world.numbers, 0)
        self._witness = world.witness
        self.stirred = False

    def _move(
        self, customer: int, held: Held, inside: r.Inside, signal: s.Signal, cause: int
    ) -> None:
        self.stirred = True
        if isinstance(signal, s.Entered):
            self._witness.entered(customer, inside)
        super()._move(customer, held, inside, signal, cause)

    def _enter(self, customer: int, held: Held, entry: r.Entry, cause: int) -> None:
        self.stirred = True
        super()._enter(customer, held, entry, cause)

    def _perform(self, customer: int, inside: r.Inside, loaded: Loaded, taken: Taken) -> None:
        self._witness.took(customer, inside, taken)
        super()._perform(customer, inside, loaded, taken)


class _Host(BatchHost):
    """The runner's host, whose claims are sent at once."""

    def __init__(self, world: World, stock: ImaginedStock) -> None:
        super().__init__(lambda: world.facts, world.cast.rules, stock, 0)
        self._witness = world.witness
        self.reports: list[tuple[str, dict[str, Any]]] = []

    def judge(self, effect: do.SendMessage, at: int) -> s.Judged:
        """Let the live host's gate decide; what it lets through is sent at once."""
        judged = super().judge(effect, at)
        customer, inside = self._customer, self._inside
        assert inside is not None
        if judged.verdict != "send":
            self._witness.refused(customer, inside, effect, judged)
            return judged
        report: dict[str, Any] = {"enrolment": inside.id, "visit": effect.visit}
        fault = self._witness.claimed(customer, inside, effect, judged.channel)
        if fault:
            self.reports.append((WITHDRAWN, {**report, "reason": fault}))
        else:
            self.reports.append((SENT, report))
        return judged

    def reserve(self, effect: do.Reserve, at: int) -> s.Reserved:
        """Take from the imagined stock."""
        answer = super().reserve(effect, at)
        assert self._inside is not None
        self._witness.reserved(self._customer, self._inside, effect, answer.outcome, answer.value)
        return answer

    def rule(
        self,
        verdict: str,
        reason: str,
        step: str,
        values: dict[str, Any],  # noqa: ARG002 - nothing is written
        *,
        visit: int | None = None,  # noqa: ARG002 - the same
    ) -> None:
        """Let the witness know of a decision."""
        assert self._inside is not None
        self._witness.ruled(self._customer, self._inside, verdict, reason, step)
