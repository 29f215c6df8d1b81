"""Does this event, or this reply, mean what a matcher waits for?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keskio.engine.answers import read_answer
from keskio.engine.conditions import Subject
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import NOBODY, Facts
from keskio.engine.dialogue.program import Ask, Matcher, Program
from keskio.engine.dialogue.signals import Happened, Replied
from keskio.engine.text import choice_in
from keskio.engine.times import add


def happens(
    matcher: Matcher,
    signal: Happened,
    program: Program,
    enrolment: Enrolment,
    facts: Facts = NOBODY,
) -> bool:
    """Tell whether `signal` is what `matcher` means, for the object of this enrolment."""
    if matcher.event != signal.name or matcher.words is not None or matcher.when is not None:
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


def understood(asked: Ask, signal: Replied) -> tuple[str | None, Any]:
    """Return the outcome that an answer means to a question (None: another answer), and its value."""
    first_line = signal.channel == "email"
    choice = choice_in(signal.text, asked.words, first_line=first_line)
    if choice is not None or asked.expects is None:
        return choice, None
    e = asked.expects
    text = signal.text.strip().split("\n", 1)[0] if first_line and e.kind != "text" else signal.text
    value = read_answer(text, e.kind, count=e.count, least=e.least, most=e.most)
    return (None, None) if value is None else ("answer", value)


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
    where = matcher.where
    if where is not None:
        if not matcher.looks_further:
            meant = where(Subject(properties=properties))
        else:
            meant = where(facts().subject(at, program.variables, properties))
        if not meant:
            return False
    return program.trigger.count is None or _often_enough(program, properties, at, facts())


def _often_enough(program: Program, properties: Mapping[str, Any], at: int, facts: Facts) -> bool:
    """Tell whether the event at hand is at least the n-th of its like in the trigger's span."""
    trigger = program.trigger
    count, matcher = trigger.count, trigger.matcher
    assert count is not None
    assert matcher is not None
    zone = facts.zone or program.zone
    alike: list[Any] = []
    for event in facts.events.get(matcher.event, ()):
        if event.at > at or add(event.at, count.span, zone) <= at:
            continue
        if count.same and event.properties.get(count.same) != properties.get(count.same):
            continue
        if matcher.where is not None and not matcher.where(
            facts.subject(event.at, program.variables, event.properties)
        ):
            continue
        alike.append(event.properties.get(count.distinct) if count.distinct else len(alike))
    return len({str(value) for value in alike if value is not None}) >= count.at_least


def keyword_admits(program: Program, channel: str, text: str) -> bool:
    """Tell whether a message that answers nothing starts this dialogue."""
    trigger = program.trigger
    if trigger.kind != "keyword" or trigger.channel not in ("", channel):
        return False
    return choice_in(text, trigger.words, first_line=channel == "email") is not None
