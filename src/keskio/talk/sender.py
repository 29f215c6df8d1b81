"""Hands claimed messages over, and proves it: marked before the call, settled after it.

A crash between the two leaves a message that nobody can speak for: it becomes *unknown*, is shown to
a person, and is never sent again by itself. What was allowed at the decision is looked at again here:
consent, stop, validity, quiet hours, whether the log holds something about this customer that the
runner has not yet taken, and caps and collisions by when messages really left: what waited for a
provider for a week must not arrive together with what was rightly decided meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

import msgspec
from django.db import transaction

from keskio.channels.api import make_reference
from keskio.channels.contracts import Outgoing, Result, Transport, Unknown
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Message, message_of
from keskio.engine.pressure import (
    NEEDS_CONSENT,
    Proposed,
    Rules,
    concerns,
    judge,
    longest_window,
)
from keskio.events.api import append_events, cursor_of
from keskio.jobs.api import Lease, reached_by_all
from keskio.kernel.clock import Micros
from keskio.kernel.errors import Trouble
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import facts_at, preference_page, same_people
from keskio.talk.answering import is_answer, leaving, objection_to
from keskio.talk.contracts import Handed
from keskio.talk.had import Contact, left_for
from keskio.talk.holding_back import held_back
from keskio.talk.ledger import Outcome, abandoned, claimed, give_back, hold, settle, take_up
from keskio.talk.programs import Programs
from keskio.talk.rendering import render
from keskio.talk.runner import CURSOR, WORK
from keskio.talk.store import text_of
from keskio.talk.survey_messages import survey_values, texts_of_part
from keskio.talk.things import things_of

MOST_ATTEMPTS = 8
LATER = "later"
UNTAKEN = """
    SELECT DISTINCT customer_id FROM events_event
    WHERE id > %s AND {customers} AND id > coalesce((
          SELECT position FROM jobs_partition
          WHERE work = %s AND number = (events_event.customer_id & 63)), 0)
      AND name NOT IN ('message.sent', 'message.delivered', 'dialogue.entered', 'dialogue.ended',
                       'task.given', 'message.held', 'message.dropped')
