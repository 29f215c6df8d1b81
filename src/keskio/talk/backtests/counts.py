# ruff: noqa: ARG002 - a witness is told more than the tally counts
"""What a replay counts, small enough to be kept between two turns, and the one who counts it."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.run import Taken
from keskio.engine.draws import position_of
from keskio.engine.times import DAY, HOUR, to_local
from keskio.kernel.clock import Micros
from keskio.talk.imagined import Witness

WEEK = 7 * DAY
SAMPLES = 3  # people to look at, of each kind
Request: TypeAlias = tuple[Micros, int, int]


class Counts(msgspec.Struct, eq=True):
    """What came of a replay. Keys of two parts are written "part|part".

    `people` were looked at; `entered` is enrolments. Of the dialogue at hand: `refused` by reason,
    `ended` by "status:outcome", `passed` by step and outcome, `messages` by day and channel, `proposed`
    messages and how many of them were `held` (at least once) or `dropped` by reason, `tasks` by day and
    queue, `coupons` by offer and answer. Of everybody: `others` are messages of other dialogues and people
    by day and channel to those who were in the dialogue; `per_person` and `per_week` say how many
    people got so many messages, in all and in their fullest seven days. `demand`: the first requests
    of each offer, one more than there is stock. `samples`: people to look at, by kind.
    """

    people: int = 0
    contacted: int = 0
    entered: int = 0
    refused: dict[str, int] = {}
    ended: dict[str, int] = {}
    inside: int = 0
    passed: dict[str, int] = {}
    messages: dict[str, int] = {}
    proposed: int = 0
    held: dict[str, int] = {}
    dropped: dict[str, int] = {}
    held_any: int = 0
    answered: dict[str, int] = {}
    tasks: dict[str, int] = {}
    coupons: dict[str, int] = {}
    others: dict[str, int] = {}
    per_person: dict[int, int] = {}
    per_week: dict[int, int] = {}
    demand: dict[str, list[Request]] = {}
    samples: dict[str, list[tuple[float, int]]] = {}


class Tally(Witness):
    """Counts one world's customers, one after another. `key`: the dialogue at hand."""

    def __init__(self, key: str, zone: str, counts: Counts, seed: int) -> None:
        self.key, self.zone, self.counts, self.seed = key, zone, counts, seed
        self.now = 0
        self.sent: list[Micros] = []
        self.mine = 0
        self.kinds: set[str] = set()
        self.visits: dict[tuple[int, int], set[str]] = {}

    def begin(self) -> None:
        """Begin with another customer."""
        self.sent, self.mine, self.kinds, self.visits = [], 0, set(), {}

    def finish(self, customer: int, others: list[tuple[Micros, str]], insides: int) -> None:
        """Put the customer's figures in the books. `others`: what was really sent by others."""
        counts = self.counts
        counts.people += 1
        counts.inside += insides
        if not self.kinds:
            return
        for verdicts in self.visits.values():
            counts.proposed += 1
            _add_each(counts.held, {v for v in verdicts if not v.startswith("!")})
            _add_each(counts.dropped, {v[1:] for v in verdicts if v.startswith("!")})
            counts.held_any += any(not v.startswith("!") for v in verdicts)
        for at, channel in others:
            _add(counts.others, f"{day_of(at, self.zone)}|{channel}")
        if self.mine:
            counts.contacted += 1
            _add(counts.per_person, self.mine)
            most = most_within(sorted([*self.sent, *(at for at, _ in others)]), WEEK)
            _add(counts.per_week, most)
            self._sample(f"week.{most}", customer)
        for kind in self.kinds:
            self._sample(kind, customer)

    # the witness

    def entered(self, customer: int, inside: r.Inside) -> None:
        """Count an enrolment."""
        if inside.program.key == self.key:
            self.counts.entered += 1
            self.kinds.add("entered")

    def took(self, customer: int, inside: r.Inside, taken: Taken) -> None:
        """Count passages, tasks and ends."""
        if inside.program.key != self.key:
            return
        for step, outcome in taken.passed:
            _add(self.counts.passed, f"{step}|{outcome}")
        for effect in taken.effects:
            if isinstance(effect, do.GiveTask):
                _add(self.counts.tasks, f"{day_of(self.now, self.zone)}|{effect.queue}")
            elif isinstance(effect, do.End):
                _add(self.counts.ended, f"{effect.status}:{effect.outcome}")
                self.kinds.add(f"end.{effect.outcome}")

    def claimed(self, customer: int, inside: r.Inside, effect: do.SendMessage, channel: str) -> str:
        """Count a message."""
        self.sent.append(self.now)
        place = f"{day_of(self.now, self.zone)}|{channel}"
        if inside.program.key != self.key:
            _add(self.counts.others, place)
            return ""
        self.mine += 1
        _add(self.counts.messages, place)
        self.visits.setdefault((inside.id, effect.visit), set())
        return ""

    def ruled(self, customer: int, inside: r.Inside, verdict: str, reason: str, step: str) -> None:
        """Count who was refused, and what was held or dropped and why."""
        if inside.program.key != self.key:
            return
        if verdict == "refused":
            _add(self.counts.refused, reason)
            self.kinds.add(f"refused.{reason}")
        elif verdict in ("held", "dropped"):
            self.kinds.add(f"{verdict}.{reason}")

    def refused(
        self, customer: int, inside: r.Inside, effect: do.SendMessage, judged: s.Judged
    ) -> None:
        """Take note of why the gate held or dropped the message of a visit."""
        if inside.program.key == self.key:
            verdicts = self.visits.setdefault((inside.id, effect.visit), set())
            is_held = judged.verdict == "hold"
            verdicts.add(judged.reason if is_held else f"!{judged.reason}")

    def reserved(
        self, customer: int, inside: r.Inside, effect: do.Reserve, outcome: str, code: str | None
    ) -> None:
        """Count what the stock gave."""
        if inside.program.key == self.key:
            _add(self.counts.coupons, f"{effect.offer}|{outcome}")

    def _sample(self, kind: str, customer: int) -> None:
        """Keep those of a kind who come first in a draw of their own: the same people every time."""
        kept = self.counts.samples.setdefault(kind, [])
        score = position_of(f"sample/{self.seed}", str(customer))
        if len(kept) < SAMPLES or score < kept[-1][0]:
            insort(kept, (score, customer))
            del kept[SAMPLES:]


