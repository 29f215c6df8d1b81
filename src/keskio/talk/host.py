"""The host of the engine for one batch: gate, ledger and stock, in memory until the commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.facts import NOBODY, Contact, Facts
from keskio.engine.dialogue.routing import Inside
from keskio.engine.pressure import Rules, Verdict, is_watched
from keskio.engine.survey.asking import Terms
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import Micros
from keskio.talk.contracts import Claim, Ruling
from keskio.talk.stock import Stock
from keskio.talk.store import Delta, text_of
from keskio.talk.survey_terms import refusal_to_ask, survey_terms
from keskio.talk.verdicts import Verdicts

Gather: TypeAlias = Callable[[], dict[int, Facts]]
# Answers leave before what was asked for, and that before campaigns.
URGENCY = {"answer": 0, "confirmation": 0, "asked_for": 1, "service": 1, "health": 1, "live": 0}
NO_CONTENT = "{}"


class BatchHost:
    """Answers the engine's proposals and notes what must be written.

    `gather` returns the facts of all the batch's customers; it is called once, when the first of
    them is needed: a batch of mere reports needs none. Messages claimed in the batch count at once,
    of every class that a rule looks at. `insides_of`: what else a customer is in, for arbitration.
    `directed`: brings a customer into another dialogue, or out of it, and returns the outcome.
    """

    insides_of: Callable[[int], Sequence[Inside]] = staticmethod(lambda _customer: ())
    directed: Callable[[int, do.StartDialogue | do.StopDialogue], str] = staticmethod(
        lambda _customer, _effect: "refused"
    )

    def __init__(self, gather: Gather, rules: Rules, stock: Stock, now: Micros) -> None:
        self._gather = gather
        self._facts: dict[int, Facts] | None = None
        self.rules = rules
        self.stock = stock
        self.now = now
        self.delta = Delta()
        self._verdicts = Verdicts(rules)
        self._watched: dict[str, bool] = {}
        self._terms: dict[str, Terms] = {}
        self._inside: Inside | None = None
        self._customer = 0
        self._version = 0
        self._cause = 0

    def facts_of(self, customer: int) -> Facts:
        """Return what is known of a customer of the batch."""
        if self._facts is None:
            self._facts = self._gather()
        return self._facts.get(customer, NOBODY)

    def begin(self, inside: Inside, *, customer: int, version: int, cause: int) -> None:
        """Say whose turn it is: proposals that come now are this enrolment's."""
        self._inside, self._customer, self._version, self._cause = inside, customer, version, cause

    def judge(self, effect: do.SendMessage, at: Micros) -> s.Judged:
        """Let the gate decide; a message that may go is claimed in the ledger."""
        assert self._inside is not None
        known = self.facts_of(self._customer)
        insides = self.insides_of(self._customer)
        verdict, channel = self._verdicts.decide(effect, self._inside, insides, known, self.now)
        if verdict.verdict == "send":
            self._claim(effect, verdict, channel, known)
        else:
            self._refuse(effect, verdict, channel)
        return s.Judged(at, effect.visit, verdict.verdict, verdict.reason, verdict.until, channel)

    def reserve(self, effect: do.Reserve, at: Micros) -> s.Reserved:
        """Take a code from the stock."""
        assert self._inside is not None
        outcome, code = self.stock.take(
            effect.offer,
            customer=self._customer,
            enrolment=self._inside.id,
            visit=effect.visit,
            delta=self.delta,
        )
        return s.Reserved(at, effect.visit, outcome, code)

    def direct(self, effect: do.StartDialogue | do.StopDialogue, at: Micros) -> s.Started:
        """Bring the customer into another dialogue, or take her out of it."""
        return s.Started(at, effect.visit, self.directed(self._customer, effect))

    def admit(self, effect: do.AskSurvey, at: Micros) -> s.Admitted:
        """Say whether the customer may be asked a survey now: the clocks, quotas and share of it.

        A survey that nobody keeps is closed; where no surveys are kept at all, everybody is asked.
        """
        assert self._inside is not None
        terms = self._terms_of(effect.survey)
        known = self.facts_of(self._customer)
        occasion = f"{self._inside.id}.{effect.visit}"
        refusal = refusal_to_ask(terms, effect.pressure, known, occasion, self.now)
        if refusal is None:
            return s.Admitted(at, effect.visit, level=terms.level)
        values = {"survey": effect.survey, "until": refusal.until}
        self.rule("dropped", refusal.reason, effect.step, values, visit=effect.visit)
        return s.Admitted(at, effect.visit, refusal.reason, refusal.until, terms.level)

    def _terms_of(self, survey: str) -> Terms:
        found = self._terms.get(survey)
        if found is None:
            told = survey_terms(survey)
            found = self._terms[survey] = told or Terms(survey, is_open=False)
        return found

    def rule(
        self,
        verdict: str,
        reason: str,
        step: str,
        values: dict[str, Any],
        *,
        visit: int | None = None,
    ) -> None:
        """Note a decision about the enrolment whose turn it is; `visit`: where it has come to meanwhile."""
        inside = self._inside
        if visit is None:
            visit = inside.enrolment.visit if inside else 0
        self.delta.rulings.append(
            Ruling(
                at=self.now,
                customer=self._customer,
                enrolment=inside.id if inside else 0,
                version=self._version,
                step=step,
                visit=visit,
                verdict=verdict,
                reason=reason,
                values=values,
            )
        )

    def _claim(self, effect: do.SendMessage, verdict: Verdict, channel: str, known: Facts) -> None:
        assert self._inside is not None
        message = effect.message
        content = effect.variables
        self.delta.claims.append(
            Claim(
                enrolment=self._inside.id,
                visit=effect.visit,
                customer=self._customer,
                version=self._version,
                step=effect.step,
                channel=channel,
                purpose=message.purpose,
                pressure=message.pressure,
                claimed_at=self.now,
                valid_until=effect.valid_until,
                why=self._verdicts.why(verdict, self._cause),
                content=text_of({"variables": content}) if content else NO_CONTENT,
                urgency=URGENCY.get(message.purpose, 2),
            )
        )
        self.delta.tally[self._version, effect.step, "claimed"] += 1
        if message.pressure == "survey" or self._is_watched(message.pressure):
            contact = Contact(self.now, channel, message.pressure)
            assert self._facts is not None
            self._facts[self._customer] = msgspec.structs.replace(
                known, contacts=(*known.contacts, contact)
            )

    def _is_watched(self, pressure: str) -> bool:
        found = self._watched.get(pressure)
        if found is None:
            found = self._watched[pressure] = is_watched(pressure, self.rules)
        return found

    def _refuse(self, effect: do.SendMessage, verdict: Verdict, channel: str) -> None:
        name = "held" if verdict.verdict == "hold" else "dropped"
        values = {**verdict.why, "channel": channel}
        if verdict.until:
            values["until"] = verdict.until
        self.rule(name, verdict.reason, effect.step, values, visit=effect.visit)
        told = {**values, "step": effect.step, "reason": verdict.reason, "visit": effect.visit}
        self._tell(f"message.{name}", told)
        if name == "held":
            self.delta.tally[self._version, effect.step, f"held.{verdict.reason}"] += 1

    def _tell(self, name: str, values: dict[str, Any]) -> None:
        assert self._inside is not None
        properties = {
            "dialogue": self._inside.program.key,
            "version": self._inside.program.version,
            "enrolment": self._inside.id,
            **values,
        }
        body = text_of({"properties": properties})
        self.delta.events.append(NewEvent(self._customer, name, self.now, body))