"""
log = logging.getLogger(__name__)


class Ready(msgspec.Struct, frozen=True):
    """A message with everything it needs to leave."""

    message: Handed
    outgoing: Outgoing
    content: str


class Sender:
    """Sends one channel. One holder of the channel's lease at a time does so, in batches.

    `turn` may be called from one thread; `hand_over` may then run in several.
    """

    def __init__(self, channel: str, *, owner: str) -> None:
        self.channel = channel
        self.owner = owner
        self.programs = Programs()
        self._lease: Lease | None = None
        self._later: dict[int, Micros] = {}
        self._held: dict[int, str] = {}
        self._things: dict[int, dict[str, Any]] = {}

    def prepare(self, now: Micros, limit: int) -> list[Ready]:
        """Take up to `limit` claimed messages, mark them as being handed over, and return them.

        What may no longer go is settled as withdrawn; what may not go yet stays claimed.
        """
        self.programs.refresh()
        self._later = {number: until for number, until in self._later.items() if until > now}
        waiting = claimed(self.channel, self.programs.paused(), self._later, limit)
        if not waiting:
            return []  # an idle sender writes nothing
        with transaction.atomic():
            if not self._holds():
                return []
            ready, refused = self._sorted(waiting, now)
            hold(self._held.items())
            told = settle(refused, now)
            taken = take_up([(r.message, r.content) for r in ready], owner=self.owner, now=now)
            append_events(told)  # last: on PostgreSQL it holds up everybody who appends
        mine = {message.id for message in taken}
        return [r for r in ready if r.message.id in mine]

    def hand_over(self, ready: Sequence[Ready], transport: Transport, now: Micros) -> bool:
        """Give messages to the provider and settle them; False when the provider could not be reached."""
        messages = [r.message for r in ready]
        try:
            results = transport.send([r.outgoing for r in ready])
        except Unknown as trouble:
            self._settle([Outcome(m, "unknown", trouble.message) for m in messages], now)
            return False
        except Trouble as trouble:
            self._retry(messages, trouble.message, now, permanent=trouble.permanent)
            return False
        told = [(message, result) for message, result in zip(messages, results, strict=True)]
        self._settle([self._outcome(m, r) for m, r in told if not _may_retry(r)], now)
        again = [(m, r) for m, r in told if _may_retry(r)]
        for message, result in again:
            self._retry([message], result.sentence, now)
        return not again

    def reconcile(self, now: Micros, *, is_beginning: bool = False) -> int:
        """Make unknown what an earlier holder of this channel was handing over when it stopped.

        `is_beginning`: nothing of this sender's own is on its way, so that what it has marked itself was
        left by a call that failed as no provider should. Returns how many there were.
        """
        owner = "" if is_beginning else self.owner
        if not abandoned(self.channel, owner):
            return 0
        with transaction.atomic():
            if not self._holds():
                return 0
            left = abandoned(self.channel, owner)
            reason = "stopped while it was being handed over"
            append_events(settle([Outcome(m, "unknown", reason) for m in left], now))
        return len(left)

    def release(self) -> None:
        """Let another process send this channel at once."""
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    # inside

    def _holds(self) -> bool:
        if self._lease is None:
            self._lease = Lease.hold(f"talk.sender.{self.channel}", self.owner)
            return self._lease is not None
        try:
            self._lease.renew()
        except Trouble:
            self._lease = None
            return False
        return True

    def _settle(self, outcomes: Sequence[Outcome], now: Micros) -> None:
        if outcomes:
            with transaction.atomic():
                append_events(settle(outcomes, now))

    def _retry(
        self, messages: Sequence[Handed], reason: str, now: Micros, *, permanent: bool = False
    ) -> None:
        spent = [m for m in messages if permanent or m.attempts + 1 >= MOST_ATTEMPTS]
        with transaction.atomic():
            give_back([m for m in messages if m not in spent], reason)
            append_events(settle([Outcome(m, "failed", reason) for m in spent], now))

    def _sorted(self, waiting: Sequence[Handed], now: Micros) -> tuple[list[Ready], list[Outcome]]:
        customers = {message.customer for message in waiting}
        behind = people_untaken(customers)
        facts = facts_at(customers, now)
        versions = self.programs.by_version
        kinds = {number: loaded.program.object_kind for number, loaded in versions.items()}
        self._things = things_of(waiting, kinds)
        self._held = {}
        ready: list[Ready] = []
        refused: list[Outcome] = []
        held = held_back(customers)
        gone = Gone(waiting, self.programs.rules, now)
        for message in waiting:
            if is_answer(message):
                self._answer(message, facts.get(message.customer), ready, refused)
                continue
            if message.customer in behind:
                continue  # the runner may yet take it back
            known = facts.get(message.customer)
            if known is not None and message.customer in held:
                consents = {**known.consents, **held[message.customer]}
                known = msgspec.structs.replace(known, consents=consents)
            reason = self._objection(message, known, gone.to(message), now)
            if reason == LATER:
                continue
            if reason or known is None:
                refused.append(Outcome(message, "withdrawn", reason or "no_address"))
                continue
            if self._write(message, known, ready, refused):
                gone.add(message)
        return ready, refused

    @staticmethod
    def _answer(
        message: Handed, known: Facts | None, ready: list[Ready], refused: list[Outcome]
    ) -> None:
        reason = objection_to(message, known.consents if known else None)
        if reason:
            refused.append(Outcome(message, "withdrawn", reason))
        else:
            ready.append(Ready(message, *leaving(message)))

    def _objection(
        self, message: Handed, known: Facts | None, gone: Sequence[Contact], now: Micros
    ) -> str:
        if known is None or not known.addresses.get(message.channel):
            return "no_address"
        planned = self._planned(message)
        proposed = Proposed(
            message.channel,
            message.purpose,
            message.pressure,
            planned.respects_quiet and message.purpose == planned.purpose,
            message.valid_until,
        )
        verdict = judge(proposed, known.consents, gone, known.zone, self._rules(), now)
        if verdict.verdict == "hold":
            # Passed over until then, so that it does not stand before those that may go.
            self._later[message.id] = verdict.until
            self._held[message.id] = verdict.reason
            return LATER
        return verdict.reason if verdict.verdict == "drop" else ""

    def _rules(self) -> Rules:
        """Return what is looked at again: who is held out and who goes first was decided at the claim."""
        return msgspec.structs.replace(self.programs.rules, controls=(), arbitrates=False)

    def _outcome(self, message: Handed, result: Result) -> Outcome:
        if result.state == "accepted" and is_answer(message):
            return Outcome(message, "sent", "", result.provider_id, is_awaited=False)
        if result.state == "accepted":
            step = self.programs.by_version[message.version].program.steps[message.step]
            # A question stands open from its claim on: that it left changes nothing there.
            return Outcome(
                message, "sent", "", result.provider_id, step.kind not in ("ask", "survey")
            )
        if result.state == "unknown":
            return Outcome(message, "unknown", result.sentence, result.provider_id)
        reason = result.sentence or "refused_by_provider"
        return Outcome(message, "failed", reason, result.provider_id)

    def _planned(self, message: Handed) -> Message:
        program = self.programs.by_version[message.version].program
        planned = message_of(program.steps[message.step])
        assert planned is not None
        return planned

    def _write(
        self, message: Handed, known: Facts, ready: list[Ready], refused: list[Outcome]
    ) -> bool:
        """Add the message as it will go to `ready`; False when it cannot be written."""
        program = self.programs.by_version[message.version].program
        planned = self._planned(message)
        kept = msgspec.json.decode(message.content).get("variables", {})
        language = known.language or program.languages[0]
        zone = known.zone or program.zone
        page = preference_page(message.customer, message.id, message.purpose, message.channel)
        values = {
            **program.variables,
            **kept,
            "customer": known.traits,
            "object": self._things.get(message.id, {}),
            "preferences": page,
            **survey_values(program.steps[message.step], message),
        }
        texts = texts_of_part(program.steps[message.step], planned, kept)
        try:
            text = render(in_language(texts, language), values, language=language, zone=zone)
            subject = render(
                in_language(planned.subject, language), values, language=language, zone=zone
            )
        except ValueError as fault:
            log.warning("Message %s cannot be written: %s", message.id, fault)
            refused.append(Outcome(message, "withdrawn", "broken_text"))
            return False
        to = known.addresses[message.channel]
        content = {"to": to, "language": language, "subject": subject, "text": text}
        outgoing = Outgoing(
            message=message.id,
            channel=message.channel,
            to=to,
            subject=subject,
            text=text,
            reference=make_reference(message.id, message.customer),
            language=language,
            preferences=page,
            one_click=f"{page}stop/" if message.purpose in NEEDS_CONSENT else "",
        )
        ready.append(Ready(message, outgoing, text_of({"variables": kept, **content})))
        return True


class Gone:
    """What has left for the people of a batch, and leaves with it: for what the rules look at."""

    def __init__(self, waiting: Sequence[Handed], rules: Rules, now: Micros) -> None:
        self._now = now
        customers = {m.customer for m in waiting if not is_answer(m) and _is_limited(m, rules)}
        window = longest_window(rules)
        found = left_for(customers, now - window) if customers else {}
        self._people = same_people(customers)
        self._contacts = {customer: list(found.get(customer, ())) for customer in customers}

    def to(self, message: Handed) -> Sequence[Contact]:
        """Return what has left for the message's customer, oldest first."""
        return self._contacts.get(message.customer, ())

    def add(self, message: Handed) -> None:
        """Count a message that leaves now for everybody who is the same person."""
        for customer in self._people.get(message.customer, (message.customer,)):
            if customer in self._contacts:
                self._contacts[customer].append((self._now, message.channel, message.pressure))


def _is_limited(message: Handed, rules: Rules) -> bool:
    return any(concerns(cap, message.channel, message.pressure) for cap in rules.caps) or any(
        rule.loser == message.pressure for rule in rules.collisions
    )


def untaken(customers: Collection[int]) -> set[int]:
    """Return those of `customers` about whom the log holds something that the runner has not taken."""
    sql = UNTAKEN.format(customers=any_of("customer_id"))
    reached = reached_by_all(WORK) or cursor_of(CURSOR)
    return {row[0] for row in fetch(sql, (reached, listed(customers), WORK))}


def people_untaken(customers: Collection[int]) -> set[int]:
    """Return those of `customers` about whom, under any of their numbers, something is not yet taken."""
    people = same_people(customers)
    behind = untaken({*customers, *chain.from_iterable(people.values())})
    return {
        customer
        for customer in customers
        if behind.intersection((customer, *people.get(customer, ())))
    }


def _may_retry(result: Result) -> bool:
    return result.state == "failed" or (result.state == "refused" and not result.permanent)
