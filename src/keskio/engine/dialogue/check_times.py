"""When people can come to a step, as far as the definition says it: bounds, never guesses.

`earliest` is a lower bound of the moment, `elapsed` of a way an upper bound of its length: what is found
with them is true whatever customers do. Held messages have no upper bound unless they stop being valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.asked_of_steps import promise_of
from keskio.engine.dialogue.check_flow import ways_on
from keskio.engine.dialogue.check_names import moments_of
from keskio.engine.dialogue.findings import Finding, error, warning
from keskio.engine.times import DAY, HOUR, Span, parse_moment, to_local

# No month is shorter, and a change of the clocks takes at most so much from a day.
_SHORTEST_MONTH, _LONGEST_MONTH, _SHIFT = 28 * DAY, 31 * DAY, HOUR


def start_of(program: p.Program) -> int | None:
    """Return the first moment at which anybody comes in, where the definition says one."""
    at = program.trigger.at
    if program.trigger.kind != "audience" or at is None or not isinstance(at.until, int):
        return None
    return at.until


def date_findings(program: p.Program) -> Iterator[Finding]:
    """Find fixed deadlines that have passed before anybody can come to them."""
    begins = start_of(program)
    if begins is None:
        return
    first = earliest(program, begins)
    for key, step in program.steps.items():
        for moment in moments_of(step):
            until = moment.until
            if not isinstance(until, int):
                continue
            if until <= begins:
                yield error("deadline_before_start", key, shown(program, until))
            elif key in first and until <= first[key]:
                found = error if p.message_of(step) else warning
                yield found(
                    "over_on_arrival", key, shown(program, until), shown(program, first[key])
                )


def unknown_date_findings(program: p.Program) -> Iterator[Finding]:
    """Find what hangs on a date that may not be known of everybody, with what is then done."""
    if of := _may_lack(program, program.ends):
        yield warning("end_may_lack_date", "", of)
    for key, step in program.steps.items():
        promise = promise_of(step)
        due = step.due if isinstance(step, p.Task) else None
        for moment in (due, promise.due if promise else None):
            if of := _may_lack(program, moment):
                yield warning("work_may_lack_date", key, of)
        if isinstance(step, p.Repeat) and (of := _may_lack(program, step.until)):
            yield warning("end_may_lack_date", key, of)
        if step.outcomes.keys() & {"dropped", "dropped.date_unknown"}:
            continue  # it is said what then happens
        message = p.message_of(step)
        asked = step.deadline if isinstance(step, p.Ask) else None
        for moment in (asked, message.valid if message else None):
            if of := _may_lack(program, moment):
                yield warning("message_may_lack_date", key, of)


def _may_lack(program: p.Program, moment: p.Moment | None) -> str:
    """Return the date that `moment` hangs on if somebody may come in without it, else ""."""
    at = program.trigger.at
    if moment is None or not moment.of.startswith(("customer.", "object.")):
        return ""
    return "" if at is not None and at.of == moment.of else moment.of


def earliest(program: p.Program, begins: int) -> dict[str, int]:
    """Return, for each step that can be reached, a moment before which nobody comes there."""
    found = {program.first: begins}
    ahead = [program.first]
    while ahead:
        key = ahead.pop(0)
        step = program.steps[key]
        for outcome, target in ways_on(program, key):
            at = _left_by(step, outcome, found[key])
            if target not in found or at < found[target]:
                found[target] = at
                ahead.append(target)
    return found


def _left_by(step: p.Step, outcome: str, at: int) -> int:
    """Return a moment before which nobody leaves `step` by `outcome`, having come at `at`."""
    moment = resting(step, outcome)
    return at if moment is None else soonest(moment, at)


def resting(step: p.Step, outcome: str) -> p.Moment | None:
    """Return the moment that must come before `step` is left by `outcome`, or None."""
    match step:
        case p.Survey() if outcome == "timeout":
            return step.deadline
        case p.Ask() if outcome == "none":
            return step.deadline
        case p.Wait() if outcome == "timeout":
            return step.deadline
        case p.Task() if outcome == "overdue":
            return step.due
        case p.Repeat() if outcome == "run":
            return step.next
        case _:
            return None


def soonest(moment: p.Moment, at: int) -> int:
    """Return a moment no later than what `moment` means, counted from `at`."""
    if isinstance(moment.until, int):
        return max(at, moment.until)
    if moment.until is not None or moment.of:
        return at
    if moment.working_days is not None:
        return at + max(0, moment.working_days - 1) * DAY
    if moment.working_hours is not None:
        return at + round(moment.working_hours * HOUR)
    return at + shortest(moment.after)


def shortest(span: Span) -> int:
    """Return the least that `span` can be, in microseconds."""
    calendar = span.days * DAY + span.months * _SHORTEST_MONTH
    return span.micros + max(0, calendar - (_SHIFT if calendar else 0))


def longest(moment: p.Moment) -> int | None:
    """Return the most that a moment can be away from when it is counted; None: nobody knows."""
    if moment.until is not None or moment.of:
        return None
    if moment.working_days is not None:
        # Weekends, and the longest row of holidays that the calendar has.
        return (2 * moment.working_days + 6) * DAY
    if moment.working_hours is not None:
        return (2 * (int(moment.working_hours // 8) + 1) + 6) * DAY
    span = moment.after
    most = span.micros + span.days * DAY + span.months * _LONGEST_MONTH
    most += _SHIFT if span.days or span.months else 0
    if moment.weekday is not None:
        most += 7 * DAY + _SHIFT
    elif moment.at is not None:
        most += DAY + _SHIFT
    return most + (6 * DAY if moment.workday else 0)


def elapsed(step: p.Step, outcome: str) -> int | None:
    """Return the most that can go by in `step` before it is left by `outcome`; None: no bound.

    For messages: since they were let go. A hand-over that lags is not counted.
    """
    match step:
        case p.Wait():
            return None if step.deadline is None else longest(step.deadline)
        case p.Ask():
            return longest(step.deadline)
        case p.Task():
            return longest(step.due) if outcome == "overdue" else None
        case p.Branch() | p.Split() | p.Offer() | p.Update() | p.Start() | p.Stop():
            return 0
        case p.Send():
            return 0 if outcome == "sent" else None
        case _:
            return None


def valid_for(step: p.Step) -> int | None:
    """Return the most for which the message of `step` makes sense since its step began; None: no end."""
    message = p.message_of(step)
    if message is None:
        return None
    ends = [longest(message.valid)] if message.valid else []
    ends += [longest(step.deadline)] if isinstance(step, p.Ask) else []
    known = [end for end in ends if end is not None]
    return min(known) if known else None


def shown(program: p.Program, at: int) -> str:
    """Name the variable that says `at`, or write it out; the end of a day is said by the day."""
    for name, value in program.variables.items():
        if _means(program, value, at):
            return name
    return written(at, program.zone)


def written(at: int, zone: str) -> str:
    """Write a moment; the end of a day is said by the day."""
    local = to_local(at, zone)
    if (local.hour, local.minute) == (0, 0):
        return str(to_local(at - DAY // 2, zone).date())
    return f"{local:%Y-%m-%d %H:%M}"


def _means(program: p.Program, value: object, at: int) -> bool:
    try:
        return parse_moment(value, program.zone) == at
    except ValueError:
        return False


def arrivals(program: p.Program) -> Mapping[str, frozenset[int] | None]:
    """Return the minutes of the day at which people come to each step; None where any is possible.

    Known after a moment "at nine" and until the next step that takes time.
    """
    begins = start_of(program)
    at_start: frozenset[int] | None = None
    if begins is not None and not program.trigger.spread and not program.trigger.rrule:
        local = to_local(begins, program.zone)
        at_start = frozenset({local.hour * 60 + local.minute})
    found: dict[str, frozenset[int] | None] = {program.first: at_start}
    ahead = [program.first]
    while ahead:
        key = ahead.pop()
        for outcome, target in ways_on(program, key):
            minutes = _minutes_after(program, key, outcome, found[key])
            before = found.get(target, frozenset())
            after = None if minutes is None or before is None else minutes | before
            if target not in found or after != before:
                found[target] = after
                ahead.append(target)
    return found


def _minutes_after(
    program: p.Program, key: str, outcome: str, came: frozenset[int] | None
) -> frozenset[int] | None:
    step = program.steps[key]
    moment = resting(step, outcome)
    if moment is not None:
        minute = _minute_of(moment, program.zone)
        return None if minute is None else frozenset({minute})
    if step.kind in ("branch", "split", "offer", "update", "start", "stop"):
        return came
    return None


def _minute_of(moment: p.Moment, zone: str) -> int | None:
    if isinstance(moment.until, int):
        local = to_local(moment.until, zone)
        return local.hour * 60 + local.minute
    return moment.at if isinstance(moment.at, int) else None
