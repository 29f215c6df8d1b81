"""What was known of a customer when: facts that grow with what history tells."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.engine.conditions import Owned
from keskio.engine.dialogue.facts import Contact, Facts
from keskio.engine.pressure import COUNTED, Rules, is_watched
from keskio.engine.times import Calendar
from keskio.kernel.clock import Micros
from keskio.talk.backtests.history import CONSENTS, ENTERED, SENT, TRAITS, Known


class Body(msgspec.Struct, gc=False):
    """What is read of an event's body."""

    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}


read_body = msgspec.json.Decoder(Body).decode
# Not of the log: contacts that people and other rooms have noted, laid between the events.
NOTED = "contact.noted"
_STATES = {
    "customer.restricted": "restricted",
    "customer.released": "released",
    **{name: name.partition(".")[2] for name in CONSENTS if name.startswith("consent.")},
}


class Learner:
    """Keeps one customer's facts up with history.

    `replayed`: keys of dialogues that are replayed, whose own messages of that time do not count.
    `pressures` and `rules`: as in `Asked`.
    """

    def __init__(
        self,
        replayed: frozenset[str],
        pressures: dict[str, str],
        calendar: Calendar,
        rules: Rules,
    ) -> None:
        self.replayed, self.pressures, self.calendar = replayed, pressures, calendar
        self.rules = rules
        self.enrolments: dict[Any, tuple[str, Any]] = {}
        self.sent: list[tuple[Micros, str]] = []

    def begin(self, customer: int, known: Known) -> Facts:
        """Return what is known before anything has been told."""
        self.enrolments, self.sent = {}, []
        addresses = {}
        if known.email:
            addresses["email"] = "email"
        if known.phone:
            addresses["sms"] = "sms"
        return Facts(
            addresses=addresses,
            zone=known.zone or "",
            language=known.language or "",
            calendar=self.calendar,
            events={},
            who=str(customer),
        )

    def learn(self, facts: Facts, at: Micros, name: str, body: Body) -> Facts:
        """Return `facts` with what an event tells."""
        state = _STATES.get(name)
        if state is not None:
            return self._consent(facts, state, body.properties)
        if name in TRAITS:
            return _with_traits(facts, body.traits)
        take = _TAKE.get(name)
        if take is not None:
            return take(facts, at, body.properties)
        if name == ENTERED:
            told = body.properties
            self.enrolments[told.get("enrolment")] = (told.get("dialogue", ""), told.get("version"))
        elif name in (SENT, NOTED):
            return self._sent(facts, at, body.properties)
        return facts

    def _consent(self, facts: Facts, state: str, told: dict[str, Any]) -> Facts:
        consents = dict(facts.consents)
        consents[f"{told.get('purpose', '*')}/{told.get('channel', '*')}"] = state
        return msgspec.structs.replace(facts, consents=consents)

    def _sent(self, facts: Facts, at: Micros, told: dict[str, Any]) -> Facts:
        """Count a message that was really sent, if it is not one of a dialogue that is replayed."""
        dialogue, version = self.enrolments.get(told.get("enrolment"), ("", None))
        if dialogue in self.replayed:
            return facts
        place = f"{dialogue}/{version}/{told.get('step', '')}"
        pressure = str(told.get("pressure") or self.pressures.get(place, "marketing"))
        channel = str(told.get("channel", ""))
        self.sent.append((at, channel))
        if pressure not in COUNTED and not is_watched(pressure, self.rules):
            return facts
        return msgspec.structs.replace(
            facts, contacts=(*facts.contacts, Contact(at, channel, pressure))
        )


def _with_traits(facts: Facts, told: dict[str, Any]) -> Facts:
    traits = {**facts.traits, **told}
    for name, value in told.items():
        if value is None:
            del traits[name]
    return msgspec.structs.replace(facts, traits=traits)


def _segment_entered(facts: Facts, at: Micros, told: dict[str, Any]) -> Facts:
    segments = {**facts.segments, str(told.get("segment", "")): at}
    return msgspec.structs.replace(facts, segments=segments)


def _segment_left(facts: Facts, _at: Micros, told: dict[str, Any]) -> Facts:
    gone = told.get("segment")
    segments = {key: since for key, since in facts.segments.items() if key != gone}
    return msgspec.structs.replace(facts, segments=segments)


def _stage_changed(facts: Facts, at: Micros, told: dict[str, Any]) -> Facts:
    stages = dict(facts.stages)
    model, stage = str(told.get("model", "")), str(told.get("to") or "")
    if stage:
        stages[model] = (stage, at)
    else:
        stages.pop(model, None)
    return msgspec.structs.replace(facts, stages=stages)


def _object_changed(facts: Facts, _at: Micros, told: dict[str, Any]) -> Facts:
    kind, key = str(told.get("kind", "")), str(told.get("key", ""))
    fields = {k: v for k, v in told.items() if k not in ("changed", "before", "is_new")}
    others = [owned for owned in facts.objects.get(kind, ()) if owned.key != key]
    objects = {**facts.objects, kind: [*others, Owned(kind, key, fields)]}
    return msgspec.structs.replace(facts, objects=objects)


def _object_ended(facts: Facts, _at: Micros, told: dict[str, Any]) -> Facts:
    kind, key = str(told.get("kind", "")), str(told.get("key", ""))
    others = [owned for owned in facts.objects.get(kind, ()) if owned.key != key]
    return msgspec.structs.replace(facts, objects={**facts.objects, kind: others})


_TAKE = {
    "segment.entered": _segment_entered,
    "segment.left": _segment_left,
    "stage.changed": _stage_changed,
    "object.changed": _object_changed,
    "object.ended": _object_ended,
}
