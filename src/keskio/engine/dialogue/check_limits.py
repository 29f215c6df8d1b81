"""Messages that the rules of contact, the quiet hours or the end of an offer never let go in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.check_flow import ways_on
from keskio.engine.dialogue.check_names import keeps_of
from keskio.engine.dialogue.check_texts import templates_of
from keskio.engine.dialogue.check_times import (
    arrivals,
    earliest,
    elapsed,
    shortest,
    start_of,
    valid_for,
    written,
)
from keskio.engine.dialogue.findings import Finding, error, warning
from keskio.engine.pressure import ANY, Cap, Quiet, Rules, concerns
from keskio.engine.times import DAY, HOUR, MINUTE, minute_of_day, next_clock

_MINUTES = 24 * 60
# Ways are followed backwards; a definition with more than this many is left alone.
_MOST_STEPS = 2000


def quiet_findings(program: p.Program, rules: Rules) -> Iterator[Finding]:
    """Find messages for which everybody comes at a quiet hour, and which are too late when it is over."""
    quiet = rules.quiet
    if quiet is None or quiet.start == quiet.end:
        return
    minutes = arrivals(program)
    begins = start_of(program)
    first = {} if begins is None else earliest(program, begins)
    for key, step in program.steps.items():
        message = p.message_of(step)
        if message is None or not message.respects_quiet:
            continue
        came = minutes.get(key)
        if came and all(_too_late(minute, step, quiet) for minute in came):
            yield error("quiet_until_too_late", key, _clock(min(came)), _clock(quiet.end))
        elif key in first and _ends_in_the_night(program, step, first[key], quiet):
            at = minute_of_day(first[key], program.zone)
            yield error("quiet_until_too_late", key, _clock(at), _clock(quiet.end))


def _too_late(minute: int, step: p.Step, quiet: Quiet) -> bool:
    valid = valid_for(step)
    if valid is None or not _is_quiet(minute, quiet):
        return False
    return (quiet.end - minute) % _MINUTES * MINUTE >= valid


def _ends_in_the_night(program: p.Program, step: p.Step, at: int, quiet: Quiet) -> bool:
    """Tell whether the step's last moment is fixed, and comes before the night in which one comes is over.

    `at` is the earliest moment: who comes later, but before the last moment, comes in the same night.
    """
    message = p.message_of(step)
    moments = [
        message.valid if message else None,
        step.deadline if isinstance(step, p.Ask) else None,
    ]
    ends = [m.until for m in moments if m and isinstance(m.until, int)]
    if not ends or not _is_quiet(minute_of_day(at, program.zone), quiet):
        return False
    return at < min(ends) <= next_clock(at, quiet.end, program.zone)


def _is_quiet(minute: int, quiet: Quiet) -> bool:
    if quiet.start < quiet.end:
        return quiet.start <= minute < quiet.end
    return minute >= quiet.start or minute < quiet.end


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def limit_findings(program: p.Program, rules: Rules) -> Iterator[Finding]:
    """Find messages that the caps never let go: none is allowed, or those before always use it up."""
    for key, step in program.steps.items():
        message = p.message_of(step)
        caps = [cap for cap in rules.caps if message and _binds(cap, message)]
        never = next((cap for cap in caps if cap.limit <= 0), None)
        if never is not None:
            yield error("never_under_limits", key, _said(never))
            continue
        spent = next((cap for cap in caps if _Ways(program, cap).are_all_spent(key)), None)
        if spent is not None:
            yield error("limit_until_too_late", key, _said(spent))


def _binds(cap: Cap, message: p.Message) -> bool:
    """Tell whether a cap concerns a message in whichever of its channels it goes."""
    return all(concerns(cap, channel, message.pressure) for channel in message.channels)


def _said(cap: Cap) -> str:
    days, rest = divmod(cap.window, DAY)
    window = f"{days} d" if days and not rest else f"{cap.window // HOUR} h"
    return f"{cap.limit} / {window}" + ("" if cap.channel == ANY else f" · {cap.channel}")


class _Ways:
    """All ways to a message, followed backwards: how many counted messages are in the cap's window."""

    def __init__(self, program: p.Program, cap: Cap) -> None:
        self.program, self.cap = program, cap
        self.before: dict[str, list[tuple[str, str]]] = {}
        for key in program.steps:
            for outcome, target in ways_on(program, key):
                self.before.setdefault(target, []).append((key, outcome))
        self.left = _MOST_STEPS

    def are_all_spent(self, key: str) -> bool:
        """Tell whether on every way here the cap is used up for as long as the message makes sense."""
        valid = valid_for(self.program.steps[key])
        if valid is None or valid >= self.cap.window or not self.before.get(key):
            return False
        return self._spent(key, self.cap.window - valid, 0, frozenset({key}))

    def _spent(self, key: str, room: int, count: int, seen: frozenset[str]) -> bool:
        """`room`: what is left of the window; a way that may take longer leads out of it."""
        self.left -= 1
        if key == self.program.first or self.left < 0:
            return False
        ways = self.before.get(key, [])
        return bool(ways) and all(
            source not in seen and self._way_is_spent(source, outcome, room, count, seen)
            for source, outcome in ways
        )

    def _way_is_spent(
        self, source: str, outcome: str, room: int, count: int, seen: frozenset[str]
    ) -> bool:
        step = self.program.steps[source]
        took = elapsed(step, outcome)
        if took is None or took >= room:
            return False
        message = p.message_of(step)
        if message is not None and _went_out(step, outcome) and _binds(self.cap, message):
            count += 1
        if count >= self.cap.limit:
            return True
        held = 0 if message is None else valid_for(step)
        if held is None or took + held >= room:
            return False
        return self._spent(source, room - took - held, count, seen | {source})


