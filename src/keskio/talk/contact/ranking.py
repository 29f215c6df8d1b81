"""Who would win now, for one customer: everything that her dialogues mean to send, ranked, and why."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.engine.arbitration import urgency_of
from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.gate import decide_among, rank_of
from keskio.engine.dialogue.planning import next_message, validity_of, worth_of
from keskio.engine.dialogue.program import Ask, Send
from keskio.engine.dialogue.routing import Inside
from keskio.engine.pressure import Rules, Verdict, longest_window
from keskio.kernel.clock import Micros
from keskio.know.api import facts_of, same_person_ids
from keskio.talk.calendars import calendar_for
from keskio.talk.had import Contacts, contacts_of
from keskio.talk.holding_back import held_back
from keskio.talk.programs import Programs
from keskio.talk.store import load

COUNTRY = "FI"


class Candidate(msgspec.Struct, frozen=True):
    """One message that is held or planned, as it would fare if it were proposed now.

    `rank` = value x probability x urgency. `at` is when its dialogue means to propose it.
    """

    inside: Inside
    step: str
    at: Micros
    channel: str
    pressure: str
    value: float
    probability: float
    urgency: float
    rank: float
    verdict: Verdict


def candidates_of(
    customer: int, programs: Programs, rules: Rules, now: Micros
) -> tuple[list[Candidate], Contacts]:
    """Return what the customer's dialogues mean to send, the best first, and what counts towards caps."""
    records = same_person_ids(customer)
    held = load(records, programs)
    insides = [inside for one in held.values() for inside in one.insides]
    facts = known_of(records, customer, programs, rules, now)
    found = [
        candidate
        for inside in insides
        for candidate in _of_inside(inside, insides, facts, rules, now)
    ]
    return sorted(found, key=lambda one: (-one.rank, one.at)), tuple(facts.contacts)


def known_of(
    records: Sequence[int], customer: int, programs: Programs, rules: Rules, now: Micros
) -> Facts:
    """Return the customer's facts as the gate sees them."""
    known = facts_of([customer], programs.needs, now=now).get(customer, Facts())
    told = contacts_of(records, now - longest_window(rules))
    contacts = tuple(sorted(contact for one in told.values() for contact in one))
    calendar = calendar_for(COUNTRY)
    consents = {**known.consents, **held_back([customer]).get(customer, {})}
    return msgspec.structs.replace(
        known, contacts=contacts, calendar=calendar, who=str(customer), consents=consents
    )


def _of_inside(
    inside: Inside, insides: Sequence[Inside], facts: Facts, rules: Rules, now: Micros
) -> list[Candidate]:
    found = []
    for timer in inside.enrolment.timers:
        step = next_message(inside.program, inside.enrolment, timer, facts)
        if step is not None:
            is_held = timer.kind == "gate"
            effect = _effect(step, inside, facts, now, is_held=is_held)
            found.append(_candidate(effect, inside, insides, facts, rules, now, timer.due))
    return found


def _effect(
    step: Send | Ask, inside: Inside, facts: Facts, now: Micros, *, is_held: bool
) -> do.SendMessage:
    enrolment = inside.enrolment
    since = enrolment.since if is_held else now
    until, lacks = validity_of(step, since, inside, facts)
    return do.SendMessage(
        step=step.key,
        visit=enrolment.visit if is_held else enrolment.visit + 1,
        message=step.message,
        channels=step.message.channels,
        valid_until=until,
        variables=enrolment.variables,
        lacks=lacks,
    )


def _candidate(  # noqa: PLR0913, PLR0917 - what the gate asks for, and when it was meant for
    effect: do.SendMessage,
    inside: Inside,
    insides: Sequence[Inside],
    facts: Facts,
    rules: Rules,
    now: Micros,
    at: Micros,
) -> Candidate:
    verdict, channel = decide_among(effect, inside, insides, facts, rules, now)
    value, probability = worth_of(inside.program, facts)
    enrolment = inside.enrolment
    waited = now - enrolment.since if enrolment.visit == effect.visit else 0
    left = None if effect.valid_until is None else effect.valid_until - now
    return Candidate(
        inside=inside,
        step=effect.step,
        at=at,
        channel=channel,
        pressure=effect.message.pressure,
        value=value,
        probability=probability,
        urgency=urgency_of(left, waited),
        rank=rank_of(effect, inside, facts, now),
        verdict=verdict,
    )
