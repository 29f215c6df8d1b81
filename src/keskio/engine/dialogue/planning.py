"""What a customer's dialogues mean to send next, and how a message ranks.

Where an enrolment stands, its timers say when it goes on; the compiled dialogue says which message it
then comes to first if nothing happens before. That is looked up once for each step and outcome. Branches
are not decided ahead of time: the message nearest in steps counts as planned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from keskio.engine.arbitration import rank_of
from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.asked_of_steps import target_of
from keskio.engine.dialogue.enrolment import Enrolment, Timer
from keskio.engine.dialogue.facts import Facts, Planned
from keskio.engine.dialogue.moments import Around, hangs_on, known_at, moment_at
from keskio.engine.dialogue.routing import Inside
from keskio.engine.pressure import refusal_of

# The outcome by which a timer of a kind leads on, where it is always the same.
LEADS_BY = {"deadline": "timeout", "overdue": "overdue", "question": "none", "call": "failed"}
# Steps that are gone through at once, by whichever outcome.
PASSED_THROUGH = (p.Branch, p.Split, p.Offer, p.Update, p.Start, p.Stop)


def planned_of(
    insides: Sequence[Inside], but: Inside, facts: Facts, now: int
) -> tuple[Planned, ...]:
    """Return the next message of each of `insides` other than `but` that a timer leads to.

    Left out is what has no channel in which the customer can and may be reached, and what would be
    dropped because a date is not known.
    """
    found: list[Planned] = []
    for inside in insides:
        if inside is but or inside.enrolment.is_over:
            continue
        for timer in inside.enrolment.timers:
            planned = _planned(inside, timer, facts, now)
            if planned is not None:
                found.append(planned)
    return tuple(found)


def validity_of(
    step: p.Send | p.Ask, since: int, inside: Inside, facts: Facts
) -> tuple[int | None, str]:
    """Return until when the message of `step`, proposed at `since`, makes sense (None: for ever).

    And the date that says so, where that is not known ("" otherwise): such a message would be dropped.
    """
    around = Around(inside.program, inside.enrolment.variables, facts, inside.enrolment.object)
    asked = step.deadline if isinstance(step, p.Ask) else None
    ends: list[int] = []
    for moment in (asked, step.message.valid):
        if moment is not None:
            until = known_at(moment, since, around)
            if until is None:
                return None, hangs_on(moment)
            ends.append(until)
    return min(ends, default=None), ""


def rank_now(
    program: p.Program, facts: Facts, *, valid_until: int | None, since: int, now: int
) -> float:
    """Return the rank of a message of `program`, proposed at `since`, as of `now`.

    A dialogue that says nothing of its worth has value 1 and probability priority/100.
    """
    value, probability = worth_of(program, facts)
    left = None if valid_until is None else valid_until - max(now, since)
    return rank_of(value, probability, left, now - since)


def worth_of(program: p.Program, facts: Facts) -> tuple[float, float]:
    """Return what a success is worth to this customer's dialogue in euros, and how probable it is.

    A trait that is not there, or is no number, counts as 0: what nobody knows to be worth anything
    takes nobody's place.
    """
    return _number(program.worth.value, facts), _number(program.worth.probability, facts)


def next_message(
    program: p.Program, enrolment: Enrolment, timer: Timer, facts: Facts
) -> p.Send | p.Ask | None:
    """Return the message that `timer` leads to if nothing else happens, or None."""
    step = program.steps.get(enrolment.step)
    if step is None or timer.kind == "ends":
        return None
    if timer.kind == "gate":
        return step if isinstance(step, (p.Send, p.Ask)) else None
    if timer.kind == "question" and enrolment.question is not None:
        step = program.steps[enrolment.question.step]
    around = Around(program, enrolment.variables, facts, enrolment.object)
    for outcome in _outcomes(step, enrolment, timer, around):
        key = _first_message(program, step, outcome)
        if key:
            found = program.steps[key]
            assert isinstance(found, (p.Send, p.Ask))
            return found
    return None


def _outcomes(step: p.Step, enrolment: Enrolment, timer: Timer, around: Around) -> Sequence[str]:
    if isinstance(step, p.Timeline) and timer.kind not in LEADS_BY:
        gone = enrolment.places.get(step.key, ())
        ahead = [item for item in step.items if item.name not in gone]
        return [item.name for item in ahead if _moment_of(item, timer.due, around) == timer.due]
    if isinstance(step, p.Repeat) and timer.kind not in LEADS_BY:
        return ("run",)
    outcome = LEADS_BY.get(timer.kind)
    if timer.kind == "question" and isinstance(step, p.Survey):
        outcome = "timeout"
    return () if outcome is None else (outcome,)


def _moment_of(item: p.Item, due: int, around: Around) -> int | None:
    try:
        return moment_at(item.moment, due, around)
    except ValueError:  # it hangs on a date that nobody knows yet
        return None


def _first_message(program: p.Program, step: p.Step, outcome: str) -> str:
    """Return the key of the message nearest in steps after `outcome`, without a wait ("" for none)."""
    ways, way = program.known, (step.key, outcome)
    if way not in ways:
        ways[way] = _nearest(program, target_of(step, outcome))
    return ways[way]


def _nearest(program: p.Program, target: str) -> str:
    ahead, seen = deque([target]), {target}
    while ahead:
        step = program.steps.get(ahead.popleft())
        if isinstance(step, (p.Send, p.Ask)):
            return step.key
        if isinstance(step, PASSED_THROUGH):
            fresh = [key for key in step.outcomes.values() if key not in seen]
            seen.update(fresh)
            ahead.extend(fresh)
    return ""


def _planned(inside: Inside, timer: Timer, facts: Facts, now: int) -> Planned | None:
    program, enrolment = inside.program, inside.enrolment
    step = next_message(program, enrolment, timer, facts)
    if step is None:
        return None
    message = step.message
    channel = next(
        (
            channel
            for channel in message.channels
            if facts.addresses.get(channel)
            and not refusal_of(message.purpose, channel, facts.consents)
        ),
        "",
    )
    if not channel:
        return None
    # What is held has been waiting since it was first proposed; the rest begins at its moment.
    since = enrolment.since if timer.kind == "gate" else max(timer.due, now)
    until, lacks = validity_of(step, since, inside, facts)
    if lacks:
        return None
    rank = rank_now(program, facts, valid_until=until, since=since, now=now)
    return Planned(timer.due, channel, message.pressure, rank, program.key)


def _number(value: float | str, facts: Facts) -> float:
    if isinstance(value, str):
        found = facts.traits.get(value)
        return float(found) if isinstance(found, (int, float)) else 0.0
    return value
