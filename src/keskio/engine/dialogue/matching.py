"""Does this event, or this reply, mean what a matcher waits for?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keskio.engine.conditions import Subject
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import NOBODY, Facts
from keskio.engine.dialogue.program import Matcher, Program
from keskio.engine.dialogue.signals import Happened, Replied
from keskio.engine.text import choice_in


def happens(
    matcher: Matcher,
    signal: Happened,
    program: Program,
    enrolment: Enrolment,
    facts: Facts = NOBODY,
) -> bool:
    """Tell whether `signal` is what `matcher` means, for the object of this enrolment."""
    if matcher.event != signal.name or matcher.words is not None:
        return False
    if enrolment.object and not concerns(program, enrolment.object, signal.properties):
        return False
    if matcher.where is None:
        return True
    if not matcher.looks_further:
        return matcher.where(Subject(properties=signal.properties))
    variables = {**program.variables, **enrolment.variables}
    return matcher.where(facts.subject(signal.at, variables, signal.properties))


def concerns(program: Program, wanted: str, properties: Mapping[str, Any]) -> bool:
    """Tell whether an event is about the object `wanted`: one that names no object concerns all."""
    named = properties.get(program.object_property)
    return named is None or str(named) == wanted


def reply_matches(matcher: Matcher, signal: Replied) -> bool:
    """Tell whether a reply says one of the matcher's words in its channel."""
    if matcher.words is None or matcher.channel not in ("", signal.channel):
        return False
    if not matcher.words:
        return True
    return choice_in(signal.text, matcher.words, first_line=signal.channel == "email") is not None


def admits(
    program: Program,
    name: str,
    properties: Mapping[str, Any],
    at: int = 0,
    facts: Callable[[], Facts] = lambda: NOBODY,
) -> bool:
    """Tell whether an event of this name and these properties brings a customer in.

    `facts` is asked for only when the trigger's condition needs them.
    """
    matcher = program.trigger.matcher
    if matcher is None or program.trigger.kind != "event" or matcher.event != name:
        return False
    if matcher.where is None:
        return True
    if not matcher.looks_further:
        return matcher.where(Subject(properties=properties))
    return matcher.where(facts().subject(at, program.variables, properties))


def keyword_admits(program: Program, channel: str, text: str) -> bool:
    """Tell whether a message that answers nothing starts this dialogue."""
    trigger = program.trigger
    if trigger.kind != "keyword" or trigger.channel not in ("", channel):
        return False
    return choice_in(text, trigger.words, first_line=channel == "email") is not None
