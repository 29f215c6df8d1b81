"""Where in a definition's text a finding is: the line of its step or setting, for a writer to go to."""

from __future__ import annotations

import re

import msgspec
import yaml

from keskio.engine.dialogue.findings import Finding

_AT = re.compile(r"line (\d+)")


class Placed(msgspec.Struct, frozen=True):
    """A finding with its line, counted from 1; 0 where it is about the whole."""

    line: int
    finding: Finding


def placed(text: str, findings: list[Finding]) -> list[Placed]:
    """Return `findings` with their lines, errors first, then in the order of the text."""
    steps = _steps(text)
    found = [Placed(_line(finding, steps, text), finding) for finding in findings]
    return sorted(found, key=lambda one: (one.finding.severity != "error", one.line))


def _line(finding: Finding, steps: dict[str, yaml.Node], text: str) -> int:
    if finding.code == "unreadable":
        at = _AT.findall(finding.detail)
        return int(at[-1]) if at else 0
    node = steps.get(finding.step)
    if node is None:
        return _mentioned(finding.detail, text.splitlines(), 0, None) if finding.detail else 0
    first, last = node.start_mark.line, node.end_mark.line
    within = _mentioned(finding.detail, text.splitlines(), first, last) if finding.detail else 0
    return within or first + 1


def _mentioned(word: str, lines: list[str], first: int, last: int | None) -> int:
    """Return the line between two that names `word`; 0 if none does."""
    for number, line in enumerate(lines[first:last], start=first + 1):
        if word in line:
            return number
    return 0


def _steps(text: str) -> dict[str, yaml.Node]:
    """Return where each step stands; the line before its content is the one that names it."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return {}
    if not isinstance(root, yaml.MappingNode):
        return {}
    for key, value in root.value:
        if key.value == "steps" and isinstance(value, yaml.MappingNode):
            return {str(name.value): _between(name, content) for name, content in value.value}
    return {}


def _between(name: yaml.Node, content: yaml.Node) -> yaml.Node:
    return yaml.ScalarNode("", "", name.end_mark, content.end_mark)
