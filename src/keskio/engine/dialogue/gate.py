"""The one place where it is decided whether a proposed message goes, waits or is dropped.

Order: address and permission in each channel that the step likes, then control group, validity,
collisions, caps, arbitration, quiet hours. (Control groups, collisions and arbitration have their
place here; the rules for them come with several dialogues that compete.)
"""

from __future__ import annotations

from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.facts import Facts
from keskio.engine.pressure import Proposed, Rules, Verdict, judge


def decide(effect: SendMessage, facts: Facts, rules: Rules, now: int) -> tuple[Verdict, str]:
    """Return the verdict on `effect` and the channel it is about.

    The first channel in which the message may go at once is taken; else the one that frees first;
    when all refuse, the reason is that of the channel the step likes best.
    """
    best: tuple[Verdict, str] | None = None
    for channel in effect.channels:
        verdict = _in_channel(effect, channel, facts, rules, now)
        if verdict.verdict == "send":
            return verdict, channel
        if best is None or _better(verdict, best[0]):
            best = (verdict, channel)
    assert best is not None, "a message names at least one channel"
    return best


def _better(verdict: Verdict, than: Verdict) -> bool:
    if verdict.verdict != "hold":
        return False
    return than.verdict == "drop" or verdict.until < than.until


def _in_channel(effect: SendMessage, channel: str, facts: Facts, rules: Rules, now: int) -> Verdict:
    if not facts.addresses.get(channel):
        return Verdict("drop", "no_address", why={"channel": channel})
    message = effect.message
    proposed = Proposed(
        channel, message.purpose, message.pressure, message.respects_quiet, effect.valid_until
    )
    contacts = [(c.at, c.channel, c.pressure) for c in facts.contacts]
    return judge(proposed, facts.consents, contacts, facts.zone, rules, now)
