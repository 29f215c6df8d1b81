"""When a dialogue invites by itself: an audience at a time, again by a rule, or a date of the customer's.

The launchers and `play` share this: what is played is what will happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from dateutil.rrule import rrule, rrulestr

from keskio.engine.dialogue.facts import NOBODY, Facts
from keskio.engine.dialogue.moments import Around, anchored_at, moment_at
from keskio.engine.dialogue.program import Program
from keskio.engine.times import DAY, HOUR, add, to_instant, to_local
from keskio.kernel.clock import Micros

MOST_LAUNCHES = 10_000  # of one audience between two moments; a rule of every second is a mistake


class Launch(msgspec.Struct, frozen=True, gc=False):
    """At `at` the audience of `program` is looked at."""

    at: Micros
    program: Program


class Dated(msgspec.Struct, frozen=True, gc=False):
    """At `at` a date has come: of the object `key`, or of the customer (""), with what is told of it."""

    at: Micros
    key: str
    properties: dict[str, Any]


def launches_of(program: Program, since: Micros, until: Micros, who: str) -> Iterator[Launch]:
    """Yield when `program` looks whether `who` is in its audience, from `since` to before `until`."""
    del who
    for at in launch_times(program, since, until):
        yield Launch(at, program)


def lateness(program: Program, place: int, total: int) -> Micros:
    """Return how long after its moment an audience that is spread out reaches the `place`-th of `total`."""
    spread = program.trigger.spread
    if spread is None:
        return 0
    if spread.per_hour is not None:
        return place * HOUR // max(spread.per_hour, 1)
    first = first_launch(program) or 0
    return (add(first, spread.over, program.zone) - first) * place // max(total, 1)


def launch_times(program: Program, since: Micros, until: Micros) -> Iterator[Micros]:
    """Yield when the audience of `program` comes in, from `since` to before `until`, in order."""
    first = first_launch(program)
    if first is None:
        return
    if not program.trigger.rrule:
        if since <= first < until:
            yield first
        return
    rule, zone = _rule(program.trigger.rrule, first, program.zone), program.zone
    found = rule.xafter(_naive(max(since, first), zone), count=MOST_LAUNCHES, inc=True)
    for local in found:
        at = to_instant(local.replace(tzinfo=ZoneInfo(zone)))
        if at >= until:
            return
        if at >= since:
            yield at


def first_launch(program: Program) -> Micros | None:
    """Return when the audience of `program` comes in for the first time; None when it has none."""
    trigger = program.trigger
    if trigger.kind != "audience" or trigger.at is None:
        return None
    first = moment_at(trigger.at, 0, Around(program, {}, NOBODY))
    if not trigger.rrule:
        return first
    local = _rule(trigger.rrule, first, program.zone).after(_naive(first, program.zone), inc=True)
    return None if local is None else to_instant(local.replace(tzinfo=ZoneInfo(program.zone)))


def rule_fault(program: Program) -> str:
    """Return what is wrong with the rule by which an audience comes again ("" when nothing is)."""
    if not program.trigger.rrule:
        return ""
    try:
        is_empty = first_launch(program) is None
    except (ValueError, TypeError, KeyError) as fault:
        return str(fault) or program.trigger.rrule
    return program.trigger.rrule if is_empty else ""


def dates_of(program: Program, facts: Facts, since: Micros, until: Micros) -> list[Dated]:
    """Return the dates of this customer by which `program` brings her in, after `since` to `until`.

    A text that is no date brings nobody in.
    """
    trigger = program.trigger
    if trigger.kind != "date" or trigger.at is None:
        return []
    if trigger.at.of.startswith("customer."):
        times = _times(program, Around(program, {}, facts), since, until)
        return [Dated(at, "", {}) for at in times]
    found = []
    for owned in facts.objects.get(program.object_kind, ()):
        around = Around(program, {}, facts, owned.key)
        told = {**owned.properties, program.object_property: owned.key}
        found += [Dated(at, owned.key, told) for at in _times(program, around, since, until)]
    return sorted(found, key=_when)


def _when(dated: Dated) -> tuple[Micros, str]:
    return dated.at, dated.key


def _times(program: Program, around: Around, since: Micros, until: Micros) -> list[Micros]:
    moment = program.trigger.at
    assert moment is not None
    years: list[int | None] = [None]
    if program.trigger.yearly:
        zone = around.zone
        # an offset may carry a day into the year before or after
        first, last = to_local(since - 366 * DAY, zone).year, to_local(until + 366 * DAY, zone).year
        years = list(range(first, last + 1))
    try:
        times = [anchored_at(moment, around, year=year) for year in years]
    except ValueError:
        return []
    return [at for at in times if at is not None and since < at <= until]


@lru_cache(maxsize=256)
def _rule(text: str, first: Micros, zone: str) -> rrule:
    """Return the rule counted from the clock time of `first`; raises ValueError."""
    found = rrulestr(text.removeprefix("RRULE:"), dtstart=_naive(first, zone))
    if not isinstance(found, rrule):
        raise ValueError(f"{text!r} is more than one rule")
    return found


def _naive(at: Micros, zone: str) -> datetime:
    """Return the clock time in `zone`: rules go by the clock, on either side of its changes."""
    return to_local(at, zone).replace(tzinfo=None)
