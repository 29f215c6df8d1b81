"""Plays definitions in virtual time against a script: the live runner's own code, an imagined world.

In the imagined world every message that the gate lets through is sent at once, people answer only
what the script says, and stocks are as large as the script says, or as is asked for. Deterministic: the
same definitions, script and seed give the same lines.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from keskio.channels.stopwords import keyword_of
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.moments import Around, moment_at
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.reasons import Reason
from keskio.engine.pressure import Rules
from keskio.know.consents import START_WORD, STOP_WORD, Line, lines_of_start, lines_of_stop
from keskio.know.contracts import ANY_PURPOSE, GIVEN, WITHDRAWN
from keskio.know.folding import Register, take_line
from keskio.talk.calendars import calendar_for
from keskio.talk.imagined import Cast, World
from keskio.talk.scripts import ScriptLine, Shelves, learnt
from keskio.talk.telling import Line as Told
from keskio.talk.telling import Teller

ADDRESSES = {"sms": "+358401234567", "email": "customer@example.com"}
REPORTS = frozenset(r.REPORTS)


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
        self._allowed = {
            f"{program.purpose}/{channel}": GIVEN
            for program in self.programs
            for channel in sorted(program.channels)
        }

    def run(self, script: Sequence[ScriptLine], until: int | None = None) -> Iterator[Told]:
        """Yield what happens, in order, until the script and all timers up to `until` are done."""
        for entry in script:
            if entry.customer:
                self._person(entry.customer)
        launches = deque(sorted(self._audiences(), key=lambda item: item[0]))
        lines = iter(self._told_before(script))
        entry = next(lines, None)
        while True:
            due = self.world.next_due()
            launch = launches[0][0] if launches else None
            said = entry.at if entry is not None else None
            at = min((moment for moment in (due, launch, said) if moment is not None), default=None)
            if at is None or (until is not None and at > until):
                return
            if due == at:
                self.world.fire()
            else:
                self.world.now = max(self.world.now, at)
                if launch == at:
                    launches.popleft()[1]()
                else:
                    assert entry is not None
                    self._play(entry)
                    entry = next(lines, None)
                self.world.settle()
            yield from self.teller.drained()

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

    def _audiences(self) -> Iterator[tuple[int, Callable[[], None]]]:
        for program in self.programs:
            if program.trigger.kind == "audience" and program.trigger.at is not None:
                at = moment_at(program.trigger.at, 0, Around(program, {}, Facts()))
                yield at, lambda program=program: self._launch(program)  # type: ignore[misc]

    def _launch(self, program: Program) -> None:
        who = program.trigger.who
        for customer, facts in list(self.world.facts.items()):
            if who is None or who(facts.subject(self.world.now)):
                self.world.happen(customer, r.INVITED, {"dialogue": program.key})

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
