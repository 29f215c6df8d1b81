"""Rows of the dialogues' tables, in the reader's language. The same facts that the drawing shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from keskio.engine.dialogue.program import Finish, Program
from keskio.engine.dialogue.reasons import sentence
from keskio.kernel.clock import Micros, to_micros
from keskio.know.api import people_of
from keskio.know.contracts import Person
from keskio.talk.drawing import KINDS, FlowCounts, StepCount, outcome_name, step_title
from keskio.talk.models import Message
from keskio.talk.standing import Books, Why
from keskio.talk.whys import WhyLine, lines_of

NOTHING = StepCount(0, 0, {}, 0, 0)


class StepRow(msgspec.Struct, frozen=True):
    """A step in the table; `ways` are (outcome in words, count)."""

    key: str
    title: str
    kind: str
    kind_name: str
    count: StepCount
    ways: list[tuple[str, int]]


class ReasonRow(msgspec.Struct, frozen=True):
    """A reason for holding or not sending, with its step and sentence."""

    verdict: str
    sentence: str
    step: str
    step_title: str
    count: int


class UnknownRow(msgspec.Struct, frozen=True):
    """A message that waits for a person's decision."""

    pk: int
    customer: int
    person: Person | None
    handed_at: Micros | None
    line: WhyLine


def step_rows(program: Program, counts: FlowCounts, language: str) -> list[StepRow]:
    """Return every step in the order of the definition."""
    return [
        _step_row(program, key, counts.steps.get(key, NOTHING), language) for key in program.order
    ]


def _step_row(program: Program, key: str, count: StepCount, language: str) -> StepRow:
    step = program.steps[key]
    together: dict[str, int] = {}
    for name, passed in count.outcomes.items():
        if not name:
            continue  # an end has no ways on
        way = name if name in step.outcomes else name.partition(".")[0]
        together[way] = together.get(way, 0) + passed
    ways = [(outcome_name(step, name, language), passed) for name, passed in together.items()]
    return StepRow(
        key=key,
        title=step_title(program, key, language),
        kind=step.kind,
        kind_name=str(KINDS.get(step.kind, step.kind)),
        count=count,
        ways=ways,
    )


def reason_rows(program: Program, whys: Iterable[Why], language: str) -> list[ReasonRow]:
    """Return why messages were held or not sent, each with its sentence."""
    return [
        ReasonRow(
            why.verdict,
            sentence(why.reason, language),
            why.step,
            step_title(program, why.step, language),
            why.count,
        )
        for why in whys
    ]


def ends_in_words(program: Program, books: Books, language: str) -> list[tuple[str, int]]:
    """Return how many came to each end, in words: the end step's title, or the step and its outcome."""
    named = {s.outcome: key for key, s in program.steps.items() if isinstance(s, Finish)}
    return [
        (_end(program, named, end, language), count)
        for end, count in sorted(books.ended.items(), key=lambda item: -item[1])
    ]


def _end(program: Program, named: Mapping[str, str], end: str, language: str) -> str:
    if end in named:
        return step_title(program, named[end], language)
    key, _dot, outcome = end.partition(".")
    family, _dot, reason = outcome.partition(".")
    if key not in program.steps or not outcome:
        return end
    words = outcome_name(program.steps[key], family, language)
    told = f" · {sentence(reason, language)}" if reason else ""
    return f"{step_title(program, key, language)}: {words}{told}"


def reasons_in_words(counts: Mapping[str, int], language: str) -> list[tuple[str, int]]:
    """Return counts by reason in words, the most usual first."""
    by_count = sorted(counts.items(), key=lambda item: -item[1])
    return [(sentence(reason, language), count) for reason, count in by_count]


def unknown_rows(found: Sequence[Message], *, may_see_health: bool) -> list[UnknownRow]:
    """Return unknown messages with who they are to and what they say, where one may see that."""
    people = people_of([message.customer_id for message in found])
    return [
        UnknownRow(
            pk=message.pk,
            customer=message.customer_id,
            person=people.get(message.customer_id),
            handed_at=None if message.handed_at is None else to_micros(message.handed_at),
            line=line,
        )
        for message, line in zip(found, lines_of(found, may_see_health=may_see_health), strict=True)
    ]
