"""The first executor: a condition as a function that decides for one customer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.subject import Decision, Happening, Subject
from keskio.engine.conditions.values import date_text, number_of, rounded, test_of
from keskio.engine.conditions.windows import (
    anniversaries,
    at_each,
    back,
    date_bounds,
    event_bounds,
)
from keskio.engine.times import to_local

Fits: TypeAlias = Callable[[Mapping[str, Any]], bool]
FIELDS = {"trait": "traits", "variable": "variables", "property": "properties"}


def decision_of(form: f.Condition, *, now: int | None, zone: str) -> Decision:
    """Return the function that decides `form`.

    `now`: the moment for which it decides; without it, that of each subject.
    """
    return _BUILD[type(form)](form, now, zone)


def _all(form: f.AllOf, now: int | None, zone: str) -> Decision:
    parts = [decision_of(part, now=now, zone=zone) for part in form.parts]

    def holds(subject: Subject) -> bool:
        for part in parts:  # noqa: SIM110 - a loop costs half of what a generator does
            if not part(subject):
                return False
        return True

    return holds


def _any(form: f.AnyOf, now: int | None, zone: str) -> Decision:
    parts = [decision_of(part, now=now, zone=zone) for part in form.parts]

    def holds(subject: Subject) -> bool:
        for part in parts:  # noqa: SIM110 - the same
            if part(subject):
                return True
        return False

    return holds


def _not(form: f.Not, now: int | None, zone: str) -> Decision:
    part = decision_of(form.part, now=now, zone=zone)
    return lambda subject: not part(subject)


def _compared(form: f.Compared, _now: int | None, _zone: str) -> Decision:
    name, test = form.name, test_of(form.operator, form.value)
    if form.field == "trait":
        return lambda subject: test(subject.traits.get(name))
    if form.field == "variable":
        return lambda subject: test(subject.variables.get(name))
    return lambda subject: test(subject.properties.get(name))


def _dated(form: f.Dated, now: int | None, zone: str) -> Decision:
    bounds = at_each(now, lambda at: date_bounds(form.window, at, zone))
    name = form.trait

    def holds(subject: Subject) -> bool:
        found = date_text(subject.traits.get(name))
        if found is None:
            return False
        first, behind = bounds(subject.now)
        return first <= found < behind

    return holds


def _anniversary(form: f.Anniversary, now: int | None, zone: str) -> Decision:
    days = at_each(now, lambda at: anniversaries(form.first, form.last, to_local(at, zone).date()))
    name = form.trait

    def holds(subject: Subject) -> bool:
        found = date_text(subject.traits.get(name))
        return found is not None and found[5:] in days(subject.now)

    return holds


def _consented(form: f.Consented, _now: int | None, _zone: str) -> Decision:
    key, state = f"{form.purpose}/{form.channel}", form.state
    if state == "none":
        return lambda subject: key not in subject.consents
    return lambda subject: subject.consents.get(key) == state


def _staged(form: f.Staged, now: int | None, zone: str) -> Decision:
    model, stages = form.model, frozenset(form.stages)
    long_enough = _held(form.held, now, zone)

    def holds(subject: Subject) -> bool:
        found = subject.stages.get(model)
        return found is not None and found[0] in stages and long_enough(found[1], subject.now)

    return holds


def _in_segment(form: f.InSegment, now: int | None, zone: str) -> Decision:
    key = form.key
    long_enough = _held(form.held, now, zone)

    def holds(subject: Subject) -> bool:
        since = subject.segments.get(key)
        return since is not None and long_enough(since, subject.now)

    return holds


def _held(held: f.Held | None, now: int | None, zone: str) -> Callable[[int, int], bool]:
    if held is None:
        return lambda _since, _now: True
    edge = at_each(now, lambda at: back(at, held.length, zone))
    if held.operator == "at_least":
        return lambda since, moment: since <= edge(moment)
    return lambda since, moment: since > edge(moment)


def _has(form: f.Has, now: int | None, zone: str) -> Decision:
    kind, fits, counts = form.kind, fits_of(form.where), form.times.holds
    bounds, field = None, ""
    if form.date is not None:
        window, field = form.date.window, form.date.field
        bounds = at_each(now, lambda at: date_bounds(window, at, zone))

    def holds(subject: Subject) -> bool:
        found = 0
        for owned in subject.objects.get(kind, ()):
            if bounds is not None:
                day = date_text(owned.properties.get(field))
                if day is None:
                    continue
                first, behind = bounds(subject.now)
                if not first <= day < behind:
                    continue
            found += fits(owned.properties)
        return counts(found)

    return holds


def fits_of(where: f.Condition | None) -> Fits:
    """Return the function that tells whether properties of one event or object are like `where`."""
    if where is None:
        return lambda _properties: True
    if isinstance(where, f.Compared):
        name, test = where.name, test_of(where.operator, where.value)
        return lambda properties: test(properties.get(name))
    if isinstance(where, f.Not):
        part = fits_of(where.part)
        return lambda properties: not part(properties)
    assert isinstance(where, (f.AllOf, f.AnyOf))
    parts = [fits_of(part) for part in where.parts]
    if isinstance(where, f.AllOf):
        return lambda properties: all(part(properties) for part in parts)
    return lambda properties: any(part(properties) for part in parts)


class Found:
    """The events that an atom is about: those of its name, in its window, like its `where`."""

    def __init__(self, form: f.Did | f.Figure | f.Followed, now: int | None, zone: str) -> None:
        self.name, self.fits = form.event, fits_of(form.where)
        self.always = form.where is None
        window = form.window
        self.bounds = at_each(now, lambda at: event_bounds(window, at, zone))
        self.is_open = window is None

    def __call__(self, subject: Subject) -> Iterator[Happening]:
        """Yield them, the earliest first."""
        happenings = subject.events.get(self.name, ())
        if not happenings:
            return
        first, behind = (None, None) if self.is_open else self.bounds(subject.now)
        for happening in happenings:
            if first is not None and happening.at < first:
                continue
            if behind is not None and happening.at >= behind:
                continue
            if self.always or self.fits(happening.properties):
                yield happening


def _did(form: f.Did, now: int | None, zone: str) -> Decision:
    found, counts = Found(form, now, zone), form.times.holds
    if form.times == f.ONCE:
        return lambda subject: next(found(subject), None) is not None
    return lambda subject: counts(sum(1 for _ in found(subject)))


def _figure(form: f.Figure, now: int | None, zone: str) -> Decision:
    found, test = Found(form, now, zone), test_of(form.operator, form.value)
    name, figure = form.property, FIGURES[form.how]
    return lambda subject: test(figure([h.properties.get(name) for h in found(subject)]))


def _numbers(values: Sequence[Any]) -> list[float]:
    return [number for number in map(number_of, values) if number is not None]


def _sum(values: Sequence[Any]) -> float | None:
    numbers = _numbers(values)
    return rounded(sum(numbers)) if numbers else None


def _average(values: Sequence[Any]) -> float | None:
    numbers = _numbers(values)
    return rounded(sum(numbers) / len(numbers)) if numbers else None


def distinct_of(values: Sequence[Any]) -> int:
    """Return how many different texts, numbers and flags are among `values`."""
    different: set[tuple[str, object]] = set()
    for value in values:
        number = number_of(value)
        if number is not None:
            different.add(("number", number))
        elif isinstance(value, (str, bool)):
            different.add((type(value).__name__, value))
    return len(different)


FIGURES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "sum": _sum,
    "average": _average,
    "min": lambda values: min(_numbers(values), default=None),
    "max": lambda values: max(_numbers(values), default=None),
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
    "distinct": distinct_of,
}


def _recency(form: f.Recency, now: int | None, zone: str) -> Decision:
    bounds = at_each(now, lambda at: event_bounds(form.window, at, zone))
    name, fits = form.event, fits_of(form.where)
    is_last = form.which == "last"

    def holds(subject: Subject) -> bool:
        happenings = subject.events.get(name, ())
        ordered = reversed(happenings) if is_last else happenings
        for happening in ordered:
            if fits(happening.properties):
                first, behind = bounds(subject.now)
                return (first is None or happening.at >= first) and (
                    behind is None or happening.at < behind
                )
        return False

    return holds


def _followed(form: f.Followed, now: int | None, zone: str) -> Decision:
    found, came = Found(form, now, zone), form.came
    then, within, fits = form.then, form.within.fixed, fits_of(form.then_where)

    def holds(subject: Subject) -> bool:
        after = [h.at for h in subject.events.get(then, ()) if fits(h.properties)]
        moment = subject.now if now is None else now
        for happening in found(subject):
            latest = happening.at + within
            place = bisect_right(after, happening.at)
            followed = place < len(after) and after[place] <= latest
            if followed if came else (not followed and latest < moment):
                return True
        return False

    return holds


_BUILD: Mapping[type, Callable[[Any, int | None, str], Decision]] = {
    f.AllOf: _all,
    f.AnyOf: _any,
    f.Not: _not,
    f.Compared: _compared,
    f.Dated: _dated,
    f.Anniversary: _anniversary,
    f.Consented: _consented,
    f.Staged: _staged,
    f.InSegment: _in_segment,
    f.Has: _has,
    f.Did: _did,
    f.Figure: _figure,
    f.Recency: _recency,
    f.Followed: _followed,
}
