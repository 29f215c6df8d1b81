"""JSON Schemas of the data plan: checked, compiled, made of what has been seen; what breaks them, in words.

Schemas are JSON Schema (draft 2020-12 unless they say otherwise). Nothing is fetched from anywhere, and
patterns are matched in linear time, so that neither a schema nor an event can hold the intake up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec

from keskio.kernel.errors import Mistake

MOST_TOLD = 3
LARGEST = 64 * 1024
SURE_FROM = 5  # from this many samples on, what was always there is required


class WrongSchema(Mistake):
    """This is no JSON Schema."""

    code = "wrong_schema"


def check_schema(schema: object) -> None:
    """See that `schema` is a JSON Schema of an object. Raises WrongSchema with what is wrong with it."""
    if not isinstance(schema, Mapping):
        raise WrongSchema("A schema is an object, such as {properties: {total: {type: number}}}.")
    if schema.get("type", "object") != "object":
        raise WrongSchema("The properties of an event are an object: the schema's type is object.")
    text = msgspec.json.encode(schema).decode()
    if len(text) > LARGEST:
        raise WrongSchema(f"The schema has more than {LARGEST} characters.")
    try:
        jsonschema_rs.meta.validate(dict(schema))
        compiled(text)
    except (jsonschema_rs.ValidationError, ValueError) as fault:
        where = ".".join(map(str, getattr(fault, "instance_path", ())))
        sentence = str(getattr(fault, "message", fault)).splitlines()[0]
        raise WrongSchema(f"At {where or 'the top'}: {sentence}.") from None


@lru_cache(maxsize=2000)
def compiled(schema: str) -> jsonschema_rs.Validator:
    """Return the validator of a schema given as JSON text."""
    return jsonschema_rs.validator_for(
        msgspec.json.decode(schema),
        retriever=_retrieve_nothing,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def _retrieve_nothing(address: str) -> Any:
    raise ValueError(f"{address} is elsewhere: put what it says into $defs of this schema")


def faults_in(validator: jsonschema_rs.Validator, told: Mapping[str, Any], what: str) -> list[str]:
    """Return what is wrong with `told`, at most MOST_TOLD of it. `what`: properties or traits."""
    found = []
    for error in validator.iter_errors(told):
        where = ".".join([what, *map(str, error.instance_path)])
        found.append(f"{where}: {error.message[:200]}")
        if len(found) == MOST_TOLD:
            break
    return found


def schema_of(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a schema that all `samples` meet: types as seen, required what every one of many has."""
    schema = _of_objects(samples)
    return {"type": "object", **{k: v for k, v in schema.items() if k != "type"}}


def _of_objects(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    seen: dict[str, list[Any]] = {}
    for sample in samples:
        for name, value in sample.items():
            seen.setdefault(name, []).append(value)
    schema: dict[str, Any] = {"type": "object"}
    if seen:
        schema["properties"] = {name: _of(values) for name, values in sorted(seen.items())}
    always = sorted(name for name, values in seen.items() if len(values) == len(samples))
    if always and len(samples) >= SURE_FROM:
        schema["required"] = always
    return schema


def _of(values: Sequence[Any]) -> dict[str, Any]:
    kinds = sorted({_kind(value) for value in values})
    if "integer" in kinds and "number" in kinds:
        kinds.remove("integer")
    schema: dict[str, Any] = {}
    if kinds == ["object"]:
        return _of_objects(values)
    if kinds:
        schema["type"] = kinds[0] if len(kinds) == 1 else kinds
    items = [item for value in values if isinstance(value, list) for item in value]
    if "array" in kinds and items:
        schema["items"] = _of(items)
    return schema


def _kind(value: Any) -> str:
    names: Iterable[tuple[Any, str]] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
        (dict, "object"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "null")
