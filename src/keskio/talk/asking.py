"""May these customers be asked now? What the runner would say, for links that people hand out themselves.

The same gate as for messages of dialogues (permission, control groups, what is to be put right first,
collisions, caps) and the same two clocks of surveys; only the hours of the day are left to who sends them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from keskio.engine.conditions import Needs
from keskio.engine.dialogue.facts import Facts
from keskio.engine.pressure import Proposed, judge, longest_window
from keskio.engine.survey.asking import Terms
from keskio.kernel.clock import Micros
from keskio.know.api import POSTAL, facts_of
from keskio.talk.had import had_by
from keskio.talk.holding_back import held_back
from keskio.talk.shelf import rules_now
from keskio.talk.survey_terms import refusal_to_ask

PURPOSE, PRESSURE, ASKED = "research", "survey", "survey.asked"
AT_ONCE = 1000


def reasons_not_to_ask(
    customers: Collection[int], terms: Terms, *, channel: str, now: Micros
) -> dict[int, str]:
    """Return for each customer why a survey may not ask in `channel` now, as a code; "" where it may.

    `channel`: email, sms or letter. Those who do not exist are left out. Nothing is written.
    """
    everyone = list(customers)
    return {
        customer: reason
        for start in range(0, len(everyone), AT_ONCE)
        for customer, reason in _reasons(everyone[start : start + AT_ONCE], terms, channel, now)
    }


def _reasons(
    customers: list[int], terms: Terms, channel: str, now: Micros
) -> list[tuple[int, str]]:
    rules = rules_now()
    message = Proposed(channel, PURPOSE, PRESSURE, respects_quiet=False)
    found = []
    for customer, facts in _facts(customers, terms, now - longest_window(rules), now).items():
        if not facts.addresses.get(channel):
            reason = "no_address"
        else:
            refusal = refusal_to_ask(terms, PRESSURE, facts, f"link/{terms.survey}", now)
            proposed = msgspec.structs.replace(message, who=facts.who)
            verdict = judge(proposed, facts.consents, facts.contacts, facts.zone, rules, now)
            reason = verdict.reason if verdict.verdict != "send" else ""
            reason = reason or (refusal.reason if refusal else "")
        found.append((customer, reason))
    return found


def _facts(customers: list[int], terms: Terms, since: Micros, now: Micros) -> Mapping[int, Facts]:
    """Return what the gate and the clocks look at, with what a person has had under all her numbers."""
    reach = max(terms.rest, terms.again)
    needs = Needs(
        traits=frozenset({*terms.full_values, *POSTAL}),
        segments=frozenset(terms.full_segments),
        events={ASKED: reach},
    )
    told = had_by(customers, since)
    held = held_back(customers)
    return {
        customer: msgspec.structs.replace(
            facts,
            consents={**facts.consents, **held.get(customer, {})},
            contacts=told.get(customer, ()),
            who=str(customer),
        )
        for customer, facts in facts_of(customers, needs, now=now).items()
    }
