"""Definitions as files: reading YAML, the playbooks that ship with the product, and checking texts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from keskio.engine.dialogue.check import check, texts_of
from keskio.engine.dialogue.definition import read_definition
from keskio.engine.dialogue.findings import Finding, error
from keskio.engine.dialogue.program import Program
from keskio.kernel.yamls import read_yaml
from keskio.talk.rendering import fault_in

PLAYBOOKS = resources.files("keskio.talk") / "playbooks"


def read_document(text: str) -> tuple[object, list[Finding]]:
    """Return what a YAML (or JSON) text holds; a text that cannot be read is a finding."""
    try:
        return read_yaml(text), []
    except ValueError as fault:
        return None, [error("unreadable", detail=str(fault))]


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


@cache
def playbook_title(key: str) -> Mapping[str, str]:
    """Return the title of a playbook by language; only what stands before its steps is read."""
    document, _findings = read_document(playbook_text(key).partition("\nsteps:")[0])
    title = document.get("title") if isinstance(document, dict) else None
    return title if isinstance(title, dict) else {"en": str(title or key)}


def playbook_text(key: str) -> str:
    """Return the definition of a playbook; raises FileNotFoundError for an unknown key."""
    return (PLAYBOOKS / key / "dialogue.yaml").read_text(encoding="utf-8")
