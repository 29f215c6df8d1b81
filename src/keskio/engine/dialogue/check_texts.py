"""The texts of a dialogue: languages that are missing, texts that are empty, the way to say stop."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.asked_of_steps import promise_of
from keskio.engine.dialogue.findings import Finding, error, warning
from keskio.engine.pressure import NEEDS_CONSENT

# What a text message may say to tell how to stop: the words that stop, or a link to the preferences.
STOPS = re.compile(
    r"\b(stop|stopp|lopeta|peru|kiellä|avsluta|avregistrera|unsubscribe)\b|\{\{-?\s*preferences\b",
    re.IGNORECASE,
)


def texts_of(step: p.Step) -> Iterator[p.Texts]:
    """Yield the texts that people read in `step`: of messages, subjects and tasks."""
    message = p.message_of(step)
    if message:
        yield message.texts
        if message.subject:
            yield message.subject
    if isinstance(step, p.Task):
        yield step.text
    if isinstance(step, p.Survey):
        yield from (texts for texts in (step.reminder, step.then) if texts)
    promise = promise_of(step)
    if promise:
        yield promise.text


def templates_of(step: p.Step) -> Iterator[str]:
    """Yield everything in `step` that is written as a template."""
    for versions in texts_of(step):
        yield from versions.values()
    if isinstance(step, p.Call):
        yield from _strings_in(step.body)


def _strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings_in(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _strings_in(one)


def text_findings(program: p.Program) -> Iterator[Finding]:
    """Find texts that are missing in a language, and text messages that do not say how to stop."""
    for key, step in program.steps.items():
        missing = {
            language
            for versions in texts_of(step)
            for language in program.languages
            if not versions.get(language)
        }
        for language in sorted(missing):
            yield error("missing_language", key, language)
        yield from _stops(key, step)


def _stops(key: str, step: p.Step) -> Iterator[Finding]:
    message = p.message_of(step)
    if message is None or "sms" not in message.channels or message.purpose not in NEEDS_CONSENT:
        return
    silent = [language for language, text in message.texts.items() if not STOPS.search(text)]
    if silent:
        yield warning("no_stop_instruction", key, ", ".join(sorted(silent)))
