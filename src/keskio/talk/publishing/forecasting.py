"""What would happen to those inside if a plan were carried out now. Nothing is written.

The same pure function that will move them is asked about each, so what is shown is what will be; only
the gate (permission, limits, quiet hours) is taken to let everything through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from keskio.engine.dialogue.effects import AskSurvey, Proposal, Reserve, SendMessage
from keskio.engine.dialogue.enrolment import Enrolment
from keskio.engine.dialogue.facts import NOBODY, Facts
from keskio.engine.dialogue.migrating import Migrated, Plan, migrate
from keskio.engine.dialogue.packing import unpack
from keskio.engine.dialogue.program import Program
from keskio.engine.dialogue.signals import Admitted, Due, Judged, Reserved, Started
from keskio.engine.dialogue.step import rest
from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import facts_of
from keskio.talk.calendars import calendar_for
from keskio.talk.publishing.plans import Old

SLICE = 2000
MOST = 20_000  # people whom a page looks at one by one; of more, evenly drawn ones are counted up
STATES = """
    SELECT id, customer_id, version_id, state FROM talk_enrolment
    WHERE id > %s AND dialogue_id = %s AND status = 0 AND {versions} AND id %% %s = 0
    ORDER BY id LIMIT %s
"""
HAD = """
    SELECT enrolment_id, step FROM talk_message
    WHERE {enrolments} AND state NOT IN ('withdrawn', 'failed')
"""


class Forecast(msgspec.Struct):
    """What will happen to those inside, in people; and how many messages leave at once.

    `messages` are before permission, limits and quiet hours. `stayed` is by reason, `steps` the
    verdicts by step. `looked_at`: how many people were; fewer than `people` when they were drawn.
    """

    people: int = 0
    looked_at: int = 0
    messages: int = 0
    verdicts: Counter[str] = msgspec.field(default_factory=Counter)
    stayed: Counter[str] = msgspec.field(default_factory=Counter)
    deadlines: Counter[str] = msgspec.field(default_factory=Counter)
    steps: dict[str, Counter[str]] = {}
    soonest: Micros | None = None

    @property
    def over(self) -> int:
        """Return how many come into the new version."""
        return self.verdicts["followed"] + self.verdicts["moved"]

    @property
    def is_drawn(self) -> bool:
        """Tell whether the figures are those of some, counted up to all."""
        return self.looked_at < self.people


def forecast(
    new: Program, plan: Plan, olds: Sequence[Old], now: Micros, *, most: int | None = MOST
) -> Forecast:
    """Return what `plan` would do with everybody who is inside `olds` now.

    More than `most` people: every so-many-th is looked at, and the figures are counted up.
    """
    people = sum(sum(old.counts.values()) for old in olds)
    nth = 1 if most is None or people <= most else -(-people // most)
    found = Forecast(people=people)
    programs = {old.version: old.program for old in olds}
    for rows in _slices(olds, nth):
        facts = _facts([row[1] for row in rows], [new, *programs.values()], now)
        had = _had([row[0] for row in rows])
        for number, customer, version, state in rows:
            enrolment = unpack(bytes(state))
            about = facts.get(customer, NOBODY)
            _count(
                found, programs[version], new, plan, enrolment, about, now, had.get(number, set())
            )
    if found.looked_at and found.looked_at < people:
        _scale(found, people / found.looked_at)
    return found


def _count(  # noqa: PLR0913, PLR0917 - what a move hangs on
    found: Forecast,
    old: Program,
    new: Program,
    plan: Plan,
    enrolment: Enrolment,
    facts: Facts,
    now: Micros,
    had: set[str],
) -> None:
    sent: list[str] = []

    def answer(proposal: Proposal, at: int) -> Judged | Reserved | Started | Admitted:
        if isinstance(proposal, SendMessage):
            sent.append(proposal.step)
            return Judged(at, proposal.visit, "send", channel=proposal.channels[0])
        if isinstance(proposal, Reserve):
            return Reserved(at, proposal.visit, "given", "")
        if isinstance(proposal, AskSurvey):
            return Admitted(at, proposal.visit)
        return Started(at, proposal.visit, "refused")

    moved = migrate(
        old, new, enrolment, plan.at(enrolment.step), facts, now, had=had, answer=answer
    )
    after = moved.taken.enrolment
    if moved.deadline == "due_now" and after.timers:
        timer = min(after.timers)
        rest(new, after, Due(timer.due, timer.kind, timer.visit), facts, now, answer)
    _note(found, enrolment.step, moved, len(sent))


def _note(found: Forecast, step: str, moved: Migrated, sent: int) -> None:
    found.looked_at += 1
    found.messages += sent
    found.verdicts[moved.verdict] += 1
    found.steps.setdefault(step, Counter())[moved.verdict] += 1
    if moved.verdict == "stayed" and moved.taken.reasons:
        found.stayed[moved.taken.reasons[0].code] += 1
    if moved.deadline:
        found.deadlines[moved.deadline] += 1
        found.steps[step][moved.deadline] += 1
        due = moved.taken.enrolment.due
        if due is not None and (found.soonest is None or due < found.soonest):
            found.soonest = due


def _scale(found: Forecast, by: float) -> None:
    found.messages = round(found.messages * by)
    for counts in (found.verdicts, found.stayed, found.deadlines, *found.steps.values()):
        for name in counts:
            counts[name] = round(counts[name] * by)


def _slices(olds: Sequence[Old], nth: int) -> Iterator[list[tuple[int, int, int, Any]]]:
    if not olds:
        return
    versions = listed(old.version for old in olds)
    dialogue = fetch("SELECT dialogue_id FROM talk_version WHERE id = %s", (olds[0].version,))[0][0]
    sql, reached = STATES.format(versions=any_of("version_id")), 0
    while True:
        rows = fetch(sql, (reached, dialogue, versions, nth, SLICE))
        if rows:
            yield rows
        if len(rows) < SLICE:
            return
        reached = rows[-1][0]


def _facts(customers: list[int], programs: Sequence[Program], now: Micros) -> dict[int, Facts]:
    needs = programs[0].needs
    for program in programs[1:]:
        needs |= program.needs
    calendar = calendar_for("FI")
    return {
        customer: Facts(
            known.traits,
            known.consents,
            known.addresses,
            known.zone,
            known.language,
            (),
            calendar,
            known.segments,
            known.stages,
            known.objects,
            known.events,
            str(customer),
        )
        for customer, known in facts_of(customers, needs, now=now).items()
    }


def _had(enrolments: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for enrolment, step in fetch(
        HAD.format(enrolments=any_of("enrolment_id")), (listed(enrolments),)
    ):
        found.setdefault(enrolment, set()).add(step)
    return found
