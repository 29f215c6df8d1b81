"""Carries out published changes inside the runner's batch: over to the new version, and back again.

A change asks through the log, one event an enrolment, so that it comes in its order among everything
else that happens to the customer, is taken once, and is written with the cursor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from keskio.engine.dialogue.drive import drive
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.migrating import MOVING, Migrated, Prepared, arrived, prepare
from keskio.engine.dialogue.packing import pack, unpack
from keskio.engine.dialogue.routing import Happening, Inside
from keskio.engine.dialogue.run import Taken
from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.programs import Carried
from keskio.talk.reopening import BACK, Reopener
from keskio.talk.store import Held

if TYPE_CHECKING:
    from keskio.talk.batch import Batch

OVER = frozenset({"followed", "moved"})
GONE = "gone"  # the enrolment was over, or another's, before its turn came
HAD = """
    SELECT enrolment_id, step FROM talk_message
    WHERE {enrolments} AND state NOT IN ('withdrawn', 'failed')
"""
MOVED = """
    SELECT change_id, enrolment_id, version_id, before, after, undone FROM talk_moved
    WHERE {enrolments} AND verdict IN ('followed', 'moved')
"""


class Mover:
    """Moves enrolments of one batch. What it must look up it asks once for the whole batch."""

    def __init__(self, batch: Batch, held: Mapping[int, Held]) -> None:
        self._batch, self._held = batch, held
        self._reopener = Reopener(batch, held)
        self._had: dict[int, set[str]] | None = None
        self._moved: dict[tuple[int, int], tuple[int, bytes, bytes, str]] | None = None

    def take(self, customer: int, held: Held, happening: Happening) -> None:
        """Move, or bring back, the enrolment that `happening` names."""
        told = happening.properties
        number, enrolment = int(told["change"]), int(told["enrolment"])
        change = self._batch.programs.change(number)
        inside = next((one for one in held.insides if one.id == enrolment), None)
        if happening.name != MOVING:
            self._bring_back(customer, number, enrolment, inside)
            return
        if inside is None:
            nothing = (0, GONE, "over", "", "", "", self._batch.now, b"", b"")
            self._batch.host.delta.moved.append((number, enrolment, customer, *nothing))
            return
        version = self._batch.programs.by_program[id(inside.program)].version
        if version != change.version:
            self._move(customer, held, inside, number, happening.id)

    def _move(self, customer: int, held: Held, inside: Inside, number: int, cause: int) -> None:
        batch, host = self._batch, self._batch.host
        change = batch.programs.change(number)
        came_from = batch.programs.by_program[id(inside.program)].version
        before = inside.enrolment
        found = self._prepared(customer, inside, change)
        if found.verdict in OVER:
            self._change_version(inside, came_from, change.version)
        version = change.version if found.verdict in OVER else came_from
        host.begin(inside, customer=customer, version=version, cause=cause)
        came_of_it = self._arrived(customer, found)
        host.delta.moved.append(
            _row((number, inside.id, customer, came_from), before, came_of_it, batch.now)
        )
        batch.settle(customer, held, inside, came_of_it.taken, cause)

    def _prepared(self, customer: int, inside: Inside, change: Carried) -> Prepared:
        batch, state = self._batch, inside.enrolment
        instruction = change.plan.at(state.step)
        had = self._had_by(inside.id) if instruction.kind == "move" else ()
        new = batch.programs.by_version[change.version].program
        facts = batch.facts_of(customer)
        return prepare(inside.program, new, state, instruction, facts, batch.now, had=had)

    def _arrived(self, customer: int, found: Prepared) -> Migrated:
        way, batch = found.journey, self._batch
        if way is None:
            return Migrated(found.verdict, found.taken, found.deadline)
        facts = batch.facts_of(customer)
        taken = drive(way.program, way.enrolment, way.signal, facts, batch.now, batch.host)
        return arrived(found, taken)

    def _change_version(self, inside: Inside, old: int, new: int) -> None:
        delta = self._batch.host.delta
        inside.program = self._batch.programs.by_version[new].program
        delta.versions[inside.id] = new
        delta.tally[old, "", "moved_out"] += 1
        delta.tally[new, "", "moved_in"] += 1

    def _bring_back(
        self, customer: int, number: int, enrolment: int, inside: Inside | None
    ) -> None:
        batch = self._batch
        if inside is None:
            held = self._held.get(customer) or Held([], {})
            reason = self._reopener.reopen(customer, held, number, enrolment)
            batch.host.delta.undone.append((reason, number, enrolment))
            return
        row = self._moved_by(number, enrolment)
        if row is None or row[3]:
            return  # it was not moved, or an undo has come by already
        version, before, after, _ = row
        if not after or inside.enrolment != unpack(after):
            batch.host.delta.undone.append(("has_acted", number, enrolment))
            return
        change = batch.programs.change(number)
        batch.host.begin(inside, customer=customer, version=version, cause=0)
        inside.enrolment = batch.host.delta.changed[inside.id] = unpack(before)
        self._change_version(inside, change.version, version)
        batch.host.rule("nothing", "moved_back", inside.enrolment.step, {})
        batch.host.delta.undone.append((BACK, number, enrolment))

    def _had_by(self, enrolment: int) -> set[str]:
        """Return the steps whose message an enrolment has had, or is about to get."""
        if self._had is None:
            self._had = {}
            sql = HAD.format(enrolments=any_of("enrolment_id"))
            rows = fetch(sql, (listed(self._all()),))
            claims = [(claim.enrolment, claim.step) for claim in self._batch.host.delta.claims]
            for one, step in [*rows, *claims]:
                self._had.setdefault(one, set()).add(step)
        return self._had.get(enrolment, set())

    def _moved_by(self, change: int, enrolment: int) -> tuple[int, bytes, bytes, str] | None:
        if self._moved is None:
            sql = MOVED.format(enrolments=any_of("enrolment_id"))
            self._moved = {
                (row[0], row[1]): (row[2], bytes(row[3]), bytes(row[4]), row[5])
                for row in fetch(sql, (listed(self._all()),))
            }
        return self._moved.get((change, enrolment))

    def _all(self) -> list[int]:
        return [inside.id for held in self._held.values() for inside in held.insides]


def _row(
    whose: tuple[int, int, int, int], before: Enrolment, came_of_it: Migrated, now: int
) -> tuple[object, ...]:
    """Return the row of `talk_moved`; `whose`: change, enrolment, customer, version left."""
    verdict, taken = came_of_it.verdict, came_of_it.taken
    reason = _reason_of(taken) if verdict == "stayed" else ""
    can_return = verdict in OVER and came_of_it.is_reversible
    after = pack(taken.enrolment) if can_return else b""
    at = (verdict, reason, before.step, taken.enrolment.step, came_of_it.deadline, now)
    was = pack(before) if can_return or verdict == "exited" else b""
    return (*whose, *at, was, after)


def _reason_of(taken: Taken) -> str:
    return taken.reasons[0].code if taken.reasons else ""
