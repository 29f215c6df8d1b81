"""Plans and rules of kinds as files: reading YAML, checking, the JSON Schema, and those that ship with it."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

from keskio.engine.conditions import OF_CUSTOMERS, Unreadable, problems_of, read_condition
from keskio.engine.conditions import Form as ConditionForm
from keskio.engine.recovering import KINDS, STEP_KINDS, Finding, Plan
from keskio.engine.recovery_reading import (
    COMPENSATION_FIELDS,
    FIELDS,
    FORMAT,
    STEP_FIELDS,
    WHEN_FIELDS,
    read_plan,
)
from keskio.kernel.yamls import read_yaml
from keskio.talk.api import fault_in_text

READY = resources.files("keskio.respond.recovery") / "ready"
KINDS_FORMAT = "customer-kinds/1"
USUAL_KINDS = """\
# Who is a regular customer, when a complaint is to be put right. Everybody else who is known is occasional.
keskio: customer-kinds/1
regular:
  any:
    - {event: Order Completed, in: {last: 12 months}, times: {at_least: 2}}
    - {trait: regular_customer, is: true}
"""


class Kinds(msgspec.Struct, frozen=True):
    """Which customers are regular, as a condition."""

    regular: ConditionForm


@lru_cache(maxsize=200)
def read_text(text: str) -> tuple[Plan | None, tuple[Finding, ...]]:
    """Return the plan in a YAML text, or None, and everything found in reading and checking it."""
    try:
        document = read_yaml(text)
    except ValueError as fault:
        return None, (Finding("", "unreadable", str(fault)),)
    plan, findings = read_plan(document)
    if plan is None:
        return None, tuple(findings)
    findings += _condition_faults(plan) + _template_faults(plan)
    failed = any(one.severity == "error" for one in findings)
    return (None if failed else plan), tuple(findings)


def _condition_faults(plan: Plan) -> list[Finding]:
    if plan.when.who is None:
        return []
    return [
        Finding("when.who", "condition", str(problem))
        for problem in problems_of(plan.when.who, words=OF_CUSTOMERS)
    ]


def _template_faults(plan: Plan) -> list[Finding]:
    texts = [(f"steps.{step.key}", {**step.public}) for step in plan.steps]
    texts += [(f"steps.{step.key}", {**step.private}) for step in plan.steps]
    if plan.compensation is not None:
        texts.append(("compensation.text", {**plan.compensation.text}))
    found = []
    for place, versions in texts:
        faults = {fault for text in versions.values() if (fault := fault_in_text(text))}
        found += [Finding(place, "bad_text", fault) for fault in sorted(faults)]
    return found


@lru_cache(maxsize=20)
def read_kinds(text: str) -> tuple[Kinds | None, tuple[Finding, ...]]:
    """Return the rules of kinds in a YAML text, or None, and what is wrong with it."""
    try:
        document = read_yaml(text)
    except ValueError as fault:
        return None, (Finding("", "unreadable", str(fault)),)
    if not isinstance(document, dict) or document.get("keskio") != KINDS_FORMAT:
        return None, (Finding("keskio", "format", KINDS_FORMAT),)
    if set(document) != {"keskio", "regular"}:
        return None, (Finding("regular", "only_regular"),)
    try:
        return Kinds(read_condition(document["regular"], words=OF_CUSTOMERS)), ()
    except Unreadable as fault:
        return None, (Finding("regular", "condition", str(fault)),)


def ready_texts() -> dict[str, str]:
    """Return the plans that ship with the product, by key."""
    return {
        item.name.removesuffix(".yaml"): item.read_text(encoding="utf-8")
        for item in sorted(READY.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".yaml")
    }


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a plan, for editors and other programs."""
    texts = {
        "type": "object",
        "required": ["fi", "en"],
        "additionalProperties": {"type": "string"},
    }
    names = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    length = {
        "anyOf": [
            {"type": "string", "pattern": r"^\s*\d+\s*(second|minute|hour|day|week|month|year)"},
            _object({"working_hours": {"type": "number", "exclusiveMinimum": 0}}, "working_hours"),
        ]
    }
    severity = {"type": "integer", "minimum": 0, "maximum": 3}
    euros = {"type": "number", "minimum": 0}
    field: dict[str, Any] = {
        "keskio": {"const": FORMAT},
        "key": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"},
        **dict.fromkeys(("title", "about", "tone", "text", "public", "private"), texts),
        "priority": {"type": "integer", "minimum": 0, "maximum": 100},
        **dict.fromkeys(("respond_within", "follow_up", "within"), length),
        "compare": {"anyOf": [{"type": "number", "maximum": 0.5}, {"type": "string"}]},
        "customer": {
            "anyOf": [{"enum": list(KINDS)}, {"type": "array", "items": {"enum": list(KINDS)}}]
        },
        "who": {"type": "object"},
        "severity": {
            "anyOf": [severity, _object({"at_least": severity, "at_most": severity})],
        },
        **dict.fromkeys(("themes", "channels", "kinds"), names),
        "kind": {"enum": list(STEP_KINDS)},
        "offer": {"type": "string"},
        **dict.fromkeys(("euros", "month", "approval_above"), euros),
        "per_case": {"type": "integer", "minimum": 0},
    }
    step = _object({name: field[name] for name in sorted(STEP_FIELDS)}, "title")
    field["steps"] = {"type": "object", "minProperties": 1, "additionalProperties": step}
    field["when"] = _object({name: field[name] for name in sorted(WHEN_FIELDS)})
    paid = {name: field[name] for name in sorted(COMPENSATION_FIELDS)}
    field["compensation"] = _object(paid, "title", "text", "euros", "month")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A recovery plan of Keskiö ({FORMAT})",
        **_object(
            {name: field[name] for name in sorted(FIELDS)}, "keskio", "key", "title", "steps"
        ),
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return {**made, "required": list(required)} if required else made
