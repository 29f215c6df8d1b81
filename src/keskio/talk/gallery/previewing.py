"""The texts of a playbook as a customer would read them, in each language side by side."""

from __future__ import annotations

from typing import Any

import msgspec

from keskio.engine.dialogue.program import Program, message_of
from keskio.kernel.i18n import in_language
from keskio.talk.rendering import render

SAMPLE = {"first_name": "Aino", "name": "Aino Aalto"}


class Version(msgspec.Struct, frozen=True):
    """A message in one language."""

    language: str
    subject: str
    body: str


class Preview(msgspec.Struct, frozen=True):
    """What one step says."""

    step: str
    title: str
    versions: list[Version]


def previews_of(program: Program, language: str) -> list[Preview]:
    """Return the messages of `program` with its own values filled in, in the order of the file."""
    found = []
    for key in program.order:
        step = program.steps[key]
        message = message_of(step)
        if message is None:
            continue
        versions = [
            Version(one, _written(program, message.subject.get(one, ""), one), _written(program, body, one))
            for one, body in message.texts.items()
        ]  # fmt: skip
        found.append(Preview(key, in_language(step.title, language) or key, versions))
    return found


def _written(program: Program, text: str, language: str) -> str:
    """Fill in what is known; what a customer's own steps will say is shown by its name."""
    values: dict[str, Any] = {name: f"[{name}]" for name in program.trigger.keep}
    kept = [getattr(step, "keep_as", "") for step in program.steps.values()]
    values |= {name: f"[{name}]" for name in kept if name}
    values |= {**program.variables, "customer": SAMPLE}
    try:
        return render(text, values, language=language, zone=program.zone)
    except ValueError:  # the page must show even what cannot be written yet
        return text
