"""Definitions as files: reading YAML, the playbooks that ship with the product, and checking texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml

from keskio.engine.dialogue.check import check, texts_of
from keskio.engine.dialogue.definition import read_definition
from keskio.engine.dialogue.findings import Finding, error
from keskio.engine.dialogue.program import Program
from keskio.talk.rendering import fault_in

PLAYBOOKS = resources.files("keskio.talk") / "playbooks"
PLAIN = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+", "-+0123456789"),
    "float": (r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+.0123456789"),
}


class _Loader(yaml.SafeLoader):
    """Reads YAML as version 1.2 does: `no` is a word, 16:00 a time and 00100 a post code, not numbers.

    A name that stands twice in one mapping is a mistake: a copied step would silently replace another.
    """

    yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0].rpartition(":")[2] not in PLAIN]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                twice = f"{name!r} stands here twice"
                raise yaml.constructor.ConstructorError(None, None, twice, key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


for _kind, (_pattern, _first) in PLAIN.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_kind}", re.compile(f"^({_pattern})$"), list(_first)
    )


def read_document(text: str) -> tuple[object, list[Finding]]:
    """Return what a YAML (or JSON) text holds; a text that cannot be read is a finding."""
    try:
        return yaml.load(text, _Loader), []  # noqa: S506 - a SafeLoader too
    except (yaml.YAMLError, ValueError) as fault:  # ValueError: a day such as 2012-13-45
        return None, [error("unreadable", detail=" ".join(str(fault).split()))]


def compile_text(
    text: str, *, version: int = 0, variables: Mapping[str, Any] | None = None
) -> tuple[Program | None, list[Finding]]:
    """Return the program in `text` and everything found in reading and checking it.

    The program is None when a finding is an error that keeps it from running at all.
    """
    document, findings = read_document(text)
    if findings:
        return None, findings
    program, findings = read_definition(document, version=version, variables=variables)
    if program is None:
        return None, findings
    return program, [*findings, *check(program), *_template_faults(program)]


def _template_faults(program: Program) -> list[Finding]:
    found: dict[tuple[str, str], Finding] = {}
    for key, step in program.steps.items():
        for versions in texts_of(step):
            for text in versions.values():
                fault = fault_in(text)
                if fault:
                    found[key, fault] = error("bad_text", key, fault)
    return list(found.values())


def playbook_keys() -> list[str]:
    """Return the keys of the playbooks that ship with the product."""
    return sorted(item.name for item in PLAYBOOKS.iterdir() if item.is_dir())


def playbook_text(key: str) -> str:
    """Return the definition of a playbook; raises FileNotFoundError for an unknown key."""
    return (PLAYBOOKS / key / "dialogue.yaml").read_text(encoding="utf-8")
