"""The JSON Schema of definitions, for editors and other programs.

Made from the same tables of settings, kinds and fields that the reading of a definition goes by: a field
without its schema does not get past this module's tests. The schema says the shape; what names mean,
whether steps are reached, and what is forgotten, `check` says. YAML's dates are texts in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from keskio.engine.dialogue.definition import FORMAT, GOAL_FIELDS, QUIET, SETTINGS
from keskio.engine.dialogue.moment_reading import DEADLINE_FIELDS
from keskio.engine.dialogue.step_reading import ANSWERS, COMMON_FIELDS, FIELDS
from keskio.engine.pressure import PURPOSES
from keskio.engine.scores.scales import SCALES
from keskio.engine.times import WEEKDAYS

Schema: TypeAlias = dict[str, Any]
TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1}
WHOLE: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
ANY: Schema = {}
NAMES: Schema = {"type": "array", "items": NAME}
# "A few words" of which one may stand without a list; YAML may have made numbers of them.
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
WORDS: Schema = {"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]}
SHARE: Schema = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9]"}]
}
MAPPING: Schema = {"type": "object"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


SPAN, MOMENT, TEXTS, CONDITION = _ref("span"), _ref("moment"), _ref("texts"), _ref("condition")
EVENT, MATCHER, FIXED, CLOCK = _ref("event"), _ref("matcher"), _ref("fixed"), _ref("clock")
FIGURE: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "object", "properties": {"trait": NAME}, "required": ["trait"]},
    ]
}


def _object(properties: Mapping[str, Schema], *required: str) -> Schema:
    """Return the schema of a mapping that has these fields and no others."""
    made: Schema = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**made, "required": list(required)} if required else made


def _map_of(value: Schema) -> Schema:
    return {"type": "object", "additionalProperties": value, "minProperties": 1}


DEADLINES: Mapping[str, Schema] = {
    "for": SPAN,
    "until": FIXED,
    "at": CLOCK,
    "weekday": {"type": "string", "pattern": f"^(?i:{'|'.join(WEEKDAYS)})$"},
    "working_days": WHOLE,
    "working_hours": {"type": "number", "exclusiveMinimum": 0},
    "of": _ref("place"),
    "before": SPAN,
    "workday": {"enum": ["next", "previous"]},
}
AUDIENCE = _object(
    {
        "at": FIXED,
        "who": CONDITION,
        "rrule": TEXT,
        "spread": {
            "anyOf": [_object({"over": SPAN}, "over"), _object({"per_hour": WHOLE}, "per_hour")]
        },
    },
    "at",
)
DATE = _object(
    {
        "of": _ref("place"),
        **{name: DEADLINES[name] for name in ("for", "before", "at", "workday")},
        "every": {"const": "year"},
        "who": CONDITION,
    },
    "of",
)
CATALOGUE = _object(
    {
        "event": NAME,
        "where": CONDITION,
        "tags": NAME,
        "interests": {"anyOf": [NAME, NAMES]},
        "following": _object(
            {"event": NAME, "its": NAME, "left": NAME, "in": SPAN}, "event", "its"
        ),
        "who": CONDITION,
        "at_least": WHOLE,
        "gather": SPAN,
        "rest": SPAN,
    },
    "event",
) | {"oneOf": [{"required": ["interests"]}, {"required": ["following"]}]}
COUNT = _object({"at_least": WHOLE, "in": SPAN, "distinct": NAME, "same": NAME}, "at_least", "in")
TRIGGER: Schema = {
    "anyOf": [
        _object({"event": NAME, "where": CONDITION, "count": COUNT, "keep": NAMES}, "event"),
        _object({"segment": NAME, "keep": NAMES}, "segment"),
        _object({"audience": AUDIENCE, "keep": NAMES}, "audience"),
        _object({"date": DATE, "keep": NAMES}, "date"),
        _object(
            {"keyword": _object({"words": WORDS, "channel": TEXT}, "words"), "keep": NAMES},
            "keyword",
        ),
        _object({"catalogue": CATALOGUE, "keep": NAMES}, "catalogue"),
        _object({"hand": ANY, "keep": NAMES}, "hand"),
    ]
}
GOALS: Mapping[str, Schema] = {
    "event": NAME,
    "where": CONDITION,
    "value": NAME,
    "within": SPAN,
    "ends": FLAG,
}
SETTING: Mapping[str, Schema] = {
    "keskio": {"const": FORMAT},
    "key": NAME,
    "title": TEXTS,
    "purpose": {"enum": sorted(PURPOSES)},
    "pressure": NAME,
    "zone": NAME,
    "languages": {**NAMES, "minItems": 1},
    "variables": MAPPING,
    "trigger": TRIGGER,
    "object": {"anyOf": [TEXT, _object({"kind": NAME, "key": NAME}, "kind", "key")]},
    "eligible": CONDITION,
    "reentry": {
        "anyOf": [{"enum": ["never", "after_end", "always"]}, _object({"after": SPAN}, "after")]
    },
    "goal": {
        "anyOf": [NAME, _object({name: GOALS[name] for name in sorted(GOAL_FIELDS)}, "event")]
    },
    "exit": {"type": "array", "items": EVENT},
    "ends": MOMENT,
    "priority": WHOLE,
    "quiet": {"enum": list(QUIET)},
    "control": SHARE,
    "worth": _object({"value": FIGURE, "probability": FIGURE}),
    "steps": {"type": "object", "minProperties": 1, "additionalProperties": _ref("step")},
}
PROMISE = _object(
    {
        "text": TEXTS,
        "due": MOMENT,
        "team": NAME,
        "owner": _ref("place"),
        "kept_by": {"anyOf": [NAME, NAMES]},
        "remind_at": SHARE,
    },
    "text",
)
CHANNEL: Schema = {"anyOf": [NAME, {**NAMES, "minItems": 1}]}
ANSWER = _object(
    {
        "kind": {"enum": list(ANSWERS)},
        "as": NAME,
        "count": WHOLE,
        "at_least": {"type": "number"},
        "at_most": {"type": "number"},
    },
    "kind",
)
CHOICES: Schema = _map_of(
    {"anyOf": [_object({"title": TEXTS, "words": WORDS}), {"type": ["null", "string"]}]}
)
ITEM = _object(
    {
        **{name: DEADLINES[name] for name in ("for", "before", "at", "workday")},
        "window": SPAN,
        "when": CONDITION,
    }
)
# What a field of a step may hold, whatever the kind; a kind's own meaning stands under "kind.field".
FIELD: Mapping[str, Schema] = {
    **DEADLINES,
    "kind": NAME,
    "title": TEXTS,
    "outcomes": {"type": "object", "additionalProperties": NAME},
    "channel": {"anyOf": [*CHANNEL["anyOf"], _object({"preferred": CHANNEL}, "preferred")]},
    "text": TEXTS,
    "subject": TEXTS,
    "purpose": SETTING["purpose"],
    "pressure": NAME,
    "quiet": SETTING["quiet"],
    "valid": MOMENT,
    "promise": PROMISE,
    "choices": CHOICES,
    "survey": NAME,
    "scale": {"enum": list(SCALES)},
    "reminder": {"anyOf": [FLAG, TEXTS]},
    "remind_after": {"anyOf": [SPAN, {"type": "null"}]},
    "then": TEXTS,
    "patience": WHOLE,
    "answer": ANSWER,
    "events": _map_of(MATCHER),
    "branches": _map_of(CONDITION),
    "arms": _map_of(SHARE),
    "experiment": NAME,
    "items": _map_of(ITEM),
    "every": {"anyOf": [{"enum": ["day", "week", "month"]}, SPAN]},
    "times": WHOLE,
    "repeat.until": MOMENT,
    "while": CONDITION,
    "connection": NAME,
    "body": MAPPING,
    "within": SPAN,
    "as": NAME,
    "dialogue": NAME,
    "with": MAPPING,
    "offer": NAME,
    "queue": NAME,
    "due": MOMENT,
    "owner": _ref("place"),
    "skill": {"type": "string"},
    "traits": MAPPING,
    "add": MAPPING,
    "remove": MAPPING,
    "outcome": NAME,
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "survey": ("survey", "channel", "text"),
    "send": ("channel", "text"),
    "ask": ("channel", "text"),
    "branch": ("branches",),
    "split": ("arms",),
    "timeline": ("of", "items"),
    "repeat": ("every",),
    "call": ("connection",),
    "start": ("dialogue",),
    "stop": ("dialogue",),
    "offer": ("offer",),
    "task": ("text", "due"),
}
DEFS: Mapping[str, Schema] = {
    "span": {"type": "string", "pattern": r"^\s*\d+\s*(second|minute|hour|day|week|month|year)"},
    "fixed": {"type": ["string", "integer"]},
    "clock": {
        "anyOf": [
            {"type": "string", "pattern": r"^(\d{1,2}[.:]\d{2}|\$.+|customer\..+|object\..+)$"},
            WHOLE,
        ]
    },
    "place": {"type": "string", "pattern": r"^(customer\.|object\.|\$)."},
    "texts": {
        "anyOf": [
            SCALAR,
            _object({}) | {"patternProperties": {"^[a-z]{2,3}(-[A-Za-z]{2,8})?$": SCALAR}},
            {"type": "null"},
        ]
    },
    "condition": {"type": "object", "minProperties": 1},
    "moment": {"anyOf": [FIXED, {**_object(DEADLINES), "minProperties": 1}]},
    "event": {
        "anyOf": [
            NAME,
            _object({"event": NAME, "where": CONDITION}, "event"),
            _object({"when": CONDITION}, "when"),
        ]
    },
    "matcher": {
        "anyOf": [
            EVENT,
            _object(
                {"reply": {"anyOf": [WORDS, _object({"words": WORDS, "channel": TEXT})]}}, "reply"
            ),
        ]
    },
}


def definition_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a definition."""
    kinds = {f"step_{kind}": _step(kind) for kind in FIELDS}
    chosen = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": _ref(f"step_{kind}"),
        }
        for kind in FIELDS
    ]
    step: Schema = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(FIELDS)}},
        "allOf": chosen,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A dialogue of Keskiö ({FORMAT})",
        **_object(
            {name: SETTING[name] for name in sorted(SETTINGS)},
            *("keskio", "key", "purpose", "trigger", "steps"),
        ),
        "$defs": {**DEFS, "step": step, **kinds},
    }


def _step(kind: str) -> Schema:
    fields = {
        name: FIELD.get(f"{kind}.{name}") or FIELD[name]
        for name in sorted(FIELDS[kind] | COMMON_FIELDS)
    }
    fields["kind"] = {"const": kind}
    return _object(fields, "kind", *NEEDED.get(kind, ()))


assert DEADLINES.keys() == DEADLINE_FIELDS
