"""Small dialogues, customers and moments of which the engine's tests are made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keskio.engine import times
from keskio.engine.dialogue.definition import read_definition
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.findings import Finding
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.run import Taken
from keskio.engine.dialogue.signals import Due, Entered, Judged, Signal
from keskio.engine.dialogue.step import step
from keskio.engine.times import parse_moment

HELSINKI = "Europe/Helsinki"
DAY, HOUR = times.DAY, times.HOUR

AINO = Facts(
    traits={"first_name": "Aino", "town": "Oulu", "age": 41},
    consents={"marketing/sms": "given", "marketing/email": "given"},
    addresses={"sms": "+358401234567", "email": "aino@example.fi"},
    zone=HELSINKI,
    language="fi",
)
VILLE = Facts(addresses={"sms": "+358407654321"}, zone=HELSINKI)  # has given no permission


def at(text: str, zone: str = HELSINKI) -> int:
    """Return a local time such as "2026-03-02T09:00" as an instant."""
    return parse_moment(datetime.fromisoformat(text), zone)


MONDAY = at("2026-03-02T09:00")


def document_of(steps: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return a definition with these steps; settings not given are the plainest there are."""
    return {
        "keskio": "dialogue/1",
        "key": "test",
        "purpose": "marketing",
        "languages": ["fi"],
        "trigger": {"hand": True},
        "steps": steps,
        **settings,
    }


def read(steps: dict[str, Any], **settings: Any) -> tuple[Program | None, list[Finding]]:
    """Read such a definition."""
    return read_definition(document_of(steps, **settings))


def program_of(steps: dict[str, Any], **settings: Any) -> Program:
    """Return the program of such a definition, which must be without errors."""
    program, findings = read(steps, **settings)
    assert program is not None, findings
    return program


def send(**more: Any) -> dict[str, Any]:
    """Return a step that sends by SMS."""
    return {"kind": "send", "channel": "sms", "text": "Hei!", **more}


def ask(**more: Any) -> dict[str, Any]:
    """Return a question with A and B that stays open for two days."""
    return {
        "kind": "ask",
        "channel": "sms",
        "text": "A vai B?",
        "for": "2 days",
        "choices": {"A": {}, "B": {}},
        "outcomes": {"A": "end", "B": "end", "other": "back", "none": "end"},
        **more,
    }


def finish(name: str = "done") -> dict[str, Any]:
    """Return a step that ends the dialogue as `name`."""
    return {"kind": "end", "outcome": name}


def told(taken: Taken) -> tuple[str, str, str]:
    """Return what was taken in brief: effects, reasons, and where the enrolment is now."""
    state = taken.enrolment
    where = f"{state.status} {state.outcome}" if state.is_over else f"{state.step}:{state.phase}"
    effects = " ".join(type(effect).__name__ for effect in taken.effects)
    return effects, " ".join(reason.code for reason in taken.reasons), where


class Led:
    """One enrolment that a test leads by hand, signal by signal."""

    def __init__(self, program: Program, facts: Facts = AINO, *, object_key: str = "") -> None:
        self.program, self.facts = program, facts
        self.state = Enrolment(object=object_key)
        self.taken: Taken | None = None

    def take(self, signal: Signal, now: int | None = None) -> tuple[str, str, str]:
        """Take `signal` (when it happens, unless `now` is later) and tell what came of it."""
        self.taken = step(self.program, self.state, signal, self.facts, now or signal.at)
        self.state = self.taken.enrolment
        return told(self.taken)

    def enter(self, moment: int = MONDAY, **more: Any) -> tuple[str, str, str]:
        """Come in."""
        return self.take(Entered(moment, **more))

    def let_go(self, moment: int = MONDAY, channel: str = "sms") -> tuple[str, str, str]:
        """Let the gate send what is proposed."""
        return self.take(Judged(moment, self.state.visit, "send", channel=channel))

    def due(self, now: int | None = None) -> tuple[str, str, str]:
        """Let the earliest timer come due."""
        timer = min(self.state.timers)
        return self.take(Due(timer.due, timer.kind, timer.visit), now)
