"""Static analysis of a dialogue: what would go wrong, found before anybody is in it.

Works on the compiled program alone. Findings are ordered as the steps stand in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.findings import Finding, error, warning
from keskio.engine.times import DAY, parse_moment, to_local

# Outcomes that a step can have beside those it declares itself; a family stands for all its members.
_SENDING = frozenset({"sent", "delivered", "bounced", "failed", "held", "dropped"})
_POSSIBLE: Mapping[str, frozenset[str]] = {
    "send": _SENDING,
    "ask": (_SENDING - {"sent", "delivered"}) | {"other", "none"},
    "wait": frozenset({"timeout"}),
    "branch": frozenset({"else"}),
    "offer": frozenset({"given", "sold_out", "refused"}),
    "update": frozenset({"done"}),
    "end": frozenset(),
}
_MUST: Mapping[str, tuple[str, ...]] = {
    "branch": ("else",),
    "offer": ("given", "sold_out", "refused"),
    "task": ("done", "declined", "overdue"),
}
# Outcomes that can come at once, without rest: at these steps all of them, elsewhere those named. A
# fixed moment is no rest either, for the second time round it has passed.
_MOVING = frozenset({"send", "branch", "offer", "update"})
_AT_ONCE: Mapping[str, frozenset[str]] = {
    "ask": frozenset({"dropped", "held", "failed", "bounced"}),
    "wait": frozenset({"timeout"}),
    "task": frozenset({"overdue"}),
}
_NAME = re.compile(r"\{\{-?\s*([a-z_][\w.]*)")
ALWAYS_KNOWN = frozenset({"customer", "dialogue", "company", "preferences"})


def check(program: p.Program) -> list[Finding]:
    """Return everything that can be said against `program` without knowing its customers."""
    findings: list[Finding] = []
    for look in (
        _outcomes,
        _targets,
        _reachability,
        _loops,
        _backs,
        _patience,
        _texts,
        _names,
        _dates,
    ):
        findings += look(program)
    place = {key: index for index, key in enumerate(program.order)}
    return sorted(findings, key=lambda f: (place.get(f.step, -1), f.severity, f.code, f.detail))


def declared_outcomes(step: p.Step) -> tuple[str, ...]:
    """Return the outcomes that the step's own words bring: choices, events, branches."""
    if isinstance(step, p.Ask):
        return tuple(step.choices)
    if isinstance(step, p.Wait):
        return tuple(step.events)
    if isinstance(step, p.Branch):
        return tuple(name for name, _ in step.branches)
    return ()


def _outcomes(program: p.Program) -> Iterator[Finding]:
    for key, step in program.steps.items():
        declared = declared_outcomes(step)
        if step.kind != "task":  # a task may have results of its own
            known = {*declared, *_POSSIBLE[step.kind]}
            for outcome in step.outcomes:
                if outcome not in known and outcome.split(".", 1)[0] not in known:
                    yield error("unknown_outcome", key, outcome)
        for outcome in (*declared, *_MUST.get(step.kind, ())):
            if outcome not in step.outcomes:
                yield error("outcome_without_path", key, outcome)
        if isinstance(step, p.Ask):
            yield from _silence(key, step)


def _silence(key: str, step: p.Ask) -> Iterator[Finding]:
    if "none" not in step.outcomes:
        yield error("missing_none", key)
    if "other" not in step.outcomes:
        yield warning("missing_other", key)


def _targets(program: p.Program) -> Iterator[Finding]:
    for key, step in program.steps.items():
        for target in step.outcomes.values():
            if target not in program.steps and target not in (p.END, p.BACK):
                yield error("unknown_target", key, target)


def _next(program: p.Program, key: str) -> list[str]:
    targets = program.steps[key].outcomes.values()
    return [target for target in targets if target in program.steps]


def _next_at_once(program: p.Program, key: str) -> list[str]:
    step = program.steps[key]
    return [
        target
        for outcome, target in step.outcomes.items()
        if target in program.steps and _comes_at_once(step, outcome)
    ]


def _comes_at_once(step: p.Step, outcome: str) -> bool:
    if step.kind in _MOVING:
        return True
    if outcome.split(".", 1)[0] not in _AT_ONCE.get(step.kind, ()):
        return False
    moment = _rest_of(step)
    return moment is None or moment.until is not None or moment == p.Moment()


def _rest_of(step: p.Step) -> p.Moment | None:
    if isinstance(step, p.Wait):
        return step.deadline
    return step.due if isinstance(step, p.Task) else None


def _reachability(program: p.Program) -> Iterator[Finding]:
    seen = _reached(program, [program.first], lambda key: _next(program, key))
    for key in program.steps:
        if key not in seen:
            yield error("unreachable", key)


