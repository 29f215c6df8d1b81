"""May this message go to this customer now? Permission, validity, caps and quiet hours, in one place.

Rule 1: the order is permission, validity, caps, quiet hours; the first that says no gives the reason.
Rule 2: what can go later is held until the next free moment; what cannot is dropped, with the reason
that made it wait too long.
Rule 3: a cap of n in a rolling window is never n + 1; 0 means none ever, no cap means no limit.
Arbitration between dialogues has its place between validity and caps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from keskio.engine.times import minute_of_day, next_clock

# What may be sent without a consent given in advance, unless the customer has refused it; and what
# the law or decency forbids without one.
NEEDS_CONSENT = frozenset({"marketing", "research", "health", "live"})
WITHOUT_CONSENT = frozenset({"service", "asked_for", "answer", "confirmation"})
PURPOSES = NEEDS_CONSENT | WITHOUT_CONSENT
# An answer to what the customer has just said, or the confirmation of a stop, waits for no morning.
AT_ANY_HOUR = frozenset({"answer", "confirmation"})
PRESSURE_OF = {
    "marketing": "marketing",
    "live": "marketing",
    "research": "survey",
    "health": "service",
    "service": "service",
    "asked_for": "service",
    "answer": "answer",
    "confirmation": "answer",
}
COUNTED = frozenset({"marketing", "survey"})
ANY = "*"
# Where a customer's consents say that nothing may be done but to keep what is kept.
EVERYTHING = f"{ANY}/{ANY}"
_NOT_GIVEN = {"withdrawn": "permission_withdrawn", "expired": "permission_expired"}


class Cap(msgspec.Struct, frozen=True, gc=False):
    """At most `limit` messages of a class in a channel ("*" for all that are counted) in `window`."""

    limit: int
    window: int
    channel: str = ANY
    pressure: str = ANY


class Quiet(msgspec.Struct, frozen=True, gc=False):
    """Hours in which nothing is sent: minutes of the customer's day, from `start` to `end`."""

    start: int = 21 * 60
    end: int = 8 * 60


class Rules(msgspec.Struct, frozen=True, gc=False):
    """The company's rules of contact; `zone` stands in where a customer's own is not known."""

    caps: tuple[Cap, ...] = ()
    quiet: Quiet | None = Quiet()
    zone: str = "Europe/Helsinki"


class Proposed(msgspec.Struct, frozen=True, gc=False):
    """A message that a step would send. `valid_until` is the last instant at which it makes sense."""

    channel: str
    purpose: str
    pressure: str
    respects_quiet: bool = True
    valid_until: int | None = None


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The gate's answer: send, hold until `until`, or drop; with the reason and the values behind it."""

    verdict: Literal["send", "hold", "drop"]
    reason: str = ""
    until: int = 0
    why: dict[str, object] = {}


def judge(
    message: Proposed,
    consents: Mapping[str, str],
    contacts: Sequence[tuple[int, str, str]],
    zone: str,
    rules: Rules,
    now: int,
) -> Verdict:
    """Return what may happen to `message` now.

    `contacts` are (at, channel, pressure class), oldest first; `zone` is the customer's, "" unknown.
    """
    refusal = refusal_of(message.purpose, message.channel, consents)
    if refusal:
        return Verdict(
            "drop", refusal, why={"purpose": message.purpose, "channel": message.channel}
        )
    if message.valid_until is not None and now >= message.valid_until:
        return Verdict("drop", "too_late", why={"valid_until": message.valid_until})
    held = capped(message, contacts, rules, now) or silenced(message, zone, rules, now)
    if held is None:
        return Verdict("send", why=_allowed_by(message, consents))
    if (
        held.verdict == "hold"
        and message.valid_until is not None
        and held.until >= message.valid_until
    ):
        return Verdict("drop", held.reason, why={**held.why, "valid_until": message.valid_until})
    return held


def refusal_of(purpose: str, channel: str, consents: Mapping[str, str]) -> str:
    """Return why the customer's consents forbid this ("" when they do not).

    A stop in a channel ends everything there but the one confirmation of the stop itself. To a
    restricted customer nothing goes at all.
    """
    if consents.get(EVERYTHING) == "restricted":
        return "restricted"
    if purpose == "confirmation":
        return ""
    if consents.get(f"{ANY}/{channel}") in ("withdrawn", "denied"):
        return "stopped"
    state = consents.get(f"{purpose}/{channel}")
    if state == "given":
        return ""
    if purpose in WITHOUT_CONSENT:
        return "permission_withdrawn" if state in ("withdrawn", "denied") else ""
    return _NOT_GIVEN.get(state or "", "no_permission")


def capped(
    message: Proposed, contacts: Sequence[tuple[int, str, str]], rules: Rules, now: int
) -> Verdict | None:
    """Return the hold of the cap that frees last, or None when all leave room."""
    worst: Verdict | None = None
    for cap in rules.caps:
        if not _concerns(cap, message.channel, message.pressure):
            continue
        if len(contacts) < cap.limit:
            continue
        why: dict[str, object] = {"limit": cap.limit, "window": cap.window, "channel": cap.channel}
        if cap.limit <= 0:
            return Verdict("drop", "pressure", why=why)
        within = [
            at
            for at, channel, pressure in contacts
            if at > now - cap.window and _concerns(cap, channel, pressure)
        ]
        if len(within) >= cap.limit:
            free = within[len(within) - cap.limit] + cap.window
            if worst is None or free > worst.until:
                worst = Verdict("hold", "pressure", free, {**why, "sent": len(within)})
    return worst


def silenced(message: Proposed, zone: str, rules: Rules, now: int) -> Verdict | None:
    """Return the hold of the quiet hours in the customer's zone, or None by day."""
    quiet = rules.quiet
    if quiet is None or not message.respects_quiet or quiet.start == quiet.end:
        return None
    used = zone or rules.zone
    minute = minute_of_day(now, used)
    if quiet.start < quiet.end:
        silent = quiet.start <= minute < quiet.end
    else:
        silent = minute >= quiet.start or minute < quiet.end
    if not silent:
        return None
    why: dict[str, object] = {"start": quiet.start, "end": quiet.end, "zone": used}
    return Verdict("hold", "quiet_hours", next_clock(now, quiet.end, used), why)


def _concerns(cap: Cap, channel: str, pressure: str) -> bool:
    if cap.channel not in (ANY, channel):
        return False
    return pressure in COUNTED if cap.pressure == ANY else pressure == cap.pressure


def _allowed_by(message: Proposed, consents: Mapping[str, str]) -> dict[str, object]:
    state = consents.get(f"{message.purpose}/{message.channel}", "not_needed")
    return {"purpose": message.purpose, "consent": state}
