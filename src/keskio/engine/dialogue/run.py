"""The working copy of an enrolment: the few moves of which every transition is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from keskio.engine.conditions import Condition, Subject
from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.asked_of_steps import target_of
from keskio.engine.dialogue.enrolment import ENDED, EXITED, FAILED, Enrolment, Timer
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.moments import (
    Around,
    anchored_at,
    hangs_on,
    known_at,
    lacks_hour,
    moment_at,
)
from keskio.engine.dialogue.reasons import Reason

MOST_STEPS = 50  # entered by one signal; more is a loop without a wait
KEPT_ON_LEAVING = frozenset({"question", "ends"})  # timers that outlive the step that set them
NEXT_WORKING_DAY = p.Moment(working_days=1)


class Taken(msgspec.Struct, frozen=True, gc=False):
    """What one signal led to. `passed` lists (step, outcome) in order, for the counts."""

    enrolment: Enrolment
    effects: tuple[do.Effect, ...]
    reasons: tuple[Reason, ...]
    passed: tuple[tuple[str, str], ...] = ()


class Run:
    """The working copy of one enrolment while one signal is taken.

    `entering` is the table of what each kind of step does on entry; `asked` is a proposal that the
    host has not yet answered.
    """

    __slots__ = (
        "asked",
        "at",
        "before",
        "channel",
        "effects",
        "entering",
        "facts",
        "outcome",
        "passed",
        "phase",
        "places",
        "program",
        "question",
        "reasons",
        "status",
        "step",
        "timers",
        "told",
        "variables",
        "visit",
    )

    def __init__(
        self,
        program: p.Program,
        enrolment: Enrolment,
        facts: Facts,
        at: int,
        entering: Mapping[str, Enter],
    ) -> None:
        self.entering = entering
        self.program, self.before, self.facts, self.at = program, enrolment, facts, at
        self.status, self.step, self.visit = enrolment.status, enrolment.step, enrolment.visit
        self.phase, self.timers = enrolment.phase, enrolment.timers
        self.question, self.variables = enrolment.question, enrolment.variables
        self.outcome, self.channel, self.told = "", enrolment.channel, enrolment.told
        self.places = enrolment.places
        self.asked: do.Proposal | None = None
        self.effects: list[do.Effect] = []
        self.reasons: list[Reason] = []
        self.passed: list[tuple[str, str]] = []

    def taken(self) -> Taken:
        """Return what the signal led to."""
        if not self.effects and not self.passed:
            state = self.before if self._is_unchanged() else self.state()
        else:
            state = self.state()
        return Taken(state, tuple(self.effects), tuple(self.reasons), tuple(self.passed))

    def _is_unchanged(self) -> bool:
        before = self.before
        return (
            self.question is before.question
            and self.phase == before.phase
            and self.channel == before.channel
            and self.places is before.places
            and self.timers is before.timers
        )

    def state(self) -> Enrolment:
        """Return the enrolment as it is now."""
        before = self.before
        return Enrolment(
            status=self.status,
            step=self.step,
            visit=self.visit,
            phase=self.phase,
            since=before.since if self.visit == before.visit else self.at,
            timers=self.timers,
            question=self.question,
            variables=self.variables,
            object=before.object,
            outcome=self.outcome,
            channel=self.channel,
            told=self.told,
            places=self.places,
        )

    def because(self, code: str, **values: Any) -> None:
        """Record a reason at the present step."""
        self.reasons.append(Reason(code, self.step, values))

    # what is known

    @property
    def zone(self) -> str:
        """The customer's zone, else the dialogue's."""
        return self.facts.zone or self.program.zone

    def around(self) -> Around:
        """Return what moments may hang on."""
        return Around(self.program, self.variables, self.facts, self.before.object)

    def moment(self, moment: p.Moment, *, since: int | None = None) -> int:
        """Return the instant that `moment` means, counted from this signal or from `since`."""
        around = self.around()
        self._note_hour(moment, around)
        return moment_at(moment, self.at if since is None else since, around)

    def moment_if_known(self, moment: p.Moment) -> int | None:
        """Return the instant that `moment` means, or None while the date that it is of is not known."""
        if not moment.of:
            return self.moment(moment)
        around = self.around()
        found = anchored_at(moment, around)
        if found is not None:
            self._note_hour(moment, around)
        return found

    def known_moment(self, moment: p.Moment, *, since: int | None = None) -> int | None:
        """Return what `moment` does, or None where the date that it hangs on is not known."""
        around = self.around()
        found = known_at(moment, self.at if since is None else since, around)
        if found is not None:
            self._note_hour(moment, around)
        return found

    def note_hour(self, moment: p.Moment) -> None:
        """Say that nine was taken where `moment` is at the customer's own hour and that is not known."""
        self._note_hour(moment, self.around())

    def due(self, moment: p.Moment, *, otherwise: int | None = None) -> int:
        """Return by when work is to be done: nothing is left undone for want of a date.

        Where the date that `moment` hangs on is not known it is `otherwise`, else the end of the next
        working day; the reason is told.
        """
        found = self.known_moment(moment)
        if found is not None:
            return found
        self.because("due_unknown", of=hangs_on(moment))
        return self.moment(NEXT_WORKING_DAY) if otherwise is None else otherwise

    def _note_hour(self, moment: p.Moment, around: Around) -> None:
        """Say once a step that nine was taken where the customer's own hour is not known."""
        if lacks_hour(moment, around):
            told = {reason.step for reason in self.reasons if reason.code == "hour_unknown"}
            if self.step not in told:
                self.because("hour_unknown", of=moment.at)

    def known(self) -> dict[str, Any]:
        """Return the customer's own variables, and the fields of her object where it is of a kind."""
        if not self.program.object_kind:
            return self.variables
        fields = self.facts.fields_of(self.program.object_kind, self.before.object)
        return {**self.variables, "object": fields} if fields else self.variables

    def subject(self) -> Subject:
        """Return what conditions may look at now."""
        return self.facts.subject(self.at, {**self.program.variables, **self.variables})

    def holds(self, condition: Condition) -> bool:
        """Tell whether a condition holds now."""
        return condition(self.subject())

    def value(self, place: str) -> Any:
        """Return what stands at "customer.TRAIT", "object.FIELD" or "$variable"; None if nothing."""
        return self.around().value(place)

    def filled(self, value: Any) -> Any:
        """Return `value`, or what stands at the "$variable" that it names."""
        is_named = isinstance(value, str) and value.startswith("$")
        return self.around().value(value) if is_named else value

    def listed(self, trait: str, changed: Mapping[str, Any]) -> list[Any]:
        """Return a trait as a list: what is one thing is a list of it."""
        held = changed.get(trait, self.facts.traits.get(trait))
        if held is None:
            return []
        return list(held) if isinstance(held, (list, tuple)) else [held]

    # what is done

    def set_traits(self, step: str, traits: dict[str, Any]) -> None:
        """Set traits of the customer; what follows in this signal sees them."""
        self.effects.append(do.SetTraits(step, traits))
        told = {**self.facts.traits, **traits}
        self.facts = msgspec.structs.replace(self.facts, traits=told)

    def leaves(self) -> bool:
        """Leave at once if a state of things that ends the dialogue has come; tell whether it has."""
        for matcher in self.program.leaves:
            if matcher.when is not None and self.holds(matcher.when):
                self.exit("exit_condition")
                return True
        return False

    def leave_place(self, found: p.Step, outcome: str) -> None:
        """Leave a timeline or a repeat for good: the next time it begins anew."""
        self.places = {key: place for key, place in self.places.items() if key != found.key}
        self.go(found, outcome)

    def set_timer(self, due: int, kind: str) -> None:
        """Ask to be told when it is `due`."""
        self.timers = (*self.timers, Timer(due, kind, self.visit))
        self.effects.append(do.SetTimer(due, kind, self.visit))

    def drop_timers(self, kept: frozenset[str] = frozenset()) -> None:
        """Forget the timers but those of the kinds `kept`."""
        if self.timers:
            self.timers = tuple([timer for timer in self.timers if timer.kind in kept])

    def close_question(self) -> None:
        """Close the open question, if there is one."""
        self.question = None
        if self.timers:
            self.timers = tuple([timer for timer in self.timers if timer.kind != "question"])

    def enter(self, key: str) -> None:
        """Go into the step `key`: a new visit."""
        if self.visit - self.before.visit >= MOST_STEPS:
            self.fail("loop_without_wait", key)
            return
        self.drop_timers(KEPT_ON_LEAVING)
        self.step, self.phase, self.visit = key, "", self.visit + 1
        found = self.program.steps[key]
        self.entering[found.kind](self, found)

    def go(self, found: p.Step, outcome: str) -> None:
        """Leave `found` by `outcome`."""
        self.passed.append((found.key, outcome))
        target = target_of(found, outcome)
        if target == p.END:
            self.end(f"{found.key}.{outcome}")
        elif target == p.BACK:
            self.back(found, outcome)
        else:
            self.enter(target)

    def back(self, found: p.Step, outcome: str) -> None:
        """Return to the open question without sending anything again."""
        if self.question is None:
            self.end(f"{found.key}.{outcome}")
            return
        self.drop_timers(KEPT_ON_LEAVING)
        self.step, self.phase = self.question.step, "answer"
        self.because("waits_for_answer", until=self.question.until)

    def end(self, outcome: str) -> None:
        """End by an outcome."""
        self.over(ENDED, outcome)

    def exit(self, reason: str) -> None:
        """Leave at once for a reason; what is not yet sent is taken back."""
        self.effects.append(do.CancelMessages(reason))
        self.over(EXITED, reason)

    def ask(self, proposal: do.Proposal) -> None:
        """Put a proposal before the host."""
        self.asked = proposal
        self.effects.append(proposal)

    def fail(self, reason: str, detail: str) -> None:
        """Stop in error; nothing of this signal is done."""
        self.because(reason, detail=detail)
        self.effects = [do.CancelMessages(reason)]
        self.over(FAILED, reason)

    def over(self, status: str, outcome: str) -> None:
        """Finish in any way: no timer, no question remains."""
        self.status, self.outcome, self.phase = status, outcome, ""
        self.asked = None
        self.timers, self.question = (), None
        self.effects.append(do.End(status, outcome))

    def propose(self, found: p.Send | p.Ask, valid_until: int | None, lacks: str) -> None:
        """Put the step's message before the gate, unless the dialogue is to be left.

        `lacks`: the date that says until when it makes sense, where that is not known.
        """
        if self.leaves():
            return
        self.phase = "verdict"
        self.ask(
            do.SendMessage(
                step=found.key,
                visit=self.visit,
                message=found.message,
                channels=self._in_order(found.message),
                valid_until=valid_until,
                variables=self.known(),
                expects_reply=isinstance(found, p.Ask),
                lacks=lacks,
            )
        )

    def _in_order(self, message: p.Message) -> tuple[str, ...]:
        """Return the channels with the one of the conversation first, else the one that is preferred."""
        channels, first = message.channels, self.channel
        if first not in channels and message.prefers:
            first = str(self.facts.traits.get("preferred_channel", ""))
        if first not in channels:
            return channels
        return (first, *(channel for channel in channels if channel != first))


Enter: TypeAlias = Callable[[Run, p.Step], None]
