"""An imagined world around the engine, in memory, that watches the laws while it plays.

It is written apart from the hosts that ship: what it holds true is told in plain assertions, on every
signal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.asked_of_steps import target_of
from keskio.engine.dialogue.drive import drive
from keskio.engine.dialogue.enrolment import EXITED, FAILED, Enrolment
from keskio.engine.dialogue.facts import Contact, Facts
from keskio.engine.dialogue.gate import decide
from keskio.engine.dialogue.packing import pack, unpack
from keskio.engine.dialogue.program import Ask, Program
from keskio.engine.dialogue.reasons import SENTENCES
from keskio.engine.dialogue.run import Taken
from keskio.engine.dialogue.step import step
from keskio.engine.pressure import COUNTED, NEEDS_CONSENT, Cap, Rules
from keskio.engine.times import MINUTE, to_local
from tests.engine.making import AINO, HELSINKI, MONDAY, VILLE
from tests.engine.programs import SAID, Coming

PEOPLE = {
    "aino": AINO,
    "ville": VILLE,
    "eero": msgspec.structs.replace(
        AINO,
        zone="America/New_York",
        addresses={"email": "eero@example.fi"},
        traits={**AINO.traits, "delivered": "2026-03-03"},
    ),
    "siiri": msgspec.structs.replace(
        AINO, zone="", traits={}, consents={**AINO.consents, "research/sms": "given"}
    ),
}
REPEATABLE = (
    *(s.Entered, s.Due, s.Judged, s.Reserved, s.Reported, s.Answered, s.Withdrawn),
    *(s.Called, s.Started),
)


class Entry(msgspec.Struct, frozen=True):
    """What one step of the engine was given: enough to take it again."""

    signal: s.Signal
    facts: Facts
    now: int


class Person(msgspec.Struct, eq=False):
    """One customer of this world."""

    name: str
    facts: Facts
    insides: list[r.Inside] = []
    all: list[r.Inside] = []
    past: dict[str, list[r.Past]] = {}
    claimed: list[tuple[r.Inside, int]] = []
    tasks: list[tuple[r.Inside, int]] = []
    story: list[Any] = []


class World:
    """People, a program or more, and a clock that only `pass_time` turns."""

    def __init__(
        self, programs: Sequence[Program], rules: Rules, names: Sequence[str] = tuple(PEOPLE)
    ) -> None:
        self.programs, self.rules = list(programs), rules
        self.people = {
            name: Person(name, msgspec.structs.replace(PEOPLE[name], who=name)) for name in names
        }
        self.now, self.last_id = MONDAY, 0
        self.journal: dict[int, list[Entry]] = {}
        self.told: dict[int, list[Taken]] = {}
        self.claims: set[tuple[int, int]] = set()
        self.answers: Counter[tuple[int, int]] = Counter()
        self.entered: Counter[str] = Counter()
        self.books: Counter[tuple[str, str, str]] = Counter()
        self.acting: tuple[Person, r.Inside] | None = None
        self.directed: list[tuple[Person, str, dict[str, Any]]] = []

    # what comes

    def come(self, name: str, coming: Coming) -> None:
        """Let something come to a person now."""
        person = self.people[name]
        kind, value = coming
        getattr(self, f"_come_{kind}")(person, value)

    def _come_invite(self, person: Person, properties: dict[str, Any]) -> None:
        for program in self.programs:
            self._happen(person, r.INVITED, {"dialogue": program.key, **properties})

    def _come_apt(self, person: Person, which: int) -> None:
        """Do what the person's dialogue waits for, in one of its forms."""
        if not person.insides:
            self._come_invite(person, {})
            return
        state = (inside := person.insides[which % len(person.insides)]).enrolment
        addressed = {"enrolment": inside.id, "visit": state.visit}
        if state.phase in ("result", "delivery"):
            report = ("sent", "sent", "delivered", "unknown", "failed")[which % 5]
            self._happen(person, f"message.{report}", addressed)
        elif state.question is not None:
            said = {"channel": state.question.channel, "text": SAID[which % len(SAID)]}
            self._happen(person, r.RECEIVED, said)
        elif state.phase == "task":
            self._happen(person, r.TASK_DONE, {**addressed, "result": ("done", "won")[which % 2]})
        elif state.phase == "call":
            answered = ("call.ok", "call.refused", "call.failed")[which % 3]
            self._happen(person, answered, {**addressed, "value": which})
        else:
            self._happen(person, "Paid", {"total": which})

    def _come_event(self, person: Person, value: tuple[str, dict[str, Any]]) -> None:
        self._happen(person, *value)

    def _come_move(self, person: Person, town: str) -> None:
        self._learn(person, {"town": town})

    def _come_deliver(self, person: Person, days: int) -> None:
        """The date that timelines are anchored to comes to be known, or moves."""
        day = to_local(self.now, HELSINKI).date() + timedelta(days=days)
        self._learn(person, {"delivered": day.isoformat()})

    def _learn(self, person: Person, traits: dict[str, Any]) -> None:
        known = {**person.facts.traits, **traits}
        person.facts = msgspec.structs.replace(person.facts, traits=known)
        self._happen(person, "customer.updated", {"by": "staff"})

    def _come_reply(self, person: Person, value: tuple[str, str]) -> None:
        self._happen(person, r.RECEIVED, {"channel": value[0], "text": value[1]})

    def _come_report(self, person: Person, value: tuple[int, str]) -> None:
        if person.claimed:
            inside, visit = person.claimed[value[0] % len(person.claimed)]
            report = {"enrolment": inside.id, "visit": visit, "reason": "stopped"}
            self._happen(person, f"message.{value[1]}", report)

    def _come_task(self, person: Person, value: tuple[int, str]) -> None:
        if person.tasks:
            inside, visit = person.tasks[value[0] % len(person.tasks)]
            properties = {"enrolment": inside.id, "visit": visit, "result": value[1]}
            self._happen(person, r.TASK_DONE, properties)

    def _come_again(self, person: Person, which: int) -> None:
        """Law 3: what a signal has done once, the same signal never does again."""
        earlier = [
            (inside, entry.signal)
            for inside in person.all
            for entry in self.journal[inside.id]
            if isinstance(entry.signal, REPEATABLE)
        ]
        if earlier:
            inside, signal = earlier[which % len(earlier)]
            before = inside.enrolment
            taken = self._move(person, inside, signal)
            assert (taken.enrolment, taken.effects, taken.passed) == (before, (), ())

    def _come_stop(self, person: Person, channel: str) -> None:
        consents = {**person.facts.consents, f"*/{channel}": "withdrawn"}
        person.facts = msgspec.structs.replace(person.facts, consents=consents)
        cause = {"purpose": "*", "channel": channel, "cause": "keyword"}
        self._happen(person, r.WITHDRAWN, cause)
        held_here = [i for i in person.insides if i.enrolment.channel == channel]
        assert not [i for i in held_here if i.program.purpose != "confirmation"]

    def _come_consent(self, person: Person, value: tuple[str, str, str]) -> None:
        purpose, channel, state = value
        consents = {**person.facts.consents, f"{purpose}/{channel}": state}
        if state == "given":
            consents.pop(f"*/{channel}", None)
        person.facts = msgspec.structs.replace(person.facts, consents=consents)
        if state == "withdrawn":
            self._happen(
                person, r.WITHDRAWN, {"purpose": purpose, "channel": channel, "cause": "page"}
            )
            told = [i.program for i in person.insides if i.program.purpose == purpose]
            speaking = [program for program in told if program.channels]
            assert all(r.may_still_speak(program, person.facts) for program in speaking)

    def _come_remove(self, person: Person, which: int) -> None:
        if person.insides:
            inside = person.insides[which % len(person.insides)]
            self._happen(person, r.REMOVED, {"enrolment": inside.id})
            assert (inside.enrolment.status, inside.enrolment.outcome) == (EXITED, "taken_out")

    def _come_nothing(self, person: Person, value: None) -> None:
        pass

    def _happen(self, person: Person, name: str, properties: dict[str, Any]) -> None:
        happening = r.Happening(0, self.now, name, properties)
        moves = r.moves_for(happening, person.insides, person.facts)
        for inside, signal in moves:
            self._move(person, inside, signal)
        for entry in r.entries_for(happening, self.programs, answered=bool(moves)):
            self._enter(person, entry)
        self._follow()

    def _follow(self) -> None:
        """Let what a dialogue has begun or ended come about."""
        while self.directed:
            self._happen(*self.directed.pop(0))

    def _enter(self, person: Person, entry: r.Entry) -> None:
        past = person.past.setdefault(f"{entry.program.key}/{entry.signal.object}", [])
        refusal = r.refusal_to_enter(entry, past, person.facts)
        if refusal:
            assert refusal in SENTENCES
            person.story.append(refusal)
            return
        self.last_id += 1
        inside = r.Inside(self.last_id, entry.program, Enrolment(object=entry.signal.object))
        past.append(r.Past(self.now, is_open=True))
        person.insides.append(inside)
        person.all.append(inside)
        self.journal[inside.id], self.told[inside.id] = [], []
        self.entered[entry.program.key] += 1
        self._move(person, inside, entry.signal)

    # time

    def pass_time(self, minutes: int, *, standstill: bool = False) -> None:
        """Turn the clock. In a standstill nobody looks at the timers before its end."""
        end = self.now + minutes * MINUTE
        while True:
            due = [
                (inside.enrolment.due, inside.id, person, inside)
                for person in self.people.values()
                for inside in person.insides
                if inside.enrolment.due is not None and inside.enrolment.due <= end
            ]
            if not due:
                break
            moment, _, person, inside = min(due, key=lambda item: item[:2])
            self.now = end if standstill else max(self.now, moment)
            timer = min(inside.enrolment.timers)
            before = inside.enrolment
            self._move(person, inside, s.Due(timer.due, timer.kind, timer.visit))
            assert timer not in inside.enrolment.timers
            assert inside.enrolment != before
            self._follow()
        self.now = end

    # the engine, watched

    def _move(self, person: Person, inside: r.Inside, signal: s.Signal) -> Taken:
        before, given = (
            inside.enrolment,
            msgspec.msgpack.encode([inside.enrolment, signal, person.facts]),
        )
        facts = person.facts
        self.acting = (person, inside)
        self.journal[inside.id].append(Entry(signal, facts, self.now))
        taken = drive(inside.program, before, signal, facts, self.now, self)
        assert msgspec.msgpack.encode([before, signal, facts]) == given
        self.told[inside.id].append(taken)
        inside.enrolment = taken.enrolment
        self._watch(before, signal, taken, inside)
        self._carry_out(person, inside, taken)
        person.story.append(
            (signal_without_ids(signal), taken.reasons, taken.passed, taken.enrolment)
        )
        return taken

    def _watch(self, before: Enrolment, signal: s.Signal, taken: Taken, inside: r.Inside) -> None:
        after = taken.enrolment
        assert taken.effects or taken.reasons, "every signal ends in an effect or a reason"
        assert all(reason.code in SENTENCES for reason in taken.reasons)
        assert after.status != FAILED, taken.reasons
        assert unpack(pack(after)) == after
        if before.is_over:
            assert (after, taken.effects, taken.passed) == (before, (), ())
            assert [reason.code for reason in taken.reasons] == ["over"]
        if after.is_over:
            assert (after.timers, after.question, after.phase) == ((), None, "")
            if not before.is_over:
                assert taken.effects[-1] == do.End(after.status, after.outcome)
        if after.status == EXITED and not before.is_over:
            assert taken.effects[-2] == do.CancelMessages(after.outcome)
            assert not any(
                isinstance(effect, (do.SendMessage, do.GiveTask)) for effect in taken.effects
            )
        if isinstance(signal, s.Reported) and signal.state == "unknown":
            assert (taken.effects, taken.passed) == ((), ())  # law 4: unknown is not retry
        if isinstance(signal, s.Replied) and before.question is not None:
            self._watch_answer(before, taken, inside)
        assert after.visit >= before.visit

    def _watch_answer(self, before: Enrolment, taken: Taken, inside: r.Inside) -> None:
        question = before.question
        assert question is not None
        asked = inside.program.steps[question.step]
        assert isinstance(asked, Ask)
        if any(key == asked.key and outcome in asked.choices for key, outcome in taken.passed[:1]):
            self.answers[inside.id, question.visit] += 1
            assert self.answers[inside.id, question.visit] == 1, "one answer to a question"

    def _carry_out(self, person: Person, inside: r.Inside, taken: Taken) -> None:
        for effect in taken.effects:
            if isinstance(effect, do.GiveTask):
                person.tasks.append((inside, effect.visit))
            elif isinstance(effect, do.SetTraits):
                traits = {**person.facts.traits, **effect.traits}
                person.facts = msgspec.structs.replace(person.facts, traits=traits)
            elif isinstance(effect, do.End):
                self.books[inside.program.key, effect.status, effect.outcome] += 1
                person.insides.remove(inside)
                past = person.past[f"{inside.program.key}/{inside.enrolment.object}"]
                past[-1] = msgspec.structs.replace(past[-1], is_open=False)

    # the host of the engine

    def judge(self, effect: do.SendMessage, at: int) -> s.Judged:
        """Let the gate decide; watch that what it lets through may go."""
        assert self.acting is not None
        person, inside = self.acting
        verdict, channel = decide(effect, person.facts, self.rules, self.now)
        assert not inside.enrolment.is_over
        if verdict.verdict == "send":
            claim = (inside.id, effect.visit)
            assert claim not in self.claims, "one claim for one visit"
            self.claims.add(claim)
            person.claimed.append((inside, effect.visit))
            self._watch_claim(person, effect, channel)
            contact = Contact(self.now, channel, effect.message.pressure)
            contacts = (*person.facts.contacts, contact)
            person.facts = msgspec.structs.replace(person.facts, contacts=contacts)
        answer = s.Judged(at, effect.visit, verdict.verdict, verdict.reason, verdict.until, channel)
        self._answered(inside, answer)
        return answer

    def reserve(self, effect: do.Reserve, at: int) -> s.Reserved:
        """Give every code but the third."""
        assert self.acting is not None
        _, inside = self.acting
        outcome = ("given", "given", "sold_out", "refused")[effect.visit % 4]
        answer = s.Reserved(at, effect.visit, outcome, f"CODE{effect.visit}")
        self._answered(inside, answer)
        return answer

    def direct(self, effect: do.StartDialogue | do.StopDialogue, at: int) -> s.Started:
        """Bring the person into another dialogue, or out of it, once this one is at rest."""
        assert self.acting is not None
        person, inside = self.acting
        there = [i for i in person.insides if i.program.key == effect.dialogue and i is not inside]
        # The other one starts nothing: two that started each other would never come to rest.
        known = effect.dialogue in {p.key for p in self.programs} - {inside.program.key}
        if isinstance(effect, do.StartDialogue):
            outcome = "started" if known and not there else "refused"
            if outcome == "started":
                self.directed.append((person, r.INVITED, {"dialogue": effect.dialogue}))
        else:
            outcome = "stopped" if there else "refused"
            self.directed += [(person, r.REMOVED, {"enrolment": i.id}) for i in there]
        answer = s.Started(at, effect.visit, outcome)
        self._answered(inside, answer)
        return answer

    def _answered(self, inside: r.Inside, answer: s.Signal) -> None:
        self.journal[inside.id].append(Entry(answer, self.journal[inside.id][-1].facts, self.now))

    def _watch_claim(self, person: Person, effect: do.SendMessage, channel: str) -> None:
        message, facts = effect.message, person.facts
        assert channel in message.channels
        assert facts.addresses[channel]
        if message.purpose != "confirmation":
            assert facts.consents.get(f"*/{channel}") != "withdrawn"
            assert facts.consents.get(f"{message.purpose}/{channel}") not in ("withdrawn", "denied")
        if message.purpose in NEEDS_CONSENT:
            assert facts.consents.get(f"{message.purpose}/{channel}") == "given"
        assert effect.valid_until is None or self.now < effect.valid_until
        if message.respects_quiet and self.rules.quiet is not None:
            quiet, local = self.rules.quiet, to_local(self.now, facts.zone or HELSINKI)
            assert quiet.end <= local.hour * 60 + local.minute < quiet.start

    # the laws at the end

    def balance(self) -> None:
        """Law 15: entered = waiting + ended + exited + in error, by what was told and by what is."""
        for program in self.programs:
            insides = [
                i for p in self.people.values() for i in p.all if i.program.key == program.key
            ]
            states = Counter(
                (program.key, i.enrolment.status, i.enrolment.outcome)
                for i in insides
                if i.enrolment.is_over
            )
            told = {key: count for key, count in self.books.items() if key[0] == program.key}
            waiting = sum(not i.enrolment.is_over for i in insides)
            assert told == dict(states)
            assert self.entered[program.key] == waiting + sum(told.values())
            for inside in insides:
                self._balance_steps(inside)

    def _balance_steps(self, inside: r.Inside) -> None:
        passed = [way for taken in self.told[inside.id] for way in taken.passed]
        steps = inside.program.steps
        into = sum(target_of(steps[key], outcome) in steps for key, outcome in passed)
        entered = inside.enrolment.visit
        assert entered == (into + 1 if entered else 0)

    def hold_caps(self) -> None:
        """Law 8: n in a window is never n + 1, over all dialogues."""
        for person in self.people.values():
            for cap in self.rules.caps:
                assert most_in_any_window(cap, person.facts.contacts) <= cap.limit

    def replay(self) -> None:
        """Laws 1 and 2: the journal taken again from nothing gives the same, to the last reason."""
        for person in self.people.values():
            for inside in person.all:
                state = Enrolment(object=inside.enrolment.object)
                effects, reasons, passed = [], [], []
                for entry in self.journal[inside.id]:
                    taken = step(inside.program, state, entry.signal, entry.facts, entry.now)
                    assert taken == step(
                        inside.program, state, entry.signal, entry.facts, entry.now
                    )
                    state = taken.enrolment
                    effects += taken.effects
                    reasons += taken.reasons
                    passed += taken.passed
                told = self.told[inside.id]
                assert state == inside.enrolment
                assert effects == [effect for taken in told for effect in taken.effects]
                assert reasons == [reason for taken in told for reason in taken.reasons]
                assert passed == [way for taken in told for way in taken.passed]


def signal_without_ids(signal: s.Signal) -> s.Signal:
    """Return the signal as it would be in a world with other numbers."""
    if isinstance(signal, (s.Happened, s.Entered)):
        return msgspec.structs.replace(signal, properties={})
    return signal


def most_in_any_window(cap: Cap, contacts: Sequence[tuple[int, str, str]]) -> int:
    """Return the most messages that this cap counts in any of its windows."""
    times = [
        at
        for at, channel, pressure in contacts
        if cap.channel in ("*", channel) and _is_counted(cap, pressure)
    ]
    return max((sum(1 for t in times if end - cap.window < t <= end) for end in times), default=0)


def _is_counted(cap: Cap, pressure: str) -> bool:
    return pressure in COUNTED if cap.pressure == "*" else pressure == cap.pressure
