"""Runs a backtest to its end: passes over history, resumable at any customer, then people to look at.

A pass goes through all customers. Where demand exceeds a stock, the moment at which the first such offer
is sold out is settled, and another pass begins: one more than there are such offers, at the most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from keskio.engine.dialogue.program import Program
from keskio.engine.pressure import longest_window
from keskio.kernel.clock import Micros
from keskio.talk.backtests.asked import Asked, program_of
from keskio.talk.backtests.counts import Counts, Request, last_of
from keskio.talk.backtests.history import History, Known, Lake, Row, wanted_by
from keskio.talk.backtests.learning import NOTED
from keskio.talk.backtests.replay import Replay
from keskio.talk.imagined import Witness
from keskio.talk.telling import Teller

SLICE = 500  # customers between two looks at the clock
DRAFT, LIVE = "draft", "live"
SAMPLED = 12  # people whose play is told
LINES = 80  # told of one person
Noted: TypeAlias = Callable[[Sequence[int]], dict[int, list[tuple[Micros, str, str]]]]


class Progress(msgspec.Struct):
    """How far a backtest has come: all that must be kept to go on from here.

    `turn` counts passes; `after` is the last customer of this pass that is done, of `people`. `cuts`
    and `counts` are by version: "draft" and "live".
    """

    turn: int = 1
    after: int = 0
    done: int = 0
    people: int | None = None
    counts: dict[str, Counts] = {}
    cuts: dict[str, dict[str, Request]] = {}
    is_over: bool = False

    @property
    def share(self) -> float:
        """How much of this pass is done, from 0 to 1."""
        return 1.0 if self.is_over else self.done / self.people if self.people else 0.0


def pack(progress: Progress) -> bytes:
    """Return the progress as bytes for a row."""
    return msgspec.msgpack.encode(progress)


def unpack(row: bytes) -> Progress:
    """Return the progress that `pack` wrote."""
    return msgspec.msgpack.decode(row, type=Progress)


class Backtest:
    """One backtest over an open state of the lake. `noted`: contacts of which the log does not tell."""

    def __init__(self, asked: Asked, lake: Lake, noted: Noted | None = None) -> None:
        self.asked, self.lake, self.noted = asked, lake, noted
        self.draft = program_of(asked.draft)
        self.live = None if asked.live is None else program_of(asked.live)
        self.others = [
            program
            for program in map(program_of, asked.others)
            if program.key not in {self.draft.key, self.live.key if self.live else ""}
        ]

    @property
    def casts(self) -> dict[str, list[Program]]:
        """The dialogues of each version's world, the one at hand first."""
        found = {DRAFT: [self.draft, *self.others]}
        if self.live is not None:
            found[LIVE] = [self.live, *self.others]
        return found

    def run(
        self, progress: Progress | None = None, witness: Witness | None = None
    ) -> Iterator[Progress]:
        """Yield the progress after every few hundred customers, until it is over.

        What is yielded is worked on: pack it to keep it. Begun from a kept progress, the end is the same.
        `witness` sees the draft's world.
        """
        progress = progress or Progress()
        if not progress.counts:
            _begin_turn(progress, list(self.casts))
        history = self._history()
        if progress.people is None:
            progress.people = history.how_many()
        while not progress.is_over:
            yield from self._turn(history, progress, witness)
            if not self._sells_out(progress):
                progress.is_over = True
                yield progress

    def _turn(
        self, history: History, progress: Progress, witness: Witness | None
    ) -> Iterator[Progress]:
        replays = [
            Replay(
                programs,
                self.asked,
                progress.counts[version],
                progress.cuts.get(version, {}),
                witness if version == DRAFT else None,
            )
            for version, programs in self.casts.items()
        ]
        customers = self.customers(progress.after, history)
        for taken, (customer, known, rows) in enumerate(customers, 1):
            for replay in replays:
                replay.take(customer, known, rows, (progress.done, progress.people or 1))
            progress.after, progress.done = customer, progress.done + 1
            if taken % SLICE == 0:
                yield progress

    def customers(
        self, after: int = 0, history: History | None = None
    ) -> Iterator[tuple[int, Known, Sequence[Row]]]:
        """Yield the customers behind `after`, with noted contacts laid between their events."""
        found = (history or self._history()).customers(after=after)
        if self.noted is None:
            yield from found
            return
        for some in _in_slices(found):
            noted = self.noted([customer for customer, _, _ in some])
            for customer, known, rows in some:
                yield customer, known, _with_notes(rows, noted.get(customer, []))

    def _sells_out(self, progress: Progress) -> bool:
        """Settle the first sell-out that this pass has found in each version; True when there is one."""
        found = False
        for version, counts in progress.counts.items():
            cuts = progress.cuts.setdefault(version, {})
            over = {
                offer: last_of(requests)
                for offer, requests in counts.demand.items()
                if offer not in cuts and len(requests) > (self.asked.offers[offer].stock or 0)
            }
            if over:
                offer = min(over, key=lambda name: (over[name], name))
                cuts[offer] = over[offer]
                found = True
        if found:
            progress.turn += 1
            progress.after = progress.done = 0
            _begin_turn(progress, list(self.casts))
        return found

    def _history(self, *, all_traits: bool = False) -> History:
        casts = self.casts
        programs = [program for cast in casts.values() for program in cast]
        wanted = wanted_by(
            programs,
            [cast[0] for cast in casts.values()],
            since=self.asked.since,
            cap_window=longest_window(self.asked.rules),
            all_traits=all_traits,
        )
        asked = self.asked
        return History(self.lake, wanted, asked.since, asked.until, asked.position)

    def plays(self, progress: Progress) -> list[dict[str, Any]]:
        """Return people to look at: {"customer", "kinds", "lines"}, their play through the draft told."""
        kinds: dict[int, list[str]] = {}
        samples = progress.counts[DRAFT].samples
        for kind in _telling_first(samples):
            for _, customer in samples[kind][:1]:
                if len(kinds) < SAMPLED or customer in kinds:
                    kinds.setdefault(customer, []).append(kind)
        found = []
        cuts = progress.cuts.get(DRAFT, {})
        for customer, known, rows in self._history(all_traits=True).customers(these=kinds):
            teller = Teller(self.asked.rules.zone)
            teller.names, teller.number_of = _Numbers(), {}
            replay = Replay(self.casts[DRAFT], self.asked, Counts(), cuts, teller)
            teller.world = replay.world
            noted = self.noted([customer]).get(customer, []) if self.noted else []
            replay.take(customer, known, _with_notes(rows, noted))
            lines = list(teller.drained())
            found.append({"customer": customer, "kinds": kinds[customer], "lines": lines[:LINES]})
        return found


