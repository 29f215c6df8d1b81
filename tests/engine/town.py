"""A town whose people turn out to be one another: law 16 in memory, with a ledger, watched as it plays.

Its host is written apart from the one that ships; only `uniting` and the engine are shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.engine.dialogue import effects as do
from keskio.engine.dialogue import routing as r
from keskio.engine.dialogue import signals as s
from keskio.engine.dialogue.drive import drive
from keskio.engine.dialogue.enrolment import EXITED, FAILED, Enrolment
from keskio.engine.dialogue.facts import Facts
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.uniting import Aside, Belonging, part, set_aside, unite
from keskio.engine.times import MINUTE
from tests.engine.making import AINO, MONDAY


class Letter(msgspec.Struct, eq=False):
    """One message: claimed, then sent or withdrawn."""

    visit: int
    step: str
    channel: str
    state: str = "claimed"


class Row(msgspec.Struct, eq=False):
    """One enrolment; `record` is whose it was, `customer` whose it is."""

    id: int
    program: Program
    record: int
    customer: int
    entered_at: int
    state: Enrolment
    left_at: int | None = None
    letters: list[Letter] = []
    passed_by: set[str] = set()

    @property
    def had(self) -> dict[str, str]:
        """Return what has gone out, by step."""
        return {one.step: one.channel for one in self.letters if one.state == "sent"}

    def belonging(self) -> Belonging:
        """Return it as `uniting` sees it."""
        return Belonging(
            id=self.id,
            program=self.program,
            dialogue=hash(self.program.key),
            side=self.customer,
            entered_at=self.entered_at,
            left_at=self.left_at,
            enrolment=self.state,
            had=self.had,
            unsent={one.visit: one.step for one in self.letters if one.state == "claimed"},
        )


class Town:
    """Customers by number, what they are in, and the merges in force."""

    def __init__(
        self, programs: Sequence[Program], count: int, *, sends_at_once: bool = False
    ) -> None:
        self.programs, self.sends_at_once = list(programs), sends_at_once
        self.now = MONDAY
        self.now_is = {number: number for number in range(1, count + 1)}
        self.rows: list[Row] = []
        self.asides: dict[int, Aside] = {}
        self.merges: list[tuple[int, int]] = []
        self.entered = 0
        self.acting: Row | None = None

    def records(self, customer: int) -> set[int]:
        """Return the records that are this customer now."""
        return {record for record, now in self.now_is.items() if now == customer}

    def of(self, customer: int) -> list[Row]:
        """Return what a customer is and was in."""
        return [row for row in self.rows if row.customer == customer]

    # what comes

    def enter(self, record: int, program: Program, thing: str) -> None:
        """Bring somebody in, if the dialogue lets them."""
        customer = self.now_is[record]
        same = [
            row
            for row in self.of(customer)
            if (row.program.key, row.state.object) == (program.key, thing)
        ]
        past = [r.Past(row.entered_at, row.left_at is None) for row in same]
        entry = r.Entry(program, s.Entered(self.now, {}, thing))
        if r.refusal_to_enter(entry, past, AINO):
            return
        self.entered += 1
        row = Row(self.entered, program, customer, customer, self.now, Enrolment(object=thing))
        self.rows.append(row)
        self.move(row, entry.signal)

    def move(self, row: Row, signal: s.Signal) -> None:
        """Let one enrolment take a signal."""
        self.acting = row
        facts: Facts = AINO
        taken = drive(row.program, row.state, signal, facts, self.now, self)
        row.state = taken.enrolment
        assert row.state.status != FAILED, taken.reasons
        for reason in taken.reasons:
            if reason.code == "already_told":
                row.passed_by.add(reason.step)
        if row.state.is_over and row.left_at is None:
            row.left_at = self.now
            if row.state.status == EXITED:
                self._take_back(row)

    def send(self) -> None:
        """Hand over all that is claimed, and report it."""
        for row in list(self.rows):
            self.send_of(row)

    def send_of(self, row: Row) -> None:
        """Hand over what is claimed for one enrolment, and report it."""
        for letter in list(row.letters):
            if letter.state == "claimed":
                self._watch(row, letter)
                letter.state = "sent"
                self.move(row, s.Reported(self.now, letter.visit, "sent"))

    def pass_time(self, minutes: int) -> None:
        """Turn the clock and fire what is due."""
        end = self.now + minutes * MINUTE
        while True:
            due = [(row.state.due, row.id) for row in self.rows if row.state.due is not None]
            if not due or min(due)[0] > end:
                break
            moment, number = min(due)
            self.now = max(self.now, moment)
            row = self.rows[number - 1]
            timer = min(row.state.timers)
            self.move(row, s.Due(timer.due, timer.kind, timer.visit))
            if self.sends_at_once:
                self.send()
        self.now = end

    # one, and two again

    def merge(self, gone: int, into: int) -> None:
        """Make two customers one."""
        both = [*self.of(gone), *self.of(into)]
        united = unite(row.belonging() for row in both)
        for aside in united.asides:
            row = self.rows[aside.id - 1]
            row.state, row.left_at = set_aside(row.state), self.now
            self._take_back(row)
            self.asides[aside.id] = aside
        for number, state in united.changed.items():
            self.rows[number - 1].state = state
        for row in self.of(gone):
            row.customer = into
        for record in self.records(gone):
            self.now_is[record] = into
        self.merges.append((gone, into))
        for number, visit in united.needless:
            row = self.rows[number - 1]
            for letter in row.letters:
                if letter.visit == visit:
                    letter.state = "withdrawn"
                    row.passed_by.add(letter.step)
            self.move(row, s.Reported(self.now, visit, "withdrawn", "already_told"))

    def part(self, which: int) -> None:
        """Undo a merge in force: its records go, with those merged into them."""
        gone, into = self.merges.pop(which)
        top = self.now_is[gone]
        going = {gone}
        while True:
            more = {one for one, other in self.merges if other in going} - going
            if not more:
                break
            going |= more
        rows = self.of(top)
        for record in going:
            self.now_is[record] = gone
        for row in rows:
            row.customer = gone if row.record in going else top
        parted = part(
            (row.belonging() for row in rows),
            [self.asides[row.id] for row in rows if row.id in self.asides],
            self.now,
        )
        for number, state in {**parted.changed, **parted.reopened}.items():
            self.rows[number - 1].state = state
        for number in parted.reopened:
            self.rows[number - 1].left_at = None
        for aside in parted.still:
            self.asides[aside.id] = aside
        for number in (*parted.reopened, *parted.expired):
            del self.asides[number]
        assert into in self.now_is

    # the host of the engine

    def judge(self, effect: do.SendMessage, at: int) -> s.Judged:
        """Let everything go."""
        assert self.acting is not None
        assert effect.visit not in {letter.visit for letter in self.acting.letters}
        self.acting.letters.append(Letter(effect.visit, effect.step, effect.channels[0]))
        return s.Judged(at, effect.visit, "send", channel=effect.channels[0])

    def reserve(self, effect: do.Reserve, at: int) -> s.Reserved:
        """Give every code."""
        return s.Reserved(at, effect.visit, "given", "CODE")

    def direct(self, effect: do.StartDialogue | do.StopDialogue, at: int) -> s.Started:
        """Refuse: no dialogue begins another here."""
        return s.Started(at, effect.visit, "refused")

    # the laws

    def _take_back(self, row: Row) -> None:
        for letter in row.letters:
            if letter.state == "claimed":
                letter.state = "withdrawn"

    def _watch(self, row: Row, letter: Letter) -> None:
        """Nobody is sent a step that another passage of the same person, set aside for it, has sent."""
        if letter.step in row.had or letter.step in row.passed_by:
            return
        for other in self._aside_for(row):
            assert letter.step not in other.had, "sent twice to one person"

    def _aside_for(self, row: Row) -> list[Row]:
        found: list[Row] = []
        for aside in self.asides.values():
            if aside.by == row.id and self.rows[aside.id - 1].customer == row.customer:
                other = self.rows[aside.id - 1]
                found += [other, *self._aside_for(other)]
        return found

    def hold(self) -> None:
        """What must be true at every moment."""
        open_ones = [
            (row.customer, row.program.key, row.state.object)
            for row in self.rows
            if row.left_at is None
        ]
        assert len(open_ones) == len(set(open_ones)), "one open enrolment for one person and object"
        for row in self.rows:
            assert row.customer == self.now_is[row.record]
            assert (row.left_at is None) == (not row.state.is_over)
            assert (row.id in self.asides) <= (row.state.outcome == "merged")
            if row.state.phase == "result":
                claimed = {letter.visit for letter in row.letters if letter.state == "claimed"}
                assert row.state.visit in claimed, "waits for a report that never comes"
