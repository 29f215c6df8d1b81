"""Plays definitions in virtual time against a script: the live runner's own code, an imagined world.

In the imagined world every message that the gate lets through is sent at once, people answer only
what the script says, and stocks are as large as the script says, or as is asked for. Deterministic: the
same definitions, script and seed give the same lines.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from keskio.channels.stopwords import keyword_of
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.reasons import Reason
from keskio.engine.pressure import Rules
from keskio.know.consents import START_WORD, STOP_WORD, Line, lines_of_start, lines_of_stop
from keskio.know.contracts import ANY_PURPOSE, GIVEN, WITHDRAWN
from keskio.know.folding import Register, take_line
from keskio.talk.calendars import calendar_for
from keskio.talk.imagined import Cast, World
from keskio.talk.invitations import Dated, dates_of, first_launch, lateness, launch_times
from keskio.talk.scripts import ScriptLine, Shelves, learnt, news_of
from keskio.talk.telling import Line as Told
from keskio.talk.telling import Teller

ADDRESSES = {"sms": "+358401234567", "email": "customer@example.com"}
REPORTS = frozenset(r.REPORTS)
FOR_EVER = 2**62


class Play:
    """One performance. `programs`: the dialogues that are played, and those that are always there.

    `quiet`: tell nothing, only count (`teller.counts`).
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        rules: Rules | None = None,
        seed: int = 0,
        quiet: bool = False,
    ) -> None:
        self.programs = list(programs)
        self.rules = rules or Rules()
        self.teller = Teller(self.rules.zone, quiet=quiet)
        self.shelves = Shelves(seed, self.teller.name_of)
        self.world = World(Cast(self.programs, self.rules), self.shelves, self.teller)
        self.teller.world = self.world
        self.registers: dict[int, Register] = {}
        self.calendar = calendar_for("FI")
        self.coming: list[tuple[int, int, int, Program, Dated | None]] = []
        self._came = self._begins = self._ends = 0
        self._dating = [program for program in programs if program.trigger.kind == "date"]
        self._dated: set[tuple[int, str, int, str]] = set()
        self._allowed = {
            f"{program.purpose}/{channel}": GIVEN
            for program in self.programs
            for channel in sorted(program.channels)
        }

    def run(self, script: Sequence[ScriptLine], until: int | None = None) -> Iterator[Told]:
        """Yield what happens, in order, until the script and all timers up to `until` are done.

        Rules by which an audience comes again, and yearly dates, would go on for ever: without `until`
        they end with the script.
        """
        for named in script:
            if named.customer:
                self._person(named.customer)
        self._begins = min((entry.at for entry in script if entry.at is not None), default=0)
        self._ends = max((entry.at or 0 for entry in script), default=0) if until is None else until
        self._launches()
        lines = iter(self._told_before(script))
        entry = next(lines, None)
        while True:
            due = self.world.next_due()
            coming = self.coming[0][0] if self.coming else None
            said = entry.at if entry is not None else None
            at = min((moment for moment in (due, coming, said) if moment is not None), default=None)
            if at is None or (until is not None and at > until):
                return
            if due == at:
                self.world.fire()
            else:
                self.world.now = max(self.world.now, at)
                if coming == at:
                    self._comes(*heapq.heappop(self.coming)[2:])
                else:
                    assert entry is not None
                    self._play(entry)
                    entry = next(lines, None)
                self.world.settle()
            yield from self.teller.drained()

    # who is invited

    def _launches(self) -> None:
        """Note when audiences come in, each customer at their place where they are spread out."""
        people = sorted(self.world.facts)
        for program in self.programs:
            first = first_launch(program)
            if first is None:
                continue
            ends = self._ends + 1 if program.trigger.rrule else first + 1
            for at in launch_times(program, min(first, ends), ends):
                if program.trigger.spread is None:
                    self._come(at, 0, program, None)
                    continue
                for place, customer in enumerate(people):
                    self._come(at + lateness(program, place, len(people)), customer, program, None)

    def _come(self, at: int, customer: int, program: Program, dated: Dated | None) -> None:
        self._came += 1
        heapq.heappush(self.coming, (at, self._came, customer, program, dated))

    def _comes(self, customer: int, program: Program, dated: Dated | None) -> None:
        """Invite a customer, or everybody (0), whom the trigger means; a date only if it still stands."""
        if dated is not None:
            facts = self.world.facts[customer]
            found = dates_of(program, facts, dated.at - 1, dated.at)
            dated = next((one for one in found if one.key == dated.key), None)
            if dated is None:
                return
        who = program.trigger.who
        told = {**(dated.properties if dated else {}), "dialogue": program.key}
        for one in [customer] if customer else list(self.world.facts):
            if who is None or who(self.world.facts[one].subject(self.world.now)):
                self.world.happen(one, r.INVITED, dict(told))

    def _date(self, customer: int) -> None:
        """Note the dates that lie ahead of a customer of whom something new is known."""
        facts, now = self.world.facts[customer], self.world.now
        for program in self._dating:
            yearly = program.trigger.yearly
            since, ends = (max(now, self._begins), self._ends) if yearly else (now, FOR_EVER)
            for dated in dates_of(program, facts, since, ends):
                key = (customer, program.key, dated.at, dated.key)
                if key not in self._dated:
                    self._dated.add(key)
                    self._come(dated.at, customer, program, dated)

    # the script

    def _told_before(self, script: Sequence[ScriptLine]) -> Iterator[ScriptLine]:
        """Learn what is known from the beginning; return the lines that have a time."""
        timed = len(script)
        for place, entry in enumerate(script):
            if entry.at is not None:
                timed = place
                break
            self._learn(entry)
        return iter(script[timed:]) if timed else iter(script)

    def _play(self, entry: ScriptLine) -> None:
        self._learn(entry)
        if not entry.event:
            return
        customer = self._person(entry.customer)
        if entry.event == r.RECEIVED:
            self._receive(customer, dict(entry.properties))
        elif entry.event in (r.TASK_DONE, r.TASK_DECLINED) or entry.event in REPORTS:
            properties = self._addressed(customer, entry.event, entry.properties)
            self.world.happen(customer, entry.event, properties)
        else:
            self.world.happen(customer, entry.event, entry.properties)

    def _learn(self, entry: ScriptLine) -> None:
        if entry.stock:
            self.shelves.put(entry.stock)
        if entry.call:
            answer = entry.call.answer, entry.call.value
            self.teller.answers[entry.customer, entry.call.call] = answer
        if not entry.customer:
            return
        customer = self._person(entry.customer)
        if entry.known:
            facts = learnt(self.world.facts[customer], entry.known, self.world.now, self.rules.zone)
            self.world.facts[customer] = facts
            if "consents" in entry.known:
                self.registers[customer] = Register(facts.consents, {})
            if entry.at is not None:
                for name, told in news_of(entry.known):
                    if name in self.world.cast.names or self.world.cast.entered_by(name):
                        self.world.happen(customer, name, told)
            self._date(customer)

    def _person(self, name: str) -> int:
        known = self.teller.number_of.get(name)
        if known is not None:
            return known
        customer = self.teller.add(name)
        traits = {"first_name": name.capitalize(), "earlier_customer": True}
        self.world.facts[customer] = Facts(
            traits,
            self._allowed,
            ADDRESSES,
            "",
            "fi",
            calendar=self.calendar,
            events={},
            who=name,
        )
        return customer

    def _receive(self, customer: int, properties: dict[str, Any]) -> None:
        if not properties.get("channel"):
            properties["channel"] = self._talking_in(customer)
        channel = properties["channel"]
        keyword = properties.setdefault("keyword", keyword_of(str(properties.get("text", ""))))
        self.world.happen(customer, r.RECEIVED, properties)
        if keyword in ("stop", "start"):
            self._change_consents(customer, channel, keyword)

    def _talking_in(self, customer: int) -> str:
        held = self.world.held.get(customer)
        talking = [i.enrolment.channel for i in held.insides if i.enrolment.channel] if held else []
        return talking[-1] if talking else "sms"

    def _change_consents(self, customer: int, channel: str, keyword: str) -> None:
        """Let a stop or a start word do what it does in the register of consents."""
        facts = self.world.facts[customer]
        book = self.registers.get(customer)
        if book is None:
            book = self.registers[customer] = Register(facts.consents, {})
        book.states = dict(book.states)
        state, cause = (WITHDRAWN, STOP_WORD) if keyword == "stop" else (GIVEN, START_WORD)
        line = Line(customer, ANY_PURPOSE, channel, state, self.world.now, "script", cause)
        lines_of = lines_of_stop if keyword == "stop" else lines_of_start
        news = [new for new in lines_of(line, book.states, book.standings) if take_line(book, new)]
        self.world.facts[customer] = msgspec.structs.replace(facts, consents=book.states)
        for new in news:
            told = {"purpose": new.purpose, "channel": new.channel, "cause": new.cause}
            self.world.happen(customer, f"consent.{new.state}", told)
        if keyword == "stop" and not news:
            self.teller.say(customer, None, Reason("stopped"))

    def _addressed(self, customer: int, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Return a task's answer or a delivery report with whose it is, by the step it names."""
        held = self.world.held.get(customer)
        step = properties.get("step")
        phases = ("task",) if name.startswith("task.") else ("answer", "result", "delivery")
        for inside in held.insides if held else ():
            enrolment = inside.enrolment
            if enrolment.phase in phases and step in (None, enrolment.step):
                return {**properties, "enrolment": inside.id, "visit": enrolment.visit}
        return properties
