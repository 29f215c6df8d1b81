"""May this message go to this customer now? Permission, validity, collisions, caps, quiet hours: one place.

Rule 1: the order is permission, control group, validity, what is to be put right first, collisions, caps and
arbitration, quiet hours; the first that says no gives the reason.
Rule 2: what can go later is held until the next free moment; what cannot is dropped, with the reason
that made it wait too long.
Rule 3: a cap of n in a rolling window is never n + 1; 0 means none ever, no cap means no limit.
Rule 4: what is planned can hold a message back until just after its moment; it is then judged anew, by
what has become of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import msgspec

from keskio.engine.arbitration import pushed_out
from keskio.engine.draws import position_of
from keskio.engine.times import at_clock, minute_of_day, next_clock, to_instant, to_local

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
# A cap on everything that we begin: all classes, also a company's own, but the answers to customers.
ALL = "all"
# Where it stands among a customer's consents why campaigns and surveys wait: something is to be put right
# first. What waits is looked at again a day later.
HELD_BACK = "held/back"
WAIT_FOR_RIGHT = 24 * 60 * 60 * 1_000_000
# Where a customer's consents say that nothing may be done but to keep what is kept.
EVERYTHING = f"{ANY}/{ANY}"
_NOT_GIVEN = {"withdrawn": "permission_withdrawn", "expired": "permission_expired"}


class Cap(msgspec.Struct, frozen=True, gc=False):
    """At most `limit` messages of a class in a channel in `window` microseconds.

    `channel` "*" is any. `pressure` is the name of a class, also one of the company's own; "*" counts
    marketing and surveys together, "all" everything but answers.
    """

    limit: int
    window: int
    channel: str = ANY
    pressure: str = ANY


class Quiet(msgspec.Struct, frozen=True, gc=False):
    """Hours in which nothing is sent: minutes of the customer's day, from `start` to `end`."""

    start: int = 21 * 60
    end: int = 8 * 60


class Collision(msgspec.Struct, frozen=True, gc=False):
    """A message of class `loser` never goes within `window` of one of class `winner`, which goes first."""

    loser: str
    winner: str
    window: int


class Control(msgspec.Struct, frozen=True, gc=False):
    """A share (0 to 1) of the customers who get nothing of `classes` (none named: marketing).

    Drawn by hashing the key and the customer: the same people for as long as the key is the same.
    """

    key: str
    share: float
    classes: tuple[str, ...] = ()


class Rules(msgspec.Struct, frozen=True, gc=False):
    """The company's rules of contact; `zone` stands in where a customer's own is not known.

    `arbitrates`: where there is not room for all, what ranks higher and is planned keeps its place.
    """

    caps: tuple[Cap, ...] = ()
    quiet: Quiet | None = Quiet()
    zone: str = "Europe/Helsinki"
    collisions: tuple[Collision, ...] = ()
    controls: tuple[Control, ...] = ()
    arbitrates: bool = True


class Proposed(msgspec.Struct, frozen=True, gc=False):
    """A message that a step would send. `valid_until` is the last instant at which it makes sense.

    `rank` is what it is weighed by against what is planned; `who` is what shares are drawn by.
    """

    channel: str
    purpose: str
    pressure: str
    respects_quiet: bool = True
    valid_until: int | None = None
    rank: float = 0.0
    who: str = ""


class Coming(Protocol):
    """A message that another dialogue means to send to the same customer."""

    @property
    def at(self) -> int:
        """When."""
        ...

    @property
    def channel(self) -> str:
        """In which channel."""
        ...

    @property
    def pressure(self) -> str:
        """Of which class."""
        ...

    @property
    def rank(self) -> float:
        """Its rank."""
        ...

    @property
    def dialogue(self) -> str:
        """Which dialogue means to."""
        ...


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The gate's answer: send, hold until `until`, or drop; with the reason and the values behind it."""

    verdict: Literal["send", "hold", "drop"]
    reason: str = ""
    until: int = 0
    why: dict[str, object] = {}


def judge(  # noqa: PLR0913, PLR0917 - a message, the customer, the rules and the moment
    message: Proposed,
    consents: Mapping[str, str],
    contacts: Sequence[tuple[int, str, str]],
    zone: str,
    rules: Rules,
    now: int,
    planned: Sequence[Coming] = (),
) -> Verdict:
    """Return what may happen to `message` now.

    `contacts` are (at, channel, pressure class), oldest first; `zone` is the customer's, "" unknown;
    `planned` is what the customer's other dialogues mean to send.
    """
    refusal = refusal_of(message.purpose, message.channel, consents)
    if refusal:
        return Verdict(
            "drop", refusal, why={"purpose": message.purpose, "channel": message.channel}
        )
    if rules.controls:
        kept_from = held_out(message, rules)
        if kept_from is not None:
            return kept_from
    if message.valid_until is not None and now >= message.valid_until:
        return Verdict("drop", "too_late", why={"valid_until": message.valid_until})
    held = (
        kept_back(message, consents, now)
        or (collided(message, contacts, planned, rules, now) if rules.collisions else None)
        or capped(message, contacts, rules, now)
        or (outranked(message, contacts, planned, rules, now) if planned else None)
        or silenced(message, zone, rules, now)
    )
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


def kept_back(message: Proposed, consents: Mapping[str, str], now: int) -> Verdict | None:
    """Return the hold of a campaign or a survey while something is to be put right for the customer."""
    reason = consents.get(HELD_BACK, "")
    if not reason or message.pressure not in COUNTED:
        return None
    return Verdict("hold", reason, now + WAIT_FOR_RIGHT)