class _Numbers(list[str]):
    """Names of customers that are their numbers."""

    def __getitem__(self, customer: Any) -> Any:
        """Return the number as text."""
        return str(customer)


def _begin_turn(progress: Progress, versions: Sequence[str]) -> None:
    progress.counts = {version: Counts() for version in versions}


def _telling_first(samples: dict[str, Any]) -> list[str]:
    """Return the kinds of samples, most telling first: the most written to, refusals, ends, anybody."""
    weeks = sorted((k for k in samples if k.startswith("week.")), key=_number, reverse=True)
    order = ("dropped.", "held.", "end.", "refused.", "entered")
    rest = [kind for start in order for kind in sorted(samples) if kind.startswith(start)]
    return [*weeks[:1], *rest]


def _number(kind: str) -> int:
    return int(kind.partition(".")[2])


def _with_notes(rows: Sequence[Row], noted: Sequence[tuple[Micros, str, str]]) -> Sequence[Row]:
    if not noted:
        return rows
    told = [
        (at, 0, NOTED, msgspec.json.encode({"properties": {"channel": c, "pressure": p}}).decode())
        for at, c, p in noted
    ]
    return sorted([*rows, *told])


def _in_slices(
    customers: Iterator[tuple[int, Known, list[Row]]],
) -> Iterator[list[tuple[int, Known, list[Row]]]]:
    found: list[tuple[int, Known, list[Row]]] = []
    for one in customers:
        found.append(one)
        if len(found) == SLICE:
            yield found
            found = []
    if found:
        yield found
