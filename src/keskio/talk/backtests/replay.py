"""Replays customers' histories through a definition, in a world like the live one. No disk, no clock.

Customers depend on one another only by the stock: they are taken one by one, each from the beginning to
the end of the time, so that a million need no more memory than one. Where a stock does not suffice, the
request that found it empty is known after a first pass; a second one then sells out at that moment.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.run import Taken
from keskio.kernel.clock import Micros
from keskio.talk.backtests.answers import Reactions
from keskio.talk.backtests.asked import Asked, Shelf
from keskio.talk.backtests.counts import Counts, Request, Tally, ask_for
from keskio.talk.backtests.history import ENTERED, INVITED, Known, Row, is_own
from keskio.talk.backtests.learning import Body, Learner, read_body
from keskio.talk.calendars import calendar_for
from keskio.talk.imagined import Cast, ImaginedStock, Witness, World
from keskio.talk.invitations import dates_of, lateness, launches_of
from keskio.talk.store import Held

Coming: TypeAlias = tuple[Micros, int, str, Any]
LAUNCH, DATE = "launch", "date"
DELIVERED = "message.delivered"


class Replay:
    """One definition with its company. `cuts`: the request of each offer that finds it sold out."""

    def __init__(
        self,
        programs: Sequence[Program],
        asked: Asked,
        counts: Counts,
        cuts: Mapping[str, Request],
        witness: Witness | None = None,
    ) -> None:
        self.programs, self.asked, self.counts = programs, asked, counts
        self.cast = Cast(programs, asked.rules)
        keys = frozenset(program.key for program in programs)
        calendar = calendar_for(asked.country)
        self.learner = Learner(keys, asked.pressures, calendar, asked.rules)
        self.reactions = Reactions(asked.assumed, asked.seed)
        self.tally = Tally(programs[0].key, asked.rules.zone, counts, asked.seed)
        self.stock = _Stock(asked.offers, counts, cuts)
        self.coming: list[Coming] = []
        self.world = World(self.cast, self.stock, _Watch(self, witness or Witness()))
        self.stock.world = self.world
        self._places = {loaded.program.key: loaded.dialogue for loaded in self.cast.entering}
        self._by_hand = {p.key for p in programs if p.trigger.kind == "hand"}
        self._by_word = any(p.trigger.kind == "keyword" for p in programs)
        self._launching = [p for p in programs if p.trigger.kind == "audience"]
        self._dating = [p for p in programs if p.trigger.kind == "date"]
        self._dated_to: Micros = 0
        self._came = 0

    def take(
        self, customer: int, known: Known, rows: Sequence[Row], place: tuple[int, int] = (0, 1)
    ) -> None:
        """Replay one customer from the beginning of what is known to the end of the time.

        `place`: the how many-th customer of how many it is, for audiences that are spread out.
        """
        world, asked = self.world, self.asked
        self._begin(customer, known, place)
        for at, _number, name, text in rows:
            if at >= asked.since:
                self._go_on(customer, at)
            world.now = at
            self._tell(customer, at, name, read_body(text))
        self._go_on(customer, asked.until - 1)
        held = world.held.get(customer)
        mine = sum(i.program is self.programs[0] for i in held.insides) if held else 0
        others = [(at, channel) for at, channel in self.learner.sent if at >= asked.since]
        self.tally.finish(customer, others, mine)
        world.forget(customer)
        world.clear_timers()

    def _begin(self, customer: int, known: Known, place: tuple[int, int]) -> None:
        world = self.world
        world.now = world.last_id = world.numbers.last = self._came = 0
        self.stock.had.clear()
        self.coming.clear()
        self.tally.begin()
        self.reactions.begin()
        world.facts[customer] = self.learner.begin(customer, known)
        self._dated_to = self.asked.since
        for program in self._launching:
            late = lateness(program, *place)
            for launch in launches_of(program, self.asked.since, self.asked.until, str(customer)):
                self.come(launch.at + late, LAUNCH, launch)

    def come(self, at: Micros, name: str, told: Any) -> None:
        """Let something happen to the customer at hand at a later moment."""
        self._came += 1
        heapq.heappush(self.coming, (at, self._came, name, told))

    def _go_on(self, customer: int, until: Micros) -> None:
        """Let time pass up to and with `until`: timers, and what was to come."""
        world = self.world
        self._date(customer, until)
        while True:
            due = world.next_due()
            coming = self.coming[0][0] if self.coming else None
            if due is not None and due <= until and (coming is None or due <= coming):
                world.fire()
            elif coming is not None and coming <= until:
                at, _, name, told = heapq.heappop(self.coming)
                world.now = max(world.now, at)
                self._comes(customer, name, told)
            else:
                return

    def _date(self, customer: int, until: Micros) -> None:
        """Let the dates up to `until` come, as they stand now."""
        if not self._dating or until <= self._dated_to:
            return
        facts = self.world.facts[customer]
        for program in self._dating:
            for dated in dates_of(program, facts, self._dated_to, until):
                told = {**dated.properties, "dialogue": program.key}
                self.come(dated.at, DATE, (program, told))
        self._dated_to = until

    def _comes(self, customer: int, name: str, told: Any) -> None:
        world = self.world
        if name in (LAUNCH, DATE):
            if name == LAUNCH:
                program, told = told.program, {"dialogue": told.program.key}
            else:
                program, told = told
            who = program.trigger.who
            if who is not None and not who(world.facts[customer].subject(world.now)):
                return
            name = INVITED
        world.happen(customer, name, told)
        world.settle()

    def _tell(self, customer: int, at: Micros, name: str, body: Body) -> None:
        world = self.world
        facts = world.facts[customer]
        learnt = self.learner.learn(facts, at, name, body)
        if learnt is not facts:
            world.facts[customer] = learnt
        told = body.properties
        if at < self.asked.since:
            if name == ENTERED:
                self._was_inside(customer, at, told)
        elif self._concerns(customer, name, told):
            world.happen(customer, name, told)
            world.settle()
            return
        if name in world.remembered:
            world.remember(customer, name, at, told)

    def _concerns(self, customer: int, name: str, told: Mapping[str, Any]) -> bool:
        """Tell whether an event of history is put to the dialogues of the replay."""
        if name == INVITED:
            return told.get("dialogue") in self._by_hand
        held = self.world.held.get(customer)
        if name == r.RECEIVED:
            # A reply of then was to a message of then; only what begins something by itself counts.
            asked = held is not None and any(i.enrolment.question for i in held.insides)
            return self._by_word and not asked
        if is_own(name) or told.get("by") == "dialogue":
            return False
        is_inside = held is not None and bool(held.insides)
        return (is_inside and name in self.cast.names) or bool(self.cast.entered_by(name))

    def _was_inside(self, customer: int, at: Micros, told: Mapping[str, Any]) -> None:
        place = self._places.get(str(told.get("dialogue", "")))
        if place is not None:
            held = self.world.held.setdefault(customer, Held([], {}))
            past = held.past.setdefault((place, str(told.get("object") or "")), [])
            past.append(r.Past(at, is_open=False))


class _Stock(ImaginedStock):
    """The offers of a backtest: as many as there are, and sold out from a request that is known."""

    world: World

    def __init__(
        self, shelves: Mapping[str, Shelf], counts: Counts, cuts: Mapping[str, Request]
    ) -> None:
        super().__init__()
        self.shelves, self.counts, self.cuts = shelves, counts, cuts
        self.had: Counter[str] = Counter()

    def give(self, offer: str, customer: int, visit: int) -> tuple[str, str | None]:
        """Return what there is at this moment."""
        shelf = self.shelves.get(offer)
        if shelf is None or (shelf.per_customer and self.had[offer] >= shelf.per_customer):
            return "refused", None
        now = self.world.now
        if shelf.valid_until is not None and now >= shelf.valid_until:
            return "sold_out", None
        request = (now, customer, self.had[offer])
        if shelf.stock is not None:
            ask_for(self.counts.demand, offer, shelf.stock + 1, request)
            cut = self.cuts.get(offer)
            if cut is not None and request >= cut:
                return "sold_out", None
        self.had[offer] += 1
        return "given", f"{offer.upper()}-{visit}"


class _Watch(Witness):
    """Passes everything on to the tally and a witness, and lets people react."""

    def __init__(self, replay: Replay, witness: Witness) -> None:
        self.replay, self.tally, self.witness = replay, replay.tally, witness

    def entered(self, customer: int, inside: r.Inside) -> None:
        self.tally.now = self.replay.world.now
        self.tally.entered(customer, inside)
        self.witness.entered(customer, inside)

    def took(self, customer: int, inside: r.Inside, taken: Taken) -> None:
        replay = self.replay
        now = self.tally.now = replay.world.now
        self.tally.took(customer, inside, taken)
        self.witness.took(customer, inside, taken)
        for effect in taken.effects:
            if isinstance(effect, do.GiveTask):
                result = replay.reactions.result(str(customer), inside, effect, now)
                if result is not None:
                    replay.come(*result)
        if taken.enrolment.phase == "delivery":
            report = {"enrolment": inside.id, "visit": taken.enrolment.visit}
            replay.come(now, DELIVERED, report)

    def claimed(self, customer: int, inside: r.Inside, effect: do.SendMessage, channel: str) -> str:
        replay = self.replay
        now = self.tally.now = replay.world.now
        self.tally.claimed(customer, inside, effect, channel)
        if effect.expects_reply:
            answer = replay.reactions.answer(str(customer), inside, effect, channel, now)
            if answer is not None:
                replay.come(*answer)
        return self.witness.claimed(customer, inside, effect, channel)

    def refused(
        self, customer: int, inside: r.Inside, effect: do.SendMessage, judged: s.Judged
    ) -> None:
        self.tally.refused(customer, inside, effect, judged)
        self.witness.refused(customer, inside, effect, judged)

    def ruled(self, customer: int, inside: r.Inside, verdict: str, reason: str, step: str) -> None:
        self.tally.ruled(customer, inside, verdict, reason, step)
        self.witness.ruled(customer, inside, verdict, reason, step)

    def reserved(
        self, customer: int, inside: r.Inside, effect: do.Reserve, outcome: str, code: str | None
    ) -> None:
        self.tally.reserved(customer, inside, effect, outcome, code)
        self.witness.reserved(customer, inside, effect, outcome, code)

    def passed_over(self, customer: int, happening: r.Happening) -> None:
        self.witness.passed_over(customer, happening)
