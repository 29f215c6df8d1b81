"""When a step's moment is, for this customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Moment, Program
from keskio.engine.times import add, next_clock, parse_moment, working_day_after


def moment_at(
    moment: Moment, at: int, program: Program, variables: Mapping[str, Any], facts: Facts
) -> int:
    """Return the instant that `moment` means, counted from `at`; `variables` are the customer's own.

    Raises ValueError when it hangs on a variable that this customer does not have.
    """
    zone = facts.zone or program.zone
    if moment.until is not None:
        return _fixed(moment.until, program, variables)
    if moment.working_days is not None:
        minute = 16 * 60 if moment.at is None else moment.at
        return working_day_after(at, moment.working_days, minute, zone, facts.calendar)
    start = add(at, moment.after, zone)
    if moment.at is None and moment.weekday is None:
        return start
    # "At nine" said at nine sharp is tomorrow: what was due at nine must not be due again at once.
    later = start + moment.after.is_zero
    return next_clock(later, moment.at or 0, zone, weekday=moment.weekday)


def _fixed(until: object, program: Program, variables: Mapping[str, Any]) -> int:
    if isinstance(until, int):
        return until
    name = str(until).removeprefix("$")
    value = variables.get(name, program.variables.get(name))
    if value is None:
        raise ValueError(f"the variable {name!r} has no value here")
    return parse_moment(value, program.zone)