def _reached(
    program: p.Program, start: list[str], following: Callable[[str], list[str]]
) -> set[str]:
    seen: set[str] = set()
    ahead = [key for key in start if key in program.steps]
    while ahead:
        key = ahead.pop()
        if key not in seen:
            seen.add(key)
            ahead += following(key)
    return seen


def _loops(program: p.Program) -> Iterator[Finding]:
    """Find cycles in which an enrolment need not rest; each is named once, by its first step."""
    reported: set[str] = set()
    for key in program.order:
        path = [] if key in reported else _cycle_from(program, key)
        if path:
            reported.update(path)
            yield error("loop_without_wait", key, " → ".join([*path, path[0]]))


def _cycle_from(program: p.Program, start: str) -> list[str]:
    trail: list[tuple[str, Iterator[str]]] = [(start, iter(_next_at_once(program, start)))]
    seen = {start}
    while trail:
        target = next(trail[-1][1], None)
        if target is None:
            trail.pop()
        elif target == start:
            return [key for key, _ in trail]
        elif target not in seen:
            seen.add(target)
            trail.append((target, iter(_next_at_once(program, target))))
    return []


def _backs(program: p.Program) -> Iterator[Finding]:
    """`back` makes sense only on paths that begin with a question's `other`."""
    starts = [
        step.outcomes["other"]
        for step in program.steps.values()
        if isinstance(step, p.Ask) and "other" in step.outcomes
    ]
    allowed = _reached(program, starts, lambda key: _next(program, key))
    for key, step in program.steps.items():
        for outcome, target in step.outcomes.items():
            direct = isinstance(step, p.Ask) and outcome == "other"
            if target == p.BACK and not direct and key not in allowed:
                yield error("back_without_question", key)


def _patience(program: p.Program) -> Iterator[Finding]:
    if program.ends is None:
        for key, step in program.steps.items():
            if isinstance(step, p.Wait) and step.deadline is None:
                yield error("waits_for_ever", key)
            # A report of delivery is a kindness of the channel, and may never come.
            if isinstance(step, p.Send) and "sent" not in step.outcomes:
                yield error("waits_for_ever", key)


def texts_of(step: p.Step) -> Iterator[p.Texts]:
    """Yield the texts that people read in `step`: of messages, subjects and tasks."""
    message = p.message_of(step)
    if message:
        yield message.texts
        if message.subject:
            yield message.subject
    if isinstance(step, p.Task):
        yield step.text


def _texts(program: p.Program) -> Iterator[Finding]:
    for key, step in program.steps.items():
        missing = {
            language
            for versions in texts_of(step)
            for language in program.languages
            if not versions.get(language)
        }
        for language in sorted(missing):
            yield error("missing_language", key, language)


def _names(program: p.Program) -> Iterator[Finding]:
    kept = {step.keep_as for step in program.steps.values() if isinstance(step, p.Offer)}
    known = ALWAYS_KNOWN | set(program.variables) | set(program.trigger.keep) | kept
    for key, step in program.steps.items():
        used = {
            name.split(".", 1)[0]
            for versions in texts_of(step)
            for text in versions.values()
            for name in _NAME.findall(text)
        }
        for name in sorted(used - known):
            yield error("unknown_variable", key, name)
        yield from _unset(_moments_of(step), known, key)
    if program.ends:
        yield from _unset([program.ends], known, "")
    if program.trigger.at:
        yield from _unset([program.trigger.at], set(program.variables), "")


def _unset(moments: Iterable[p.Moment], known: Collection[str], step: str) -> Iterator[Finding]:
    for moment in moments:
        name = str(moment.until).removeprefix("$")
        if isinstance(moment.until, str) and name not in known:
            yield error("unknown_variable", step, name)


def _moments_of(step: p.Step) -> Iterator[p.Moment]:
    if isinstance(step, (p.Ask, p.Wait)) and step.deadline:
        yield step.deadline
    if isinstance(step, p.Task):
        yield step.due
    message = p.message_of(step)
    if message and message.valid:
        yield message.valid


def _dates(program: p.Program) -> Iterator[Finding]:
    start = program.trigger.at
    if start is None or not isinstance(start.until, int):
        return
    begins = start.until
    for key, step in program.steps.items():
        for moment in _moments_of(step):
            if isinstance(moment.until, int) and moment.until <= begins:
                yield error("deadline_before_start", key, _shown(program, moment.until))


def _shown(program: p.Program, at: int) -> str:
    """Name the variable that says `at`, or write it out; the end of a day is said by the day."""
    for name, value in program.variables.items():
        if _means(program, value, at):
            return name
    local = to_local(at, program.zone)
    if (local.hour, local.minute) == (0, 0):
        return str(to_local(at - DAY // 2, program.zone).date())
    return f"{local:%Y-%m-%d %H:%M}"


def _means(program: p.Program, value: object, at: int) -> bool:
    try:
        return parse_moment(value, program.zone) == at
    except ValueError:
        return False
