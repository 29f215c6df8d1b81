"""What is asked of a step: where an outcome leads, what it promises, which events it looks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from keskio.engine.dialogue.program import (
    END,
    SURVEY_ANSWERED,
    Matcher,
    Promise,
    Send,
    Step,
    Survey,
    Task,
    Wait,
)


def target_of(step: Step, outcome: str) -> str:
    """Return where `outcome` leads: the exact name, else its family ("dropped" for "dropped.x"), else END."""
    target = step.outcomes.get(outcome)
    if target is None and "." in outcome:
        target = step.outcomes.get(outcome.split(".", 1)[0])
    return END if target is None else target


def promise_of(step: Step) -> Promise | None:
    """Return what `step` promises to the customer, or None."""
    return step.promise if isinstance(step, (Send, Task)) else None


def own_results(step: Step) -> list[str]:
    """Return the results that a task has of its own, beside done, declined and overdue."""
    return [name for name in step.outcomes if name not in ("done", "declined", "overdue")]


def names_of(matchers: Iterable[Matcher | None], steps: Mapping[str, Step]) -> frozenset[str]:
    """Return the names of the events that `matchers` and the waits among `steps` look for."""
    found = [matcher for matcher in matchers if matcher]
    for step in steps.values():
        if isinstance(step, Wait):
            found += step.events.values()
    named = frozenset(matcher.event for matcher in found if matcher.when is None)
    if any(isinstance(step, Survey) for step in steps.values()):
        named |= {SURVEY_ANSWERED}
    return named.union(*(matcher.wakes for matcher in found))
