"""Who was taken out by a published change comes back when it is undone: the runner's part of it.

Somebody stays out, with a reason, who has entered anew since, to whom something happened meanwhile that
the dialogue would have taken, or whose message, task or code was taken back when they left: no message is
sent twice, and nothing is waited for that cannot come any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.packing import unpack
from keskio.engine.dialogue.program import Offer, Program
from keskio.engine.dialogue.routing import OWN_NAMES, Inside, Past
from keskio.events.api import named_events_of
from keskio.events.contracts import LoggedEvent, NewEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.store import Held, text_of

if TYPE_CHECKING:
    from keskio.talk.batch import Batch

BACK = "back"
ENDED_BY_CHANGE = "ended_by_change"
EXITED = 2  # as `talk_enrolment` has it
# What is waited for in these phases was called off when the enrolment ended.
CALLED_OFF = frozenset({"task", "call", "start", "stock", "verdict"})
TAKEN_OUT = """
    SELECT m.change_id, e.id, e.customer_id, m.version_id, m.before, m.at, e.object_key, e.entered_at
    FROM talk_enrolment e
    JOIN talk_moved m ON m.enrolment_id = e.id AND m.verdict = 'exited' AND m.undone = ''
    WHERE {customers} AND e.status = %s AND e.outcome = %s
      AND length(e.state) > 0 AND length(m.before) > 0
"""
TAKEN_BACK = """
    SELECT enrolment_id, visit FROM talk_message WHERE {enrolments} AND state = 'withdrawn'
"""


class TakenOut(msgspec.Struct, frozen=True):
    """One whom a change took out: `before` is the state then, `at` when it was."""

    change: int
    enrolment: int
    customer: int
    version: int
    before: bytes
    at: Micros
    object: str
    entered_at: Micros


class Reopener:
    """Opens enrolments of one batch again. What it must look up it asks once for the whole batch."""

    def __init__(self, batch: Batch, held: Mapping[int, Held]) -> None:
        self._batch, self._held = batch, held
        self._out: dict[tuple[int, int], TakenOut] | None = None
        self._events: dict[int, list[LoggedEvent]] = {}
        self._taken_back: set[tuple[int, int]] = set()

    def reopen(self, customer: int, held: Held, change: int, enrolment: int) -> str:
        """Open what `change` has ended, if nothing speaks against it; return "back" or the reason."""
        if self._out is None:
            self._out = self._look_up()
        row = self._out.get((change, enrolment))
        if row is None or enrolment in self._batch.host.delta.reopened:
            return "over"
        loaded = self._batch.programs.by_version[row.version]
        state = unpack(row.before)
        past = held.past.get((loaded.dialogue, row.object), [])
        if any(one.is_open or one.entered_at > row.entered_at for one in past):
            return "entered_anew"
        if self._cannot_go_on(row, state, loaded.program):
            return "cannot_resume"
        if self._something_happened(row, loaded.program):
            return "has_acted"
        inside = Inside(enrolment, loaded.program, state)
        held.insides.append(inside)
        held.insides.sort(key=_number)
        past[:] = [Past(p.entered_at, p.entered_at == row.entered_at) for p in past]
        self._note(customer, inside, row.version)
        return BACK

    def _note(self, customer: int, inside: Inside, version: int) -> None:
        host, state = self._batch.host, inside.enrolment
        host.begin(inside, customer=customer, version=version, cause=0)
        host.delta.changed[inside.id] = state
        host.delta.reopened.add(inside.id)
        host.delta.tally[version, "", f"exited:{ENDED_BY_CHANGE}"] -= 1
        host.rule("nothing", "moved_back", state.step, {})
        told = {
            "dialogue": inside.program.key,
            "version": inside.program.version,
            "enrolment": inside.id,
            "step": state.step,
        }
        body = text_of({"properties": told})
        host.delta.events.append(NewEvent(customer, "dialogue.reopened", self._batch.now, body))

    def _cannot_go_on(self, row: TakenOut, state: Enrolment, program: Program) -> bool:
        """Tell whether a message, a task or a code that the state hangs on is not there any more."""
        codes = {step.keep_as for step in program.steps.values() if isinstance(step, Offer)}
        visits = {state.visit} | ({state.question.visit} if state.question else set())
        return (
            state.phase in CALLED_OFF
            or not codes.isdisjoint(state.variables)
            or any((row.enrolment, visit) in self._taken_back for visit in visits)
        )

    def _something_happened(self, row: TakenOut, program: Program) -> bool:
        names = program.names | OWN_NAMES
        events = self._events.get(row.customer, ())
        return any(event.at >= row.at and event.name in names for event in events)

    def _look_up(self) -> dict[tuple[int, int], TakenOut]:
        sql = TAKEN_OUT.format(customers=any_of("e.customer_id"))
        rows = fetch(sql, (listed(self._held), EXITED, ENDED_BY_CHANGE))
        found = [
            TakenOut(change, number, customer, version, bytes(before), at, thing, entered_at)
            for change, number, customer, version, before, at, thing, entered_at in rows
        ]
        if not found:
            return {}
        enrolments = any_of("enrolment_id")
        told = fetch(
            TAKEN_BACK.format(enrolments=enrolments), (listed({o.enrolment for o in found}),)
        )
        self._taken_back = {(number, visit) for number, visit in told}
        programs = [self._batch.programs.by_version[one.version].program for one in found]
        names = OWN_NAMES.union(*(program.names for program in programs))
        since = min(one.at for one in found)
        for event in named_events_of({one.customer for one in found}, names, since=since):
            if event.name != "message.withdrawn":  # our own word of the leaving
                self._events.setdefault(event.customer, []).append(event)
        return {(one.change, one.enrolment): one for one in found}


def _number(inside: Inside) -> int:
    return inside.id