def ask_for(demand: dict[str, list[Request]], offer: str, most: int, request: Request) -> None:
    """Note a request among the first `most` of an offer. Kept as a heap with the latest on top."""
    kept = demand.setdefault(offer, [])
    turned = (-request[0], -request[1], -request[2])
    if len(kept) < most:
        heapq.heappush(kept, turned)
    elif turned > kept[0]:
        heapq.heapreplace(kept, turned)


def last_of(demand: list[Request]) -> Request:
    """Return the latest of the requests kept by `ask_for`."""
    at, customer, number = demand[0]
    return -at, -customer, -number


def most_within(moments: list[Micros], window: Micros) -> int:
    """Return the most of `moments` (in order) that lie within any window of this length.

    >>> most_within([0, 5, 9, 10, 30], 10)
    3
    """
    most = 0
    for place, at in enumerate(moments):
        most = max(most, place + 1 - bisect_left(moments, at - window + 1, 0, place + 1))
    return most


def day_of(at: Micros, zone: str) -> str:
    """Return the day of an instant in `zone`, as 2026-11-24."""
    return _day_of_quarter(at // (HOUR // 4), zone)


@lru_cache(maxsize=65_536)
def _day_of_quarter(quarter: int, zone: str) -> str:
    return to_local(quarter * (HOUR // 4), zone).date().isoformat()


def _add(into: dict[Any, int], key: str | int) -> None:
    into[key] = into.get(key, 0) + 1


def _add_each(into: dict[str, int], keys: set[str]) -> None:
    for key in keys:
        into[key] = into.get(key, 0) + 1
