"""When an answer may change although nothing happens: events leave windows, dates arrive.

The moment is never too late: until it, without anything new, the answer stays as it is. It may be
too early when a great many moments pass at which nothing changes after all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from keskio.engine.conditions import forms as f
from keskio.engine.conditions.deciding import decision_of, fits_of
from keskio.engine.conditions.subject import Subject
from keskio.engine.conditions.values import date_text
from keskio.engine.conditions.windows import (
    anniversaries,
    back_reaches,
    days_passing,
    edges_passing,
    midnight,
)
from keskio.engine.times import to_local

MOST = 20


def next_change_of(form: f.Condition, subject: Subject, zone: str) -> int | None:
    """Return the first moment after `subject.now` at which the answer is another, or None.

    After `MOST` moments at which it stays as it is, the next is returned without being tried.
    """
    decide = decision_of(form, now=None, zone=zone)
    answer = decide(subject)
    for _ in range(MOST):
        moment = min(_moments(form, subject, zone), default=None)
        if moment is None:
            return None
        subject = msgspec.structs.replace(subject, now=moment)
        if decide(subject) is not answer:
            return moment
    return min(_moments(form, subject, zone), default=None)


def _moments(form: f.Condition, subject: Subject, zone: str) -> Iterator[int]:
    if isinstance(form, (f.AllOf, f.AnyOf)):
        for part in form.parts:
            yield from _moments(part, subject, zone)
    elif isinstance(form, f.Not):
        yield from _moments(form.part, subject, zone)
    else:
        look = _LOOK.get(type(form))
        if look is not None:
            yield from look(form, subject, zone)


def _dated(form: f.Dated, subject: Subject, zone: str) -> Iterator[int]:
    day = date_text(subject.traits.get(form.trait))
    if day is not None:
        yield from days_passing(form.window, day, subject.now, zone)


def _anniversary(form: f.Anniversary, subject: Subject, zone: str) -> Iterator[int]:
    text = date_text(subject.traits.get(form.trait))
    if text is None:
        return
    today = to_local(subject.now, zone).date()
    holds = text[5:] in anniversaries(form.first, form.last, today)
    for ahead in range(1, 367 * 8):  # 29 February may be eight years away
        day = today + timedelta(days=ahead)
        # Only at the two ends does a day come in or go out.
        come = anniversaries(form.last, form.last, day)
        gone = anniversaries(form.first - 1, form.first - 1, day)
        if (text[5:] in come and not holds) or (text[5:] in gone and holds):
            yield midnight(day, zone)
            return


def _held(form: f.Staged | f.InSegment, since: int, subject: Subject, zone: str) -> Iterator[int]:
    if form.held is not None:
        moment = back_reaches(since, form.held.length, zone)
        if moment > subject.now:
            yield moment


def _staged(form: f.Staged, subject: Subject, zone: str) -> Iterator[int]:
    stage, since = subject.stages.get(form.model, ("", 0))
    if stage in form.stages:
        yield from _held(form, since, subject, zone)


def _in_segment(form: f.InSegment, subject: Subject, zone: str) -> Iterator[int]:
    since = subject.segments.get(form.key)
    if since is not None:
        yield from _held(form, since, subject, zone)


def _has(form: f.Has, subject: Subject, zone: str) -> Iterator[int]:
    if form.date is None:
        return
    fits = fits_of(form.where)
    for owned in subject.objects.get(form.kind, ()):
        day = date_text(owned.properties.get(form.date.field))
        if day is not None and fits(owned.properties):
            yield from days_passing(form.date.window, day, subject.now, zone)


def _in_windows(form: f.Did | f.Figure | f.Recency, subject: Subject, zone: str) -> Iterator[int]:
    if form.window is None or form.window.kind == "between":
        return
    fits = fits_of(form.where)
    for happening in subject.events.get(form.event, ()):
        if fits(happening.properties):
            yield from edges_passing(form.window, happening.at, subject.now, zone)


def _followed(form: f.Followed, subject: Subject, zone: str) -> Iterator[int]:
    fits = fits_of(form.where)
    for happening in subject.events.get(form.event, ()):
        if fits(happening.properties):
            yield from edges_passing(form.window, happening.at, subject.now, zone)
            over = happening.at + form.within.fixed + 1
            if not form.came and over > subject.now:
                yield over


_LOOK: Mapping[type, Callable[[Any, Subject, str], Iterator[int]]] = {
    f.Dated: _dated,
    f.Anniversary: _anniversary,
    f.Staged: _staged,
    f.InSegment: _in_segment,
    f.Has: _has,
    f.Did: _in_windows,
    f.Figure: _in_windows,
    f.Recency: _in_windows,
    f.Followed: _followed,
}
