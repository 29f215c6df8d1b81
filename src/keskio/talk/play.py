"""Plays a definition in virtual time against a script: the real engine and gate, an imagined world.

In the imagined world every message that the gate lets through is sent at once, people answer only
what the script says, and stocks are as large as the offer asks for. Deterministic: the same
definition, script and seed give the same lines.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from keskio.channels.stopwords import keyword_of
from keskio.engine.conditions import Happening
from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.drive import drive
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import Contact, Facts
from keskio.engine.dialogue.gate import decide
from keskio.engine.dialogue.moments import moment_at
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.reasons import Reason, sentence
from keskio.engine.dialogue.run import Taken
from keskio.engine.pressure import Rules
from keskio.engine.times import to_local
from keskio.kernel.i18n import in_language
from keskio.talk.calendars import calendar_for
from keskio.talk.rendering import render
from keskio.talk.scripts import ScriptLine, learnt

Line = dict[str, Any]
ADDRESSES = {"sms": "+358401234567", "email": "customer@example.com"}


class Played(msgspec.Struct, eq=False):
    """One customer of the script in the imagined world."""

    name: str
    facts: Facts
    history: dict[str, list[Happening]]
    insides: list[r.Inside] = []
    past: dict[tuple[str, str], list[r.Past]] = {}


class Play:
    """One performance. `programs`: the dialogue that is played, and those that are always there."""

    def __init__(
        self, programs: Sequence[Program], *, rules: Rules | None = None, seed: int = 0
    ) -> None:
        self.programs = list(programs)
        self.rules = rules or Rules()
        self.seed = seed
        self.people: dict[str, Played] = {}
        self.now = 0
        self.last_id = 0
        self.lines: list[Line] = []
        self.ahead: deque[tuple[Played, r.Happening]] = deque()
        self.timers: list[tuple[int, int, Played, r.Inside]] = []
        self.acting: tuple[Played, r.Inside] | None = None

    def run(self, script: Sequence[ScriptLine], until: int | None = None) -> Iterator[Line]:
        """Yield what happens, in order, until the script and all timers up to `until` are done."""
        for entry in script:
            self._person(entry.customer)
        happenings: deque[tuple[int, Callable[[], None]]] = deque(
            sorted([*self._audiences(), *self._scripted(script)], key=lambda item: item[0])
        )
        while True:
            due = self._next_timer()
            at = happenings[0][0] if happenings else None
            if due is not None and (at is None or due[0] <= at):
                if until is not None and due[0] > until:
                    return
                self._fire(*due)
            elif at is not None and (until is None or at <= until):
                self.now = max(self.now, at)
                happenings.popleft()[1]()
            else:
                return
            yield from self._drained()

    def _drained(self) -> Iterator[Line]:
        while self.ahead:
            self._take(*self.ahead.popleft())
        lines, self.lines = self.lines, []
        yield from lines

    # the script

    def _audiences(self) -> Iterator[tuple[int, Callable[[], None]]]:
        for program in self.programs:
            if program.trigger.kind == "audience" and program.trigger.at is not None:
                at = moment_at(program.trigger.at, 0, program, {}, Facts())
                yield at, lambda program=program: self._launch(program)  # type: ignore[misc]

    def _launch(self, program: Program) -> None:
        who = program.trigger.who
        for person in self.people.values():
            if who is None or who(person.facts.subject(self.now)):
                self._happen(person, r.INVITED, {"dialogue": program.key})

    def _scripted(self, script: Sequence[ScriptLine]) -> Iterator[tuple[int, Callable[[], None]]]:
        for entry in script:
            if entry.at is None:
                self._learn(entry)
            else:
                yield entry.at, lambda entry=entry: self._play(entry)  # type: ignore[misc]

    def _play(self, entry: ScriptLine) -> None:
        self._learn(entry)
        person = self._person(entry.customer)
        if entry.event == r.RECEIVED:
            self._receive(person, dict(entry.properties))
        elif entry.event in (r.TASK_DONE, r.TASK_DECLINED):
            self._happen(person, entry.event, self._task_of(person, entry.properties))
        elif entry.event:
            self._happen(person, entry.event, entry.properties)

    def _learn(self, entry: ScriptLine) -> None:
        person = self._person(entry.customer)
        person.facts = learnt(person.facts, entry.known, self.now, self.rules.zone)

    def _person(self, name: str) -> Played:
        if name not in self.people:
            consents = {
                f"{program.purpose}/{channel}": "given"
                for program in self.programs
                for channel in program.channels
            }
            traits = {"first_name": name.capitalize(), "earlier_customer": True}
            facts = Facts(traits, consents, ADDRESSES, "", "fi", calendar=calendar_for("FI"))
            history: dict[str, list[Happening]] = {}
            facts = msgspec.structs.replace(facts, events=history)
            self.people[name] = Played(name, facts, history)
        return self.people[name]

    def _receive(self, person: Played, properties: dict[str, Any]) -> None:
        if not properties.get("channel"):
            talking = [i.enrolment.channel for i in person.insides if i.enrolment.channel]
            properties["channel"] = talking[-1] if talking else "sms"
        channel = properties["channel"]
        keyword = properties.setdefault("keyword", keyword_of(str(properties.get("text", ""))))
        self._happen(person, r.RECEIVED, properties)
        if keyword == "stop" and person.facts.consents.get(f"*/{channel}") != "withdrawn":
            gone = {
                key: "withdrawn" for key in person.facts.consents if key.endswith(f"/{channel}")
            }
            consents = {**person.facts.consents, **gone, f"*/{channel}": "withdrawn"}
            person.facts = msgspec.structs.replace(person.facts, consents=consents)
            cause = {"purpose": "*", "channel": channel, "cause": "stop_word"}
            self._happen(person, r.WITHDRAWN, cause)
        elif keyword == "stop":
            self._say(person, None, Reason("stopped"))

    def _task_of(self, person: Played, properties: dict[str, Any]) -> dict[str, Any]:
        for inside in person.insides:
            if inside.enrolment.phase == "task" and properties.get("step") in (
                None,
                inside.enrolment.step,
            ):
                return {**properties, "enrolment": inside.id, "visit": inside.enrolment.visit}
        return properties

    # the world

    def _happen(self, person: Played, name: str, properties: dict[str, Any]) -> None:
        self.last_id += 1
        person.history.setdefault(name, []).append(Happening(self.now, properties))
        self.ahead.append((person, r.Happening(self.last_id, self.now, name, properties)))

    def _take(self, person: Played, happening: r.Happening) -> None:
        moves = r.moves_for(happening, person.insides, person.facts)
        for inside, signal in moves:
            self._move(person, inside, signal)
        entries = r.entries_for(
            happening, self.programs, answered=bool(moves), facts=lambda: person.facts
        )
        for entry in entries:
            self._enter(person, entry)
        if not moves and not entries:
            self._pass_over(person, happening)

    def _pass_over(self, person: Played, happening: r.Happening) -> None:
        if happening.name == r.RECEIVED and not happening.properties.get("keyword"):
            self._say(person, None, Reason("no_open_question"))
        elif happening.name in (r.TASK_DONE, r.TASK_DECLINED):
            self._say(person, None, Reason("task_past"))

    def _enter(self, person: Played, entry: r.Entry) -> None:
        key = (entry.program.key, entry.signal.object)
        past = person.past.setdefault(key, [])
        refusal = r.refusal_to_enter(entry, past, person.facts)
        self.last_id += 1
        fresh = Enrolment(object=entry.signal.object)
        inside = r.Inside(self.last_id, entry.program, fresh)
        if refusal:
            self._say(person, inside, Reason(refusal))
            return
        past.append(r.Past(self.now, True))
        person.insides.append(inside)
        self.lines.append(self._line(person, inside, "enter", {}))
        self._move(person, inside, entry.signal)

    def _move(self, person: Played, inside: r.Inside, signal: s.Signal) -> None:
        self.acting = (person, inside)
        taken = drive(inside.program, inside.enrolment, signal, person.facts, self.now, self)
        inside.enrolment = taken.enrolment
        self._tell(person, inside, taken)
        if taken.enrolment.due is not None:
            heapq.heappush(self.timers, (taken.enrolment.due, inside.id, person, inside))
        if taken.enrolment.is_over:
            person.insides.remove(inside)
            key = (inside.program.key, inside.enrolment.object)
            closed = msgspec.structs.replace(person.past[key][-1], is_open=False)
            person.past[key][-1] = closed

    def _next_timer(self) -> tuple[int, Played, r.Inside] | None:
        while self.timers:
            due, _, person, inside = self.timers[0]
            if inside.enrolment.due == due:  # else it has moved on since
                return due, person, inside
            heapq.heappop(self.timers)
        return None

    def _fire(self, due: int, person: Played, inside: r.Inside) -> None:
        self.now = max(self.now, due)
        heapq.heappop(self.timers)
        timer = min(inside.enrolment.timers)
        self._move(person, inside, s.Due(timer.due, timer.kind, timer.visit))

    # the host of the engine

    def judge(self, effect: do.SendMessage, at: int) -> s.Judged:
        """Let the gate decide; a message that may go is sent at once."""
        assert self.acting is not None
        person, inside = self.acting
        facts = person.facts
        verdict, channel = decide(effect, facts, self.rules, self.now)
        if verdict.verdict == "send":
            self._send(person, inside, effect, channel)
        return s.Judged(at, effect.visit, verdict.verdict, verdict.reason, verdict.until, channel)

    def _send(self, person: Played, inside: r.Inside, effect: do.SendMessage, channel: str) -> None:
        contact = Contact(self.now, channel, effect.message.pressure)
        contacts = (*person.facts.contacts, contact)
        person.facts = msgspec.structs.replace(person.facts, contacts=contacts)
        report = {"enrolment": inside.id, "visit": effect.visit}
        try:
            text = self._text(person, inside, effect)
        except ValueError:
            self._say(person, inside, Reason("broken_text", effect.step))
            self._happen(person, "message.withdrawn", {**report, "reason": "broken_text"})
            return
        detail = {"channel": channel, "purpose": effect.message.purpose, "text": text}
        self.lines.append(self._line(person, inside, "send_message", detail, step=effect.step))
        self._happen(person, "message.sent", report)

    def reserve(self, effect: do.Reserve, at: int) -> s.Reserved:
        """Give a code made from the seed, the offer and the customer."""
        assert self.acting is not None
        person = self.acting[0]
        seed = f"{self.seed}/{effect.offer}/{person.name}/{effect.visit}"
        code = hashlib.sha256(seed.encode()).hexdigest()[:8].upper()
        detail = {"offer": effect.offer, "code": code}
        self.lines.append(self._line(*self.acting, "reserve", detail, step=effect.step))
        return s.Reserved(at, effect.visit, "given", code)

    def _text(self, person: Played, inside: r.Inside, effect: do.SendMessage) -> str:
        program, language = inside.program, person.facts.language or "fi"
        values = {**program.variables, **effect.variables, "customer": person.facts.traits}
        template = in_language(effect.message.texts, language)
        zone = person.facts.zone or program.zone
        return render(template, values, language=language, zone=zone)

    def _written(self, person: Played, inside: r.Inside, title: dict[str, str]) -> dict[str, str]:
        known = {**inside.program.variables, **inside.enrolment.variables}
        values = {**known, "customer": person.facts.traits}
        zone = inside.program.zone
        return {
            language: render(text, values, language=language, zone=zone)
            for language, text in title.items()
        }

    # telling

    def _tell(self, person: Played, inside: r.Inside, taken: Taken) -> None:
        for reason in taken.reasons:
            self._say(person, inside, reason)
        for effect in taken.effects:
            if not isinstance(effect, (do.SendMessage, do.Reserve)):
                detail = msgspec.to_builtins(effect)
                step = detail.pop("step", inside.enrolment.step)
                if "due" in detail:
                    detail["due"] = self._shown(person, detail["due"])
                if "reason" in detail:  # a line with a reason is not an effect
                    detail["because"] = detail.pop("reason")
                name = _snake(type(effect).__name__)
                if isinstance(effect, do.GiveTask):
                    detail["title"] = self._written(person, inside, effect.title)
                self.lines.append(self._line(person, inside, name, detail, step=step))

    def _say(self, person: Played, inside: r.Inside | None, reason: Reason) -> None:
        line = self._line(person, inside, "", {})
        line.pop("effect")
        line["step"] = reason.step or line["step"]
        line["reason"] = reason.code
        line["sentence"] = sentence(reason.code, "en")
        if "until" in reason.values:
            line["until"] = self._shown(person, reason.values["until"])
        self.lines.append(line)

    def _line(
        self,
        person: Played,
        inside: r.Inside | None,
        effect: str,
        detail: dict[str, Any],
        *,
        step: str = "",
    ) -> Line:
        return {
            "at": self._shown(person, self.now),
            "customer": person.name,
            "object": inside.enrolment.object if inside else "",
            "dialogue": inside.program.key if inside else "",
            "step": step or (inside.enrolment.step if inside else ""),
            "effect": effect,
            **detail,
        }

    def _shown(self, person: Played, at: int) -> str:
        zone = person.facts.zone or self.rules.zone
        return to_local(at, zone).isoformat(timespec="seconds")


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
