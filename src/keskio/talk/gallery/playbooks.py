"""Playbooks as the gallery shows them: a definition, what it asks for, what it needs, a sample to play.

A playbook is a directory `talk/playbooks/<key>/` with `dialogue.yaml`, `playbook.yaml` (what is read
here) and `sample.jsonl` (a script for `play`). One without `playbook.yaml` is the house's own and is
not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import msgspec

from keskio.engine.dialogue.program import Program
from keskio.kernel.errors import Broken
from keskio.kernel.yamls import read_yaml
from keskio.talk.documents import PLAYBOOKS, compile_text, playbook_keys, playbook_text

Kind = Literal["date", "datetime", "text", "number", "money", "choice"]


class Question(msgspec.Struct, frozen=True):
    """What somebody who starts from the playbook is asked: the value of one variable.

    `default` is the variable's own value in the definition where nothing is said. `options` are
    the values of a choice with their names.
    """

    variable: str
    label: dict[str, str]
    kind: Kind = "text"
    default: Any = None
    options: dict[str, dict[str, str]] = {}


class Needs(msgspec.Struct, frozen=True):
    """What must be there for the playbook to do anything: channels, events, kinds of objects and so on."""

    channels: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `playbook.yaml` says."""

    title: dict[str, str]
    summary: dict[str, str]
    questions: tuple[Question, ...] = ()
    needs: Needs = Needs()
    order: int = 100


class Playbook(msgspec.Struct, frozen=True):
    """A playbook, read and compiled with its own values."""

    key: str
    about: Description
    program: Program
    text: str
    sample: str


def shown_keys() -> list[str]:
    """Return the keys of the playbooks that the gallery shows, in its order."""
    found = [(book.about.order, key) for key in playbook_keys() if (book := playbook_of(key))]
    return [key for _, key in sorted(found)]


@cache
def playbook_of(key: str) -> Playbook | None:
    """Return a playbook, or None when there is none of that key to show.

    Raises Broken when a file that ships cannot be read.
    """
    folder = PLAYBOOKS / key
    if key not in playbook_keys() or not (folder / "playbook.yaml").is_file():
        return None
    told = read_yaml((folder / "playbook.yaml").read_text(encoding="utf-8"))
    text = playbook_text(key)
    program, findings = compile_text(text)
    if program is None:
        said = "; ".join(finding.sentence() for finding in findings)
        raise Broken(f"The playbook {key!r} cannot be read: {said}")
    try:
        about = msgspec.convert(told, Description)
    except msgspec.ValidationError as fault:
        raise Broken(f"playbook.yaml of {key!r} cannot be read: {fault}") from fault
    sample = folder / "sample.jsonl"
    script = sample.read_text(encoding="utf-8") if sample.is_file() else ""
    return Playbook(key, about, program, text, script)


def default_of(question: Question, variables: Mapping[str, Any]) -> Any:
    """Return what stands in the field before anybody has written there, as plain text or number."""
    value = question.default
    if value is None:
        value = variables.get(question.variable, "")
    return value.isoformat() if hasattr(value, "isoformat") else value
