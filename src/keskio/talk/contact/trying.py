"""What other rules would have made of the messages that were proposed: pure, one customer at a time.

What is replayed is what the ledger and the decisions tell: each message that reached the caps, when it
was first proposed, and until when it was of use. Replies, purchases and further steps are taken as they
were: had a message gone earlier, later or not at all, customers might have done something else. Of what
was still to come, a message knows what dialogues already open for the customer then really proposed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.engine.arbitration import rank_of
from keskio.engine.dialogue.facts import Planned
from keskio.engine.pressure import Proposed, Rules, judge
from keskio.engine.times import DAY

# A hold is never looked at more often than this; what is left then counts as waiting.
MOST_TRIES = 200
LOOK_AHEAD = 31 * DAY


class Wish(msgspec.Struct, frozen=True):
    """A message that was proposed at `at` in the enrolment that began at `entered_at`.

    `sent_at`: when it was claimed; `dropped`: why it was dropped for good; neither: it still waited.
    """

    enrolment: int
    visit: int
    dialogue: str
    at: int
    entered_at: int
    channel: str
    pressure: str
    respects_quiet: bool = True
    valid_until: int | None = None
    value: float = 1.0
    probability: float = 0.5
    sent_at: int | None = None
    dropped: str = ""


class Fate(msgspec.Struct, frozen=True):
    """What becomes of a wish: sent at `sent_at`, dropped for a reason, or still waiting at the end."""

    sent_at: int | None = None
    reason: str = ""


def fate_before(wish: Wish) -> Fate:
    """Return what really became of a wish."""
    return Fate(wish.sent_at, wish.dropped)


def fates_under(
    rules: Rules,
    wishes: Sequence[Wish],
    had: Sequence[tuple[int, str, str]],
    *,
    zone: str,
    who: str,
    until: int,
) -> list[Fate]:
    """Return what becomes of each of one customer's wishes under `rules`, until the instant `until`.

    `had` are (at, channel, pressure) of contacts that stay as they were: those before the first wish,
    and those that people and other rooms made.
    """
    fates = [Fate() for _ in wishes]
    waiting = {number: wish.at for number, wish in enumerate(wishes)}
    tries = dict.fromkeys(waiting, 0)
    contacts = sorted(had)
    while waiting:
        number = min(waiting, key=lambda n: (waiting[n], n))
        now, wish = waiting.pop(number), wishes[number]
        if now >= until or tries[number] >= MOST_TRIES:
            continue
        tries[number] += 1
        planned = _planned(wishes, waiting, wish, now)
        message = Proposed(
            wish.channel,
            "service",  # permission was given: it is not what is tried here
            wish.pressure,
            wish.respects_quiet,
            wish.valid_until,
            _rank(wish, now),
            who,
        )
        known = [contact for contact in contacts if contact[0] <= now]
        verdict = judge(message, {}, known, zone, rules, now, planned)
        if verdict.verdict == "send":
            contacts.append((now, wish.channel, wish.pressure))
            contacts.sort()
            fates[number] = Fate(now)
        elif verdict.verdict == "hold":
            waiting[number] = verdict.until
        else:
            fates[number] = Fate(None, verdict.reason)
    return fates


def _planned(
    wishes: Sequence[Wish], waiting: dict[int, int], wish: Wish, now: int
) -> list[Planned]:
    return [
        Planned(at, other.channel, other.pressure, _rank(other, now), other.dialogue)
        for number, at in waiting.items()
        if (other := wishes[number]).enrolment != wish.enrolment
        and other.entered_at <= now
        and at < now + LOOK_AHEAD
    ]


def _rank(wish: Wish, now: int) -> float:
    since = max(wish.at, now)
    left = None if wish.valid_until is None else wish.valid_until - since
    return rank_of(wish.value, wish.probability, left, now - wish.at)
