"""Plain verdicts of one moment, remembered: most customers of a batch are alike to the gate.

Only a "send" is remembered, and only where nothing but consents, addresses, zone and the hour can count:
no cap is near, no control group or collision is ruled, nothing else is planned for the customer. The gate
itself (`engine.dialogue.gate`) has decided it, and would decide the same again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from keskio.engine.dialogue.effects import SendMessage
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.gate import decide_among
from keskio.engine.dialogue.routing import Inside
from keskio.engine.pressure import Rules, Verdict
from keskio.kernel.clock import Micros
from keskio.talk.store import text_of

Decided: TypeAlias = tuple[Verdict, str]
MOST = 10_000  # verdicts of one moment; a batch has a few


class Verdicts:
    """The gate under `rules`."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._now: Micros = 0
        # With each goes what its key names by identity, so that nothing else can come to be named so.
        self._passed: dict[object, tuple[Decided, object, object]] = {}
        self._whys: dict[int, tuple[Verdict, str]] = {}
        plain = not (rules.controls or rules.collisions)
        self._room = min((cap.limit for cap in rules.caps), default=2**31) if plain else 0

    def decide(
        self,
        effect: SendMessage,
        inside: Inside,
        insides: Sequence[Inside],
        facts: Facts,
        now: Micros,
    ) -> Decided:
        """Return what the gate says: the verdict on `effect` and the channel it is about."""
        valid = effect.valid_until
        if (
            effect.lacks
            or len(facts.contacts) >= self._room
            or len(insides) > 1
            or facts.planned
            or (valid is not None and valid <= now)
        ):
            return decide_among(effect, inside, insides, facts, self._rules, now)
        if now != self._now or len(self._passed) > MOST:
            self._now, self._passed, self._whys = now, {}, {}
        addresses, consents = facts.addresses, facts.consents
        reachable = tuple([channel for channel in effect.channels if addresses.get(channel)])
        key = (id(effect.message), effect.channels, reachable, id(consents), facts.zone)
        found = self._passed.get(key)
        if found is not None:
            return found[0]
        decided = decide_among(effect, inside, insides, facts, self._rules, now)
        if decided[0].verdict == "send":
            self._passed[key] = (decided, effect.message, consents)
        return decided

    def why(self, verdict: Verdict, cause: int) -> str:
        """Return the text for the ledger of what allowed a message: the verdict's values and the event."""
        found = self._whys.get(id(verdict))
        if found is None:
            if len(self._whys) > MOST:
                self._whys = {}
            beginning = text_of({**verdict.why, "event": 0}).removesuffix("0}")
            found = self._whys[id(verdict)] = (verdict, beginning)
        return f"{found[1]}{cause}}}"