def _went_out(step: p.Step, outcome: str) -> bool:
    if isinstance(step, p.Send):
        return outcome == "sent"
    return outcome in ("other", "none", "answer") or (
        isinstance(step, p.Ask) and outcome in step.choices
    )


class _Carried(msgspec.Struct, frozen=True):
    """An offer whose code a message carries, and until when it is valid."""

    offer: str
    until: int


def offer_findings(
    program: p.Program, offers: Mapping[str, int | None], now: int
) -> Iterator[Finding]:
    """Find messages that carry a code which is over, and questions and waits that outlive it.

    `offers`: until when each is valid (None: no end).
    """
    first = earliest(program, start_of(program) or now)
    carried = _carried(program, offers)
    for key, (step, offer) in carried.items():
        if key in first and first[key] >= offer.until:
            yield error("offer_over_before", key, written(offer.until, program.zone), offer.offer)
            continue
        if _outlives(step, first.get(key, now), offer.until):
            yield warning("outlives_offer", key, written(offer.until, program.zone), offer.offer)
        after = step.outcomes.get("sent", "") if isinstance(step, p.Send) else ""
        wait = program.steps.get(after)
        if (
            isinstance(wait, p.Wait)
            and wait.events
            and _outlives(wait, first.get(after, now), offer.until)
        ):
            yield warning("outlives_offer", after, written(offer.until, program.zone), offer.offer)


def _carried(
    program: p.Program, offers: Mapping[str, int | None]
) -> dict[str, tuple[p.Step, _Carried]]:
    names: dict[str, _Carried] = {}
    for step in program.steps.values():
        until = offers.get(step.offer) if isinstance(step, p.Offer) else None
        if isinstance(step, p.Offer) and until is not None:
            names.update({name: _Carried(step.offer, until) for name in keeps_of(step).values()})
    found: dict[str, tuple[p.Step, _Carried]] = {}
    for key, step in program.steps.items():
        if p.message_of(step) is None:
            continue
        texts = " ".join(templates_of(step))
        for name, offer in names.items():
            if f"{{{{{name}" in texts.replace(" ", "").replace("{{-", "{{"):
                found[key] = (step, offer)
    return found


def _outlives(step: p.Step, at: int, until: int) -> bool:
    """Tell whether what `step` waits for, or the message's own validity, surely ends after `until`."""
    message = p.message_of(step)
    moments = [message.valid if message else None]
    if isinstance(step, (p.Ask, p.Wait)):
        moments.append(step.deadline)
    for moment in moments:
        if moment is None:
            continue
        if isinstance(moment.until, int):
            if moment.until > until:
                return True
        elif moment.until is None and not moment.of and at + shortest(moment.after) > until:
            return True
    return False
