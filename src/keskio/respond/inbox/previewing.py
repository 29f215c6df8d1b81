"""What other opening rules would have done to the past: how many cases, by channel.

The log's own events are asked again, each at the moment it came; nothing is written. Cases are counted by
what holds messages together: a thread, a subject of one customer's letters, a customer's text messages or
chat; that some of them would have come to a case closed meanwhile and opened another, is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from keskio.events.api import events_named, place_at
from keskio.kernel.clock import Micros
from keskio.respond.inbox import contracts as c
from keskio.respond.inbox.arrivals import Arrival, Told, arrivals_of, plain_subject, read
from keskio.respond.inbox.contracts import OpeningRules
from keskio.respond.inbox.opening import DAYS, OPENERS, events_for_people

LOOKED_BACK = 30
SLICE, MOST = 1000, 20_000


class Line(msgspec.Struct, frozen=True):
    """How many cases of a channel (of a network, for what is public) rules would have opened."""

    channel: str
    network: str
    now: int
    then: int


class Preview(msgspec.Struct, frozen=True):
    """What the rules in force and others would have opened; `since`: from what was received then on.

    `is_cut`: there was more than is looked at; the newest of it is left out.
    """

    lines: list[Line]
    since: Micros
    is_cut: bool

    @property
    def now(self) -> int:
        """How many the rules in force would have opened in all."""
        return sum(line.now for line in self.lines)

    @property
    def then(self) -> int:
        """How many the other rules would have opened in all."""
        return sum(line.then for line in self.lines)


def preview(rules: OpeningRules, other: OpeningRules, now: Micros) -> Preview:
    """Return what `rules` and `other` would have opened of what was heard in the last 30 days."""
    since = now - LOOKED_BACK * DAYS
    keys: tuple[set[tuple[str, ...]], ...] = (set(), set())
    seen = 0
    for told in _slices(place_at(since)):
        seen += len(told)
        for found, asked in zip(keys, (rules, other), strict=True):
            found |= {_key(one) for one in arrivals_of(events_for_people(told, asked), asked)}
    counts = [Counter((key[0], key[1]) for key in found) for found in keys]
    lines = [
        Line(channel, network, *(count[channel, network] for count in counts))
        for channel, network in {*counts[0], *counts[1]}
    ]
    lines.sort(key=lambda line: (-max(line.now, line.then), line.channel, line.network))
    return Preview(lines, since, seen >= MOST)


def _slices(after: int) -> Iterator[list[Told]]:
    for _ in range(MOST // SLICE):
        events, after = events_named(OPENERS, after=after, limit=SLICE)
        yield [(event, read(event)) for event in events]
        if len(events) < SLICE:
            return


def _key(one: Arrival) -> tuple[str, ...]:
    """Return what says of which case it would be; its channel and network first."""
    place = (one.channel, one.about.get("network", ""))
    if one.thread or one.source[1]:
        return (*place, one.thread or "/".join(one.source))
    subject = plain_subject(one.about.get("subject", "")) if one.channel == c.EMAIL else ""
    return (*place, str(one.event.customer), subject)
