"""One batch of customers: every signal of each, in order, against the engine. No database in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.asked_of_steps import own_results
from keskio.engine.dialogue.enrolment import EXITED, FAILED, WAITING, Enrolment
from keskio.engine.dialogue.facts import NOBODY, Facts
from keskio.engine.dialogue.migrating import CHANGES
from keskio.engine.dialogue.promised import PROMISED
from keskio.engine.dialogue.run import Taken
from keskio.engine.dialogue.taking import CONTROL, is_control
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.talk.directing import invitation, removals, started
from keskio.talk.host import BatchHost
from keskio.talk.moving import Mover
from keskio.talk.programs import Loaded, Programs
from keskio.talk.rendering import render, written_body
from keskio.talk.store import Held, Numbers, text_of

Perform: TypeAlias = Callable[[int, r.Inside, Loaded, Any], None]
UNCLEAR = "reply.unclear"
# Reasons that explain a silence to somebody who asks; the rest only say that things go on.
EXPLAINED = frozenset(
    {
        *("no_open_question", "question_closed", "not_understood", "asked_enough"),
        *("broken_step", "loop_without_wait", "unknown", "other_object", "answer_unclear"),
        *("window_passed", "condition_not_met", "call_unanswered", "date_moved"),
        *("hour_unknown", "due_unknown", "end_unknown"),
    }
)


class Batch:
    """The customers of one batch with what they are in; `host.delta` collects what must be written."""

    def __init__(
        self,
        programs: Programs,
        held: dict[int, Held],
        host: BatchHost,
        numbers: Numbers,
        now: Micros,
    ) -> None:
        self.programs, self.host, self.numbers, self.now = programs, host, numbers, now
        self._held = held
        self._texts: dict[object, tuple[str, str]] = {}
        host.insides_of = self._insides_of
        host.directed = self._direct
        self._facts = host.facts_of
        self._mover = Mover(self, held)
        self._ways: dict[type, Perform] = {
            do.End: self._end,
            do.GiveTask: self._give_task,
            do.SetTraits: self._set_traits,
            do.Record: self._record,
            do.CallOut: self._call_out,
        }

    def take(
        self, customer: int, happenings: Sequence[r.Happening], *, may_enter: bool = True
    ) -> None:
        """Take one customer's events in order; timers due before an event go first.

        `may_enter` is false for what the record of a merged customer is only inside of.
        """
        held = self._held.get(customer) or self._of(customer)
        for happening in happenings:
            if was_inside := bool(held.insides):
                self._fire_until(customer, held, min(happening.at, self.now))
            if happening.name in CHANGES:
                self._mover.take(customer, held, happening)
                continue
            facts = self._facts(customer) if happening.name == r.WITHDRAWN else NOBODY
            moves = r.moves_for(happening, held.insides, facts)
            for inside, signal in moves:
                self._move(customer, held, inside, signal, happening.id)
            if was_inside and happening.name == r.RECEIVED and not held.insides and not moves:
                # The time of the last question was over before it was answered: that is for people.
                self.host.rule("nothing", "no_open_question", "", {"event": happening.id})
            if moves and isinstance(moves[0][1], s.Unclear):
                self._ask_a_person(customer, happening, [inside for inside, _ in moves])
            entering = self.programs.entered_by(happening.name) if may_enter else ()
            if entering:
                programs = [loaded.program for loaded in entering]
                for entry in r.entries_for(
                    happening,
                    programs,
                    answered=bool(moves),
                    facts=lambda: self._facts(customer),
                ):
                    self._enter(customer, held, entry, happening.id)

    def fire(self, customer: int, until: Micros) -> None:
        """Fire one customer's timers that are due by `until`, in their order."""
        self._fire_until(customer, self._of(customer), until)

    def _fire_until(self, customer: int, held: Held, until: Micros) -> None:
        while True:
            inside = _first_due(held.insides, until)
            if inside is None:
                return
            timer = min(inside.enrolment.timers)
            signal = s.Due(timer.due, timer.kind, timer.visit)
            self._move(customer, held, inside, signal, 0)

    def _enter(self, customer: int, held: Held, entry: r.Entry, cause: int) -> None:
        loaded = self.programs.by_program[id(entry.program)]
        past = held.past.get((loaded.dialogue, entry.signal.object), [])
        refusal = r.refusal_to_enter(entry, past, self._facts(customer))
        if loaded.state == "paused":
            refusal = refusal or "dialogue_paused"
        inside = r.Inside(
            0 if refusal else self.numbers.next(),
            entry.program,
            Enrolment(object=entry.signal.object),
        )
        if refusal:
            self.host.begin(inside, customer=customer, version=loaded.version, cause=cause)
            self.host.rule("refused", refusal, "", {"event": cause})
            self.host.delta.tally[loaded.version, "", f"refused:{refusal}"] += 1
            return
        held.past[loaded.dialogue, entry.signal.object] = [*past, r.Past(entry.signal.at, True)]
        held.insides.append(inside)
        self.host.delta.entered[inside.id] = (
            loaded.dialogue,
            loaded.version,
            customer,
            entry.signal.object,
            entry.signal.at,
        )
        self.host.delta.tally[loaded.version, "", "entered"] += 1
        arm = {}
        if loaded.program.control:
            held_out = is_control(loaded.program, self._facts(customer))
            arm = {"arm": CONTROL if held_out else "treated"}
        if entry.signal.object:
            arm["object"] = entry.signal.object
        self._tell_alike(customer, inside, loaded, "dialogue.entered", arm)
        self._move(customer, held, inside, entry.signal, cause)

    def _move(
        self, customer: int, held: Held, inside: r.Inside, signal: s.Signal, cause: int
    ) -> None:
        loaded = self.programs.by_program[id(inside.program)]
        host = self.host
        host.begin(inside, customer=customer, version=loaded.version, cause=cause)
        idle = isinstance(signal, s.Reported) and r.needs_no_facts(inside, signal)
        facts = NOBODY if idle else self._facts(customer)
        rote = self.programs.rote_of(inside.program)
        taken = rote.drive(inside.enrolment, signal, facts, self.now, host)
        self.settle(customer, held, inside, taken, cause)

    def settle(self, customer: int, held: Held, inside: r.Inside, taken: Taken, cause: int) -> None:
        """Note everything that came of a signal of `inside`, whose turn it is at the host."""
        loaded = self.programs.by_program[id(inside.program)]
        host = self.host
        if taken.enrolment is not inside.enrolment:
            inside.enrolment = taken.enrolment
            host.delta.changed[inside.id] = taken.enrolment
        tally, version = host.delta.tally, loaded.version
        for step, outcome in taken.passed:
            tally[version, step, outcome] += 1
        for reason in taken.reasons:
            if reason.code in EXPLAINED:
                host.rule("nothing", reason.code, reason.step, {**reason.values, "event": cause})
                tally[version, reason.step, f"reason.{reason.code}"] += 1
        self._perform(customer, inside, loaded, taken)
        if taken.enrolment.status != WAITING:
            held.insides.remove(inside)
            self._closed(held, inside, loaded)

    def _closed(self, held: Held, inside: r.Inside, loaded: Loaded) -> None:
        past = held.past[loaded.dialogue, inside.enrolment.object]
        past[:] = [msgspec.structs.replace(p, is_open=False) if p.is_open else p for p in past]

    def _perform(self, customer: int, inside: r.Inside, loaded: Loaded, taken: Taken) -> None:
        for effect in taken.effects:
            perform = self._ways.get(type(effect))
            if perform is not None:
                perform(customer, inside, loaded, effect)

    def _set_traits(
        self, customer: int, _inside: r.Inside, _loaded: Loaded, effect: do.SetTraits
    ) -> None:
        self.host.delta.traits.setdefault(customer, {}).update(effect.traits)

    def _record(self, customer: int, inside: r.Inside, loaded: Loaded, effect: do.Record) -> None:
        told = {**effect.properties, "step": effect.step}
        if effect.name == PROMISED:
            told["text"] = self._written(customer, inside, told["text"])
        self._tell(customer, inside, loaded, effect.name, told)

    def _end(self, customer: int, inside: r.Inside, loaded: Loaded, effect: do.End) -> None:
        self.host.delta.tally[loaded.version, "", f"{effect.status}:{effect.outcome}"] += 1
        if effect.status in (EXITED, FAILED):
            self.host.delta.over.append(inside.id)
            self.host.rule(effect.status, effect.outcome, inside.enrolment.step, {})
        ending = {"status": effect.status, "outcome": effect.outcome}
        self._tell_alike(customer, inside, loaded, "dialogue.ended", ending)

    def _give_task(
        self, customer: int, inside: r.Inside, loaded: Loaded, effect: do.GiveTask
    ) -> None:
        title = self._written(customer, inside, effect.title)
        given = {"title": title, "queue": effect.queue, "due_at": effect.due, "visit": effect.visit}
        if effect.owner:
            given["owner"] = effect.owner
        if effect.skill:
            given["skill"] = effect.skill
        if own := own_results(inside.program.steps[effect.step]):
            given["results"] = own
        self._tell(customer, inside, loaded, "task.given", {**given, "step": effect.step})

    def _call_out(
        self, customer: int, inside: r.Inside, loaded: Loaded, effect: do.CallOut
    ) -> None:
        """Ask for the call through the log; who makes calls follows it."""
        values = {
            **loaded.program.variables,
            **effect.variables,
            "customer": self._facts(customer).traits,
            "object": self._facts(customer).fields_of(
                inside.program.object_kind, inside.enrolment.object
            ),
        }
        asked = {
            "connection": effect.connection,
            "body": written_body(effect.body, values, zone=loaded.program.zone),
            "until": effect.limit,
            "visit": effect.visit,
            "step": effect.step,
        }
        self._tell(customer, inside, loaded, "call.asked", asked)

    def _direct(self, customer: int, effect: do.StartDialogue | do.StopDialogue) -> str:
        """Bring a customer into another dialogue or take her out of it; return the outcome."""
        held, events = self._of(customer), self.host.delta.events
        if isinstance(effect, do.StopDialogue):
            gone = removals(customer, effect, held, self.now)
            events += gone
            return "stopped" if gone else "refused"
        facts = self._facts(customer)
        refusal, other = started(effect, self.programs, held, facts, self.now)
        if refusal:
            self.host.rule("nothing", refusal, effect.step, {"dialogue": effect.dialogue})
            if other is not None:
                self.host.delta.tally[other.version, "", f"refused:{refusal}"] += 1
            return "refused"
        events.append(invitation(customer, effect, self.now))
        return "started"

    def _ask_a_person(
        self, customer: int, happening: r.Happening, fitting: Sequence[r.Inside]
    ) -> None:
        """Let a person decide which of several open questions a reply was an answer to."""
        told = {
            "reply": happening.id,
            "said_at": happening.at,
            "channel": happening.properties.get("channel", ""),
            "text": happening.properties.get("text", ""),
            "enrolments": [inside.id for inside in fitting],
        }
        body = text_of({"properties": told})
        self.host.delta.events.append(NewEvent(customer, UNCLEAR, self.now, body))

    def _written(self, customer: int, inside: r.Inside, title: Mapping[str, str]) -> dict[str, str]:
        program = inside.program
        values = {
            **program.variables,
            **inside.enrolment.variables,
            "customer": self._facts(customer).traits,
            "object": self._facts(customer).fields_of(
                inside.program.object_kind, inside.enrolment.object
            ),
        }
        written = {}
        for language, text in title.items():
            try:
                written[language] = render(text, values, language=language, zone=program.zone)
            except ValueError:  # a person can read around a broken name; the work must be done
                written[language] = text
        return written

    def _tell(
        self,
        customer: int,
        inside: r.Inside,
        loaded: Loaded,
        name: str,
        properties: dict[str, Any],
    ) -> None:
        told = {
            "dialogue": loaded.program.key,
            "version": loaded.program.version,
            "enrolment": inside.id,
            **properties,
        }
        event = NewEvent(customer, name, self.now, text_of({"properties": told}))
        self.host.delta.events.append(event)

    def _tell_alike(
        self,
        customer: int,
        inside: r.Inside,
        loaded: Loaded,
        name: str,
        properties: dict[str, str],
    ) -> None:
        """Do what `_tell` does, for texts in which only the enrolment's number is new."""
        key = (loaded.version, *properties.items())
        parts = self._texts.get(key)
        if parts is None:
            program = loaded.program
            told = {"dialogue": program.key, "version": program.version, "enrolment": 0}
            before = text_of({"properties": told}).removesuffix("0}}")
            after = text_of(properties).removeprefix("{")
            parts = self._texts[key] = (before, f",{after}}}" if properties else "}}")
        body = f"{parts[0]}{inside.id}{parts[1]}"
        self.host.delta.events.append(NewEvent(customer, name, self.now, body))

    def _of(self, customer: int) -> Held:
        held = self._held.get(customer)
        if held is None:
            held = self._held[customer] = Held([], {})
        return held

    def _insides_of(self, customer: int) -> Sequence[r.Inside]:
        held = self._held.get(customer)
        return held.insides if held else ()

    def facts_of(self, customer: int) -> Facts:
        """Return what is known of a customer of the batch."""
        return self._facts(customer)


def _first_due(insides: Sequence[r.Inside], until: Micros) -> r.Inside | None:
    """Return the enrolment whose timer is due first by `until`; of two at one moment the older."""
    first, when = None, (until, 2**63)
    for inside in insides:
        for timer in inside.enrolment.timers:
            if timer.due <= until and (timer.due, inside.id) < when:
                first, when = inside, (timer.due, inside.id)
    return first
