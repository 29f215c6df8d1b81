"""Where the ways of a dialogue lead: outcomes without a path, steps out of reach, loops, waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.findings import Finding, error, warning

# Outcomes that a step can have beside those it declares itself; a family stands for all its members.
SENDING = frozenset({"sent", "delivered", "bounced", "failed", "held", "dropped"})
POSSIBLE: Mapping[str, frozenset[str]] = {
    "send": SENDING,
    "ask": (SENDING - {"sent", "delivered"}) | {"other", "none"},
    "survey": (SENDING - {"sent", "delivered"}) | {"answered", "partial", "timeout", "other"},
    "wait": frozenset({"timeout"}),
    "branch": frozenset({"else"}),
    "split": frozenset(),
    "offer": frozenset({"given", "sold_out", "refused"}),
    "update": frozenset({"done"}),
    "call": frozenset({"ok", "refused", "failed"}),
    "start": frozenset({"started", "refused"}),
    "stop": frozenset({"stopped", "refused"}),
    "timeline": frozenset({"done"}),
    "repeat": frozenset({"run", "ended"}),
    "end": frozenset(),
}
MUST: Mapping[str, tuple[str, ...]] = {
    "branch": ("else",),
    "offer": ("given", "sold_out", "refused"),
    "task": ("done", "declined", "overdue"),
    "call": ("ok", "refused", "failed"),
    "repeat": ("run",),
}
# Outcomes that can come at once, without rest: at these steps all of them, elsewhere those named. A
# fixed moment is no rest either, for the second time round it has passed. An item of a timeline is
# done once, and a repeat never runs twice at one moment.
_MOVING = frozenset({"send", "branch", "split", "offer", "update", "call", "start", "stop"})
_AT_ONCE: Mapping[str, frozenset[str]] = {
    "ask": frozenset({"dropped", "held", "failed", "bounced"}),
    "survey": frozenset({"dropped", "held", "failed", "bounced"}),
    "wait": frozenset({"timeout"}),
    "task": frozenset({"overdue"}),
    "timeline": frozenset({"done"}),
    "repeat": frozenset({"ended"}),
}


def declared_outcomes(step: p.Step) -> tuple[str, ...]:
    """Return the outcomes that the step's own words bring: choices, events, branches, arms, items."""
    match step:
        case p.Ask() if not isinstance(step, p.Survey):
            return (*step.choices, *(("answer",) if step.expects else ()))
        case p.Wait():
            return tuple(step.events)
        case p.Branch():
            return tuple(name for name, _ in step.branches)
        case p.Split():
            return tuple(step.arms)
        case p.Timeline():
            return tuple(item.name for item in step.items)
        case _:
            return ()


def outcome_findings(program: p.Program) -> Iterator[Finding]:
    """Find outcomes that a step never has, and those that lead nowhere."""
    for key, step in program.steps.items():
        declared = declared_outcomes(step)
        if step.kind != "task":  # a task may have results of its own
            known = {*declared, *POSSIBLE[step.kind]}
            for outcome in step.outcomes:
                if outcome not in known and outcome.split(".", 1)[0] not in known:
                    yield error("unknown_outcome", key, outcome)
        for outcome in (*declared, *MUST.get(step.kind, ())):
            if outcome not in step.outcomes:
                yield error("outcome_without_path", key, outcome)
        if isinstance(step, p.Ask) and not isinstance(step, p.Survey):
            yield from _silence(key, step)


def _silence(key: str, step: p.Ask) -> Iterator[Finding]:
    if "none" not in step.outcomes:
        yield error("missing_none", key)
    if "other" not in step.outcomes and not _takes_anything(step):
        yield warning("missing_other", key)


def _takes_anything(step: p.Ask) -> bool:
    return step.expects is not None and step.expects.kind == "text"


def target_findings(program: p.Program) -> Iterator[Finding]:
    """Find outcomes that lead to steps that are not there."""
    for key, step in program.steps.items():
        for target in step.outcomes.values():
            if target not in program.steps and target not in (p.END, p.BACK):
                yield error("unknown_target", key, target)