def capped(
    message: Proposed, contacts: Sequence[tuple[int, str, str]], rules: Rules, now: int
) -> Verdict | None:
    """Return the hold of the cap that frees last, or None when all leave room."""
    worst: Verdict | None = None
    for cap in rules.caps:
        if not concerns(cap, message.channel, message.pressure):
            continue
        if len(contacts) < cap.limit:
            continue
        why: dict[str, object] = {"limit": cap.limit, "window": cap.window, "channel": cap.channel}
        if cap.limit <= 0:
            return Verdict("drop", "pressure", why=why)
        within = [
            at
            for at, channel, pressure in contacts
            if at > now - cap.window and concerns(cap, channel, pressure)
        ]
        if len(within) >= cap.limit:
            free = within[len(within) - cap.limit] + cap.window
            if worst is None or free > worst.until:
                worst = Verdict("hold", "pressure", free, {**why, "sent": len(within)})
    return worst


def held_out(message: Proposed, rules: Rules) -> Verdict | None:
    """Return the drop of the first control group that the customer is in, or None."""
    for control in rules.controls:
        if message.pressure not in (control.classes or ("marketing",)) or not message.who:
            continue
        if position_of(control.key, message.who) < control.share:
            why: dict[str, object] = {"group": control.key, "share": control.share}
            return Verdict("drop", "control_group", why=why)
    return None


def collided(
    message: Proposed,
    contacts: Sequence[tuple[int, str, str]],
    planned: Sequence[Coming],
    rules: Rules,
    now: int,
) -> Verdict | None:
    """Return the hold of the collision that ends last, or None.

    After a winner that went, the whole window is waited out; a planned one is waited for, and what
    came of it then decides.
    """
    worst: Verdict | None = None
    for rule in rules.collisions:
        if rule.loser != message.pressure:
            continue
        why: dict[str, object] = {"winner": rule.winner, "window": rule.window}
        met = [
            at for at, _, pressure in contacts if pressure == rule.winner and at > now - rule.window
        ]
        if met:
            found = Verdict("hold", "collision", met[-1] + rule.window, {**why, "at": met[-1]})
        else:
            ahead = [
                coming
                for coming in planned
                if coming.pressure == rule.winner and coming.at < now + rule.window
            ]
            if not ahead:
                continue
            first = min(ahead, key=_moment)
            told = {**why, "planned": first.at, "dialogue": first.dialogue}
            found = Verdict("hold", "collision", max(first.at, now) + 1, told)
        if worst is None or found.until > worst.until:
            worst = found
    return worst


def outranked(
    message: Proposed,
    contacts: Sequence[tuple[int, str, str]],
    planned: Sequence[Coming],
    rules: Rules,
    now: int,
) -> Verdict | None:
    """Return the hold of the planned message whose room this one would take, or None.

    To be asked only when all caps leave room. What gives way to this one by a rule of collision takes
    no room from it, however it ranks: else the two would wait for each other for ever.
    """
    if not rules.arbitrates:
        return None
    yields = {rule.loser for rule in rules.collisions if rule.winner == message.pressure}
    for cap in rules.caps:
        if not concerns(cap, message.channel, message.pressure):
            continue
        rivals = [
            coming
            for coming in planned
            if concerns(cap, coming.channel, coming.pressure) and coming.pressure not in yields
        ]
        if len(contacts) + len(rivals) < cap.limit:
            continue
        had = [at for at, channel, pressure in contacts if concerns(cap, channel, pressure)]
        winner = pushed_out(message.rank, had, rivals, cap.limit, cap.window, now)
        if winner is not None:
            found = next(rival for rival in rivals if rival is winner)
            why: dict[str, object] = {"limit": cap.limit, "window": cap.window}
            why |= {"channel": cap.channel, "planned": found.at, "dialogue": found.dialogue}
            why |= {"rank": round(message.rank, 4), "rank_of_winner": round(found.rank, 4)}
            return Verdict("hold", "outranked", max(found.at, now) + 1, why)
    return None


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
    return Verdict("hold", "quiet_hours", _end_of_quiet(now, quiet.end, used), why)


def _end_of_quiet(now: int, minute: int, zone: str) -> int:
    """Return when the clock shows `minute` next: also for the second time, in the hour that comes twice."""
    first = next_clock(now, minute, zone)
    day = to_local(now, zone).date()
    clock = time(minute // 60, minute % 60, fold=1)
    second = to_instant(datetime.combine(day, clock, tzinfo=ZoneInfo(zone)))
    is_second = now <= second < first and second != at_clock(day, minute, zone)
    return second if is_second and minute_of_day(second, zone) == minute else first


def concerns(cap: Cap, channel: str, pressure: str) -> bool:
    """Tell whether `cap` counts, and limits, messages of this class in this channel."""
    if cap.channel not in (ANY, channel):
        return False
    if cap.pressure == ANY:
        return pressure in COUNTED
    return pressure != "answer" if cap.pressure == ALL else pressure == cap.pressure


def is_watched(pressure: str, rules: Rules) -> bool:
    """Tell whether any rule looks at messages of this class that have gone."""
    return any(concerns(cap, cap.channel, pressure) for cap in rules.caps) or any(
        rule.winner == pressure for rule in rules.collisions
    )


def longest_window(rules: Rules) -> int:
    """Return how far back the rules look, in microseconds (0: nowhere)."""
    windows = [cap.window for cap in rules.caps]
    return max((*windows, *(rule.window for rule in rules.collisions)), default=0)


def _moment(coming: Coming) -> int:
    return coming.at


def _allowed_by(message: Proposed, consents: Mapping[str, str]) -> dict[str, object]:
    state = consents.get(f"{message.purpose}/{message.channel}", "not_needed")
    return {"purpose": message.purpose, "consent": state}
