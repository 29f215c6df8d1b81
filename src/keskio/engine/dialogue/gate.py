"""The one place where it is decided whether a proposed message goes, waits or is dropped.

Order: whether it can be told until when the message makes sense, address and permission in each channel
that the step likes, then control group, validity,
collisions, caps, arbitration, quiet hours (`engine.pressure.judge`). What the customer's other dialogues
plan is looked up only where a rule could ask for it: a customer of one dialogue costs nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.planning import planned_of, rank_now
from keskio.engine.dialogue.routing import Inside
from keskio.engine.pressure import Proposed, Rules, Verdict, concerns, judge


def decide(
    effect: SendMessage, facts: Facts, rules: Rules, now: int, rank: float = 0.0
) -> tuple[Verdict, str]:
    """Return the verdict on `effect` and the channel it is about.

    The first channel in which the message may go at once is taken; else the one that frees first;
    when all refuse, the reason is that of the channel the step likes best. `rank` is weighed against
    `facts.planned`.
    """
    if effect.lacks:
        return Verdict("drop", "date_unknown", why={"of": effect.lacks}), effect.channels[0]
    best: tuple[Verdict, str] | None = None
    for channel in effect.channels:
        verdict = _in_channel(effect, channel, facts, rules, now, rank)
        if verdict.verdict == "send":
            return verdict, channel
        if best is None or _better(verdict, best[0]):
            best = (verdict, channel)
    assert best is not None, "a message names at least one channel"
    return best


def decide_among(
    effect: SendMessage,
    inside: Inside,
    insides: Sequence[Inside],
    facts: Facts,
    rules: Rules,
    now: int,
) -> tuple[Verdict, str]:
    """Return `decide`'s verdict, with what the customer's other open `insides` plan in mind."""
    if len(insides) < 2 or not may_compete(effect, facts, rules, len(insides) - 1):
        return decide(effect, facts, rules, now)
    planned = planned_of(insides, inside, facts, now)
    if not planned:
        return decide(effect, facts, rules, now)
    rank = rank_of(effect, inside, facts, now)
    return decide(effect, msgspec.structs.replace(facts, planned=planned), rules, now, rank)


def may_compete(effect: SendMessage, facts: Facts, rules: Rules, others: int) -> bool:
    """Tell whether what `others` plan could change the verdict: a collision, or a cap nearly full."""
    pressure = effect.message.pressure
    if any(rule.loser == pressure for rule in rules.collisions):
        return True
    room = len(facts.contacts) + others
    return rules.arbitrates and any(
        room >= cap.limit and concerns(cap, channel, pressure)
        for cap in rules.caps
        for channel in effect.channels
    )


def rank_of(effect: SendMessage, inside: Inside, facts: Facts, now: int) -> float:
    """Return the rank of a proposed message; what has been held since an earlier moment has waited."""
    enrolment = inside.enrolment
    since = enrolment.since if enrolment.visit == effect.visit else now
    return rank_now(inside.program, facts, valid_until=effect.valid_until, since=since, now=now)


def _better(verdict: Verdict, than: Verdict) -> bool:
    if verdict.verdict != "hold":
        return False
    return than.verdict == "drop" or verdict.until < than.until


def _in_channel(
    effect: SendMessage, channel: str, facts: Facts, rules: Rules, now: int, rank: float
) -> Verdict:
    if not facts.addresses.get(channel):
        return Verdict("drop", "no_address", why={"channel": channel})
    message = effect.message
    proposed = Proposed(
        channel,
        message.purpose,
        message.pressure,
        message.respects_quiet,
        effect.valid_until,
        rank,
        facts.who,
    )
    contacts, planned = facts.contacts, facts.planned
    return judge(proposed, facts.consents, contacts, facts.zone, rules, now, planned)
