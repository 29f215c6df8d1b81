"""Write the TypeScript types of what pages hand to islands, from the frozen types that the server uses.

`python scripts/generate_types.py` writes; with `--check` it only tells (exit 1) whether a file is stale.
A test runs the check, so the two sides cannot drift apart.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import django
import msgspec

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "frontend" / "src" / "generated"
HEAD = "// Written by scripts/generate_types.py from {module}; do not edit.\n"
PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def sources() -> dict[str, list[type]]:
    """Return which frozen types go into which file."""
    from keskio.talk import drawing  # noqa: PLC0415 - Django has to be set up first

    return {"talk": [drawing.Drawing, drawing.FlowCounts]}


def typescript_of(kinds: list[type]) -> str:
    """Return the TypeScript of `kinds` and all that they are made of."""
    _schemas, components = msgspec.json.schema_components(kinds, ref_template="#/{name}")
    modules = ", ".join(sorted({kind.__module__ for kind in kinds}))
    blocks = [_interface(name, components[name]) for name in sorted(components)]
    return "\n".join([HEAD.format(module=modules), *blocks])


def _interface(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    lines = [
        f"  readonly {key}{'' if key in required or 'default' in part else '?'}: {_type(part)};"
        for key, part in schema["properties"].items()
    ]
    comment = f"/** {schema['description'].splitlines()[0]} */\n" if "description" in schema else ""
    return f"{comment}export interface {name} {{\n" + "\n".join(lines) + "\n}\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix("#/")
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    if schema.get("type") == "array":
        return f"readonly {_type(schema['items'])}[]"
    if schema.get("type") == "object":
        return f"Readonly<Record<string, {_type(schema['additionalProperties'])}>>"
    return PLAIN[schema["type"]]


def main(*, only_check: bool) -> int:
    """Write the files, or tell which are stale."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keskio.config.settings")
    django.setup()
    stale = []
    for name, kinds in sources().items():
        path, text = TARGET / f"{name}.ts", typescript_of(kinds)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if not only_check:
                path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'stale' if only_check else 'written'}")
    return 1 if stale and only_check else 0


if __name__ == "__main__":
    sys.exit(main(only_check="--check" in sys.argv[1:]))
