"""The JSON Schema of a survey's document, made of the same tables as its reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from keskio.engine.survey.definition import ASKING, COMMON, FIELDS, FORMAT, SETTINGS
from keskio.engine.survey.form import EMOTIONS, LEVELS

Schema: TypeAlias = dict[str, Any]
NAME: Schema = {"type": "string", "minLength": 1}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
SPAN: Schema = {"type": "string", "pattern": r"^\s*\d+\s*(minute|hour|day|week)"}
COLOUR: Schema = {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}
SHARE: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": "^[0-9]"},
    ]
}
TEXTS: Schema = {"$ref": "#/$defs/texts"}
NAMED: Schema = {"type": "object", "additionalProperties": TEXTS}
CONDITION: Schema = {"type": "object", "minProperties": 1}
FIELD: Mapping[str, Schema] = {
    "kind": NAME,
    "text": TEXTS,
    "note": TEXTS,
    "required": FLAG,
    "when": CONDITION,
    "low": TEXTS,
    "high": TEXTS,
    "labels": NAMED,
    "comment": {"anyOf": [TEXTS, NAMED, FLAG]},
    "emotions": {"type": "array", "items": {"enum": list(EMOTIONS)}, "minItems": 2},
    "options": NAMED,
    "many": FLAG,
    "at_least": NUMBER,
    "at_most": NUMBER,
    "unit": TEXTS,
    "rows": NAMED,
    "columns": NAMED,
}
SETTING: Mapping[str, Schema] = {
    "keskio": {"const": FORMAT},
    "key": NAME,
    "title": TEXTS,
    "languages": {"type": "array", "items": NAME, "minItems": 1},
    "level": {"enum": list(LEVELS)},
    "touchpoint": TEXT,
    "answers": {"enum": ["known", "anonymous"]},
    "sender": TEXT,
    "intro": TEXTS,
    "thanks": TEXTS,
    "privacy": TEXTS,
    "digits": FLAG,
    "theme": {"$ref": "#/$defs/theme"},
    "asking": {"$ref": "#/$defs/asking"},
    "case": {"$ref": "#/$defs/case"},
    "questions": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"$ref": "#/$defs/question"},
    },
}


def _object(properties: Mapping[str, Schema], *required: str) -> Schema:
    made: Schema = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**made, "required": list(required)} if required else made


def survey_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a survey."""
    quota = _object(
        {"limit": {"type": "integer", "minimum": 0}, "segment": NAME, "each": NAME}, "limit"
    )
    asking: Mapping[str, Schema] = {
        "share": SHARE,
        "rest": SPAN,
        "again_after": SPAN,
        "quotas": {"type": "array", "items": quota},
    }
    assert asking.keys() == ASKING
    kinds = [
        _object(
            {**{name: FIELD[name] for name in sorted(fields | COMMON)}, "kind": {"const": kind}},
            *("kind", "text"),
        )
        for kind, fields in FIELDS.items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A survey of Keskiö ({FORMAT})",
        **_object({name: SETTING[name] for name in sorted(SETTINGS)}, "keskio", "key", "questions"),
        "$defs": {
            "texts": {
                "anyOf": [
                    {"type": ["string", "number"]},
                    _object({}) | {"patternProperties": {"^[a-z]{2,3}(-[A-Za-z]{2,8})?$": TEXT}},
                    {"type": "null"},
                ]
            },
            "theme": _object({"main": COLOUR, "paper": COLOUR, "ink": COLOUR}),
            "asking": _object(asking),
            "case": _object({"when": CONDITION, "kind": NAME, "severity": NAME}, "when"),
            "question": {"oneOf": kinds},
        },
    }
