"""Which names are set where: variables that nobody sets, that only some ways set, codes not reserved.

A forward analysis over the steps: at each, the names that are set on *every* way there. A way that
lacks one is named as an example.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.asked_of_steps import promise_of
from keskio.engine.dialogue.check_flow import ways_on
from keskio.engine.dialogue.check_texts import templates_of
from keskio.engine.dialogue.findings import Finding, error, warning
from keskio.engine.scores.scales import SCALES

ALWAYS_KNOWN = frozenset({"customer", "dialogue", "company", "preferences", "object"})
OF_SURVEYS = frozenset({"survey_link", "survey_scores"})
_NAME = re.compile(r"\{\{-?\s*([a-z_][\w.]*)")
_TAGGED = re.compile(
    r"\{%-?\s*(?:if|elsif|unless|case)\s+([a-z_][\w.]*)|\bin\s+([a-z_][\w.]*)\s*-?%\}"
)
_OWN = re.compile(r"\{%-?\s*(?:assign|capture|for|increment|decrement)\s+(\w+)")
_GUARDED = re.compile(
    r"\{%-?\s*(?:if|elsif|unless|case)\s+([a-z_]\w*)|\{\{-?\s*([a-z_]\w*)[\w.]*\s*\|\s*default\b"
)
_WORDS = frozenset({"true", "false", "nil", "null", "empty", "blank", "forloop", "tablerowloop"})


def name_findings(program: p.Program) -> Iterator[Finding]:
    """Find names that are used where they are not set, at all or on some way."""
    kept = {name for step in program.steps.values() for name in keeps_of(step).values()}
    at_start = ALWAYS_KNOWN | set(program.variables) | set(program.trigger.keep)
    known = at_start | kept
    certain = set_on_every_way(program, at_start)
    for key, step in program.steps.items():
        in_texts, guarded = _names_in(step)
        in_moments = _dollars_of(step)
        for name in sorted((in_texts | in_moments) - known):
            yield error("unknown_variable", key, name)
        if key in certain:
            lacking = ((in_texts - guarded) | in_moments) & known - certain[key]
            for name in sorted(lacking):
                yield _unset(program, key, name, needed=name in in_moments)
    yield from _settings(program, known)


def _settings(program: p.Program, known: Collection[str]) -> Iterator[Finding]:
    for moment in filter(None, (program.ends,)):
        for name in sorted(_dollars_in(moment) - set(known)):
            yield error("unknown_variable", "", name)
    if program.trigger.at:
        for name in sorted(_dollars_in(program.trigger.at) - set(program.variables)):
            yield error("unknown_variable", "", name)


def _unset(program: p.Program, key: str, name: str, *, needed: bool) -> Finding:
    way = " → ".join(way_without(program, key, name))
    if any(isinstance(s, p.Offer) and s.keep_as == name for s in program.steps.values()):
        return error("coupon_before_offer", key, name, way)
    # A moment without its value breaks the step; a text has a hole.
    return (error if needed else warning)("unset_variable", key, name, way)


def keeps_of(step: p.Step) -> Mapping[str, str]:
    """Return the variable that a step keeps, by the outcome with which it is set."""
    match step:
        case p.Offer():
            return {"given": step.keep_as}
        case p.Survey():
            groups = [name for name, _most in SCALES[step.scale].groups]
            named = ["answered", *(f"answered.{group}" for group in groups)]
            return dict.fromkeys(named, step.keep_as)
        case p.Ask(expects=p.Expected() as expected):
            return {"answer": expected.keep_as}
        case p.Call() if step.keep_as:
            return {"ok": step.keep_as}
        case _:
            return {}


def set_on_every_way(program: p.Program, at_start: Collection[str]) -> dict[str, frozenset[str]]:
    """Return, for each step that can be reached, the names that are set whichever way one came."""
    certain = {program.first: frozenset(at_start)}
    ahead = [program.first]
    while ahead:
        key = ahead.pop(0)
        keeps = keeps_of(program.steps[key])
        for outcome, target in ways_on(program, key):
            kept = keeps.get(outcome)
            names = certain[key] | {kept} if kept else certain[key]
            before = certain.get(target)
            after = names if before is None else before & names
            if after != before:
                certain[target] = after
                ahead.append(target)
    return certain


def way_without(program: p.Program, goal: str, name: str) -> list[str]:
    """Return the shortest way from the first step to `goal` on which `name` is not set."""
    came: dict[str, str] = {program.first: ""}
    ahead = [program.first]
    while ahead and goal not in came:
        key = ahead.pop(0)
        keeps = keeps_of(program.steps[key])
        for outcome, target in ways_on(program, key):
            if keeps.get(outcome) != name and target not in came:
                came[target] = key
                ahead.append(target)
    way = [goal]
    while came.get(way[-1]):
        way.append(came[way[-1]])
    return way[::-1]


def _names_in(step: p.Step) -> tuple[set[str], set[str]]:
    """Return the names that the step's templates use, and those that they use with care."""
    used: set[str] = set()
    guarded: set[str] = set()
    for text in templates_of(step):
        own = set(_OWN.findall(text))
        found = {*_NAME.findall(text), *(n for pair in _TAGGED.findall(text) for n in pair if n)}
        used |= {name.split(".", 1)[0] for name in found} - own - _WORDS
        guarded |= {name for pair in _GUARDED.findall(text) for name in pair if name}
    if isinstance(step, p.Survey):
        used -= OF_SURVEYS
    return used, guarded


def _dollars_of(step: p.Step) -> set[str]:
    """Return the variables that the step's moments and values hang on."""
    found: set[str] = set()
    for moment in moments_of(step):
        found |= _dollars_in(moment)
    if isinstance(step, p.Update):
        found |= _dollars_among([step.traits, step.add, step.remove])
    if isinstance(step, p.Start):
        found |= _dollars_among(step.properties)
    if isinstance(step, p.Task):
        found |= _dollars_among([step.owner, step.skill])
    promise = promise_of(step)
    if promise:
        found |= _dollars_among(promise.owner)
    return found


def _dollars_in(moment: p.Moment) -> set[str]:
    return _dollars_among([moment.until, moment.of, moment.at])


def _dollars_among(value: object) -> set[str]:
    """Return the names behind "$" in texts, lists and mappings."""
    if isinstance(value, str):
        return {value[1:]} if value.startswith("$") else set()
    if isinstance(value, Mapping):
        return _dollars_among(list(value.values()))
    if isinstance(value, (list, tuple)):
        return {name for one in value for name in _dollars_among(one)}
    return set()


def moments_of(step: p.Step) -> Iterator[p.Moment]:
    """Yield the moments that a step names."""
    match step:
        case p.Ask() | p.Wait():
            if step.deadline:
                yield step.deadline
        case p.Task():
            yield step.due
        case p.Timeline():
            yield from (item.moment for item in step.items)
        case p.Repeat():
            yield step.next
            if step.until:
                yield step.until
        case _:
            pass
    message = p.message_of(step)
    if message and message.valid:
        yield message.valid
    promise = promise_of(step)
    if promise and promise.due:
        yield promise.due