def ways_on(program: p.Program, key: str) -> Iterator[tuple[str, str]]:
    """Yield (outcome, step) for every way on from a step to another."""
    for outcome, target in program.steps[key].outcomes.items():
        if target in program.steps:
            yield outcome, target


def following(program: p.Program, key: str) -> list[str]:
    """Return the steps that can come after a step."""
    return [target for _, target in ways_on(program, key)]


def reached(start: Iterable[str], after: Callable[[str], Iterable[str]]) -> set[str]:
    """Return everything that can be reached from `start`, itself included."""
    seen: set[str] = set()
    ahead = list(start)
    while ahead:
        key = ahead.pop()
        if key not in seen:
            seen.add(key)
            ahead += after(key)
    return seen


def reach_findings(program: p.Program) -> Iterator[Finding]:
    """Find steps to which no way leads."""
    seen = reached([program.first], lambda key: following(program, key))
    for key in program.steps:
        if key not in seen:
            yield error("unreachable", key)


def loop_findings(program: p.Program) -> Iterator[Finding]:
    """Find cycles in which an enrolment need not rest; each is named once, by its first step."""
    reported: set[str] = set()
    for key in program.order:
        path = [] if key in reported else _cycle_from(program, key)
        if path:
            reported.update(path)
            yield error("loop_without_wait", key, " → ".join([*path, path[0]]))


def _next_at_once(program: p.Program, key: str) -> list[str]:
    step = program.steps[key]
    return [target for outcome, target in ways_on(program, key) if _comes_at_once(step, outcome)]


def _comes_at_once(step: p.Step, outcome: str) -> bool:
    if step.kind in _MOVING:
        return True
    if isinstance(step, p.Wait) and outcome in step.events:
        return step.events[outcome].when is not None  # what holds already is no rest
    if outcome.split(".", 1)[0] not in _AT_ONCE.get(step.kind, ()):
        return False
    moment = _rest_of(step)
    return moment is None or moment.until is not None or bool(moment.of) or moment == p.Moment()


def _rest_of(step: p.Step) -> p.Moment | None:
    if isinstance(step, p.Wait):
        return step.deadline
    return step.due if isinstance(step, p.Task) else None


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


def back_findings(program: p.Program) -> Iterator[Finding]:
    """Find a `back` on ways that do not begin with a question's `other`."""
    starts = [
        step.outcomes["other"]
        for step in program.steps.values()
        if isinstance(step, p.Ask) and step.outcomes.get("other") in program.steps
    ]
    allowed = reached(starts, lambda key: following(program, key))
    for key, step in program.steps.items():
        for outcome, target in step.outcomes.items():
            direct = isinstance(step, p.Ask) and outcome == "other"
            if target == p.BACK and not direct and key not in allowed:
                yield error("back_without_question", key)


def return_findings(program: p.Program) -> Iterator[Finding]:
    """Find items of a timeline, or runs of a repeat, after which the rest is never done."""
    for key, step in program.steps.items():
        if not isinstance(step, (p.Timeline, p.Repeat)):
            continue
        items = declared_outcomes(step) if isinstance(step, p.Timeline) else ("run",)
        for outcome in items:
            target = step.outcomes.get(outcome, "")
            if target == p.END or (target in program.steps and not _leads(program, target, key)):
                yield warning("never_comes_back", key, outcome)


def _leads(program: p.Program, start: str, goal: str) -> bool:
    return goal in reached([start], lambda key: following(program, key))


def patience_findings(program: p.Program) -> Iterator[Finding]:
    """Find steps that nothing ever ends."""
    if program.ends is not None:
        return
    leaves = bool(program.exits or program.leaves or program.goal)
    for key, step in program.steps.items():
        match step:
            case p.Wait(deadline=None):
                yield error("waits_for_ever", key)
            case p.Send() if "sent" not in step.outcomes:
                # A report of delivery is a kindness of the channel, and may never come.
                yield error("waits_for_ever", key)
            case p.Repeat(times=None, until=None, going_on=None) if not leaves:
                yield error("repeats_for_ever", key)
            case _:
                pass
