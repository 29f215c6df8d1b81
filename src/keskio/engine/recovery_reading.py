"""Reads a recovery plan from a document: what is wrong is a finding with its place, nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from keskio.engine.recovering import (
    KINDS,
    STEP_KINDS,
    Compensation,
    Finding,
    Plan,
    Step,
    When,
    Within,
    offers_something,
)
from keskio.engine.times import Span, parse_span

FORMAT = "recovery/1"
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,98}")
FIELDS = frozenset(
    {
        *("keskio", "key", "title", "about", "when", "priority", "respond_within", "tone", "steps"),
        *("compensation", "follow_up", "compare"),
    }
)
WHEN_FIELDS = frozenset({"customer", "who", "severity", "themes", "channels", "kinds"})
STEP_FIELDS = frozenset({"kind", "title", "within", "public", "private"})
COMPENSATION_FIELDS = frozenset(
    {"title", "offer", "euros", "month", "per_case", "approval_above", "text"}
)


class Reader:
    """Reads one document, collecting what is wrong with it."""

    def __init__(self, document: object) -> None:
        self.document: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
        self.findings: list[Finding] = []

    def wrong(self, place: str, code: str, detail: object = "") -> None:
        """Note something wrong."""
        self.findings.append(Finding(place, code, str(detail)))

    def plan(self) -> Plan | None:
        """Return the plan, or None where something is wrong with it."""
        given = self.document
        if given.get("keskio") != FORMAT:
            self.wrong("keskio", "format", FORMAT)
            return None
        self.known(given, FIELDS, "")
        key = given.get("key")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            self.wrong("key", "key", key)
        made = Plan(
            key=str(key),
            title=self.texts(given.get("title"), "title"),
            about=self.texts(given.get("about"), "about", needed=False),
            when=self.when(given.get("when", {})),
            priority=self.whole(given.get("priority", 50), "priority", most=100),
            respond_within=self.within(given.get("respond_within"), "respond_within"),
            tone=self.texts(given.get("tone"), "tone", needed=False),
            steps=self.steps(given.get("steps")),
            compensation=self.compensation(given.get("compensation")),
            follow_up=self.follow_up(given.get("follow_up")),
            compare=self.share(given.get("compare", 0)),
        )
        self.whole_plan(made)
        return None if any(one.severity == "error" for one in self.findings) else made

    def whole_plan(self, plan: Plan) -> None:
        """Find what is wrong with the parts together."""
        pays = [step.key for step in plan.steps if step.kind == "compensate"]
        if pays and plan.compensation is None:
            self.wrong(f"steps.{pays[0]}", "no_compensation")
        if plan.compensation is not None and not pays:
            self.findings.append(Finding("compensation", "never_offered", "", "warning"))
        for step in plan.steps:
            for language, text in step.public.items():
                if step.kind == "compensate" or offers_something(text):
                    self.wrong(f"steps.{step.key}.public", "offered_in_public", language)

    def known(self, given: Mapping[str, Any], fields: frozenset[str], place: str) -> None:
        """Find fields that nobody reads."""
        for name in sorted(given.keys() - fields, key=str):
            self.wrong(f"{place}.{name}".strip("."), "unknown_field", name)

    def mapping(self, value: object, place: str) -> Mapping[str, Any]:
        """Return a mapping; {} where it is none."""
        if isinstance(value, Mapping):
            return value
        self.wrong(place, "not_a_mapping")
        return {}

    def texts(self, value: object, place: str, *, needed: bool = True) -> dict[str, str]:
        """Return language versions; both fi and en where any is given."""
        if value is None and not needed:
            return {}
        if not isinstance(value, Mapping) or not all(
            isinstance(text, str) for text in value.values()
        ):
            self.wrong(place, "texts")
            return {}
        for language in ("fi", "en"):
            if not value.get(language):
                self.wrong(place, "missing_language", language)
        return {str(language): str(text).strip() for language, text in value.items()}

    def names(
        self, value: object, place: str, allowed: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """Return a list of names; one may stand without a list."""
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, (list, tuple)) or not all(isinstance(one, str) for one in listed):
            self.wrong(place, "names")
            return ()
        for one in listed:
            if allowed is not None and one not in allowed:
                self.wrong(place, "not_one_of", f"{one}: {', '.join(allowed)}")
        return tuple(listed)

    def whole(self, value: object, place: str, *, most: int = 10**9) -> int:
        """Return a whole number from 0 to `most`."""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self.wrong(place, "whole_number", value)
            return 0
        return value

    def cents(self, value: object, place: str) -> int:
        """Return euros as cents."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            self.wrong(place, "euros", value)
            return 0
        return round(value * 100)

    def share(self, value: object) -> float:
        """Return a share: 0.1 or "10 %"."""
        said = str(value).strip()
        try:
            share = float(said.removesuffix("%").strip()) / (100 if said.endswith("%") else 1)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 0.5:
            self.wrong("compare", "share", value)
            return 0.0
        return share

    def within(self, value: object, place: str) -> Within | None:
        """Return a length: {working_hours: 2} or "3 days"."""
        if value is None:
            return None
        if isinstance(value, Mapping) and set(value) == {"working_hours"}:
            hours = value["working_hours"]
            if isinstance(hours, (int, float)) and not isinstance(hours, bool) and hours > 0:
                return Within(working=round(hours * 3_600_000_000))
        elif isinstance(value, str):
            try:
                return Within(span=parse_span(value))
            except ValueError:
                pass
        self.wrong(place, "length", value)
        return None

    def follow_up(self, value: object) -> Span | None:
        """Return after how long it is asked whether it was put right, by the calendar."""
        found = self.within(value, "follow_up")
        if found is not None and found.working:
            self.wrong("follow_up", "length", value)
        return None if found is None else found.span

    def when(self, value: object) -> When:
        """Return what the plan asks for."""
        given = self.mapping(value, "when")
        self.known(given, WHEN_FIELDS, "when")
        low, high = 0, 3
        severity = given.get("severity")
        if severity is not None:
            bounds = severity if isinstance(severity, Mapping) else {"at_least": severity}
            low = self.whole(bounds.get("at_least", 0), "when.severity", most=3)
            high = self.whole(bounds.get("at_most", 3), "when.severity", most=3)
        who = given.get("who")
        return When(
            customer=self.names(given.get("customer", ()), "when.customer", KINDS),
            severity=(low, high),
            themes=self.names(given.get("themes", ()), "when.themes"),
            channels=self.names(given.get("channels", ()), "when.channels"),
            kinds=self.names(given.get("kinds", ("complaint",)), "when.kinds"),
            who=None if who is None else dict(self.mapping(who, "when.who")),
        )

    def steps(self, value: object) -> tuple[Step, ...]:
        """Return the steps in the order of the document."""
        given = self.mapping(value, "steps")
        if not given:
            self.wrong("steps", "no_steps")
        return tuple(self.step(str(key), one) for key, one in given.items())

    def step(self, key: str, value: object) -> Step:
        """Return one step."""
        place = f"steps.{key}"
        given = self.mapping(value, place)
        self.known(given, STEP_FIELDS, place)
        kind = given.get("kind", key)
        if kind not in STEP_KINDS:
            self.wrong(f"{place}.kind", "not_one_of", f"{kind}: {', '.join(STEP_KINDS)}")
        return Step(
            key=key,
            kind=str(kind),
            title=self.texts(given.get("title"), f"{place}.title"),
            within=self.within(given.get("within"), f"{place}.within"),
            public=self.texts(given.get("public"), f"{place}.public", needed=False),
            private=self.texts(given.get("private"), f"{place}.private", needed=False),
        )

    def compensation(self, value: object) -> Compensation | None:
        """Return what may be offered."""
        if value is None:
            return None
        place = "compensation"
        given = self.mapping(value, place)
        self.known(given, COMPENSATION_FIELDS, place)
        above = given.get("approval_above")
        made = Compensation(
            title=self.texts(given.get("title"), f"{place}.title"),
            text=self.texts(given.get("text"), f"{place}.text"),
            offer=str(given.get("offer", "")),
            cents=self.cents(given.get("euros", -1), f"{place}.euros"),
            month=self.cents(given.get("month", -1), f"{place}.month"),
            per_case=self.whole(given.get("per_case", 1), f"{place}.per_case"),
            approval_above=None if above is None else self.cents(above, f"{place}.approval_above"),
        )
        for language, text in made.text.items():
            if made.offer and not re.search(r"\{\{\s*code\s*\}\}", text):
                self.wrong(f"{place}.text", "code_not_told", language)
        if made.cents > made.month:
            self.wrong(f"{place}.month", "budget_too_small")
        return made


def read_plan(document: object) -> tuple[Plan | None, list[Finding]]:
    """Return the plan of a document (None where it has errors) and what was found in reading it."""
    reader = Reader(document)
    plan = reader.plan()
    return plan, reader.findings
