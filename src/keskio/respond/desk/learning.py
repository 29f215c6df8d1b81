"""The job that learns past answers: when a case closes, its last answer and what had been asked before it.

It follows the log, a batch a turn. The same case closing again changes nothing but how its answers served.
An answer that was taken into a case which then closed counts as well ended unless the case came back or
was answered with dissatisfaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from django.db import transaction
from django.db.models import F

from keskio.events.api import cursor_of, events_named, is_worth_a_turn, move_cursor
from keskio.events.contracts import LoggedEvent
from keskio.kernel.clock import Micros
from keskio.kernel.sql import run_many
from keskio.respond.desk.asking_model import names_in
from keskio.respond.desk.masking import masked
from keskio.respond.desk.models import PastAnswer, Posting, Taken
from keskio.respond.desk.snippets import language_of
from keskio.respond.desk.suggesting import words_of
from keskio.respond.inbox.contracts import AGENT, AWAY, CLOSED_EVENT, CUSTOMER, IN, OUT, REOPENED
from keskio.respond.inbox.models import Case, Entry

CURSOR = "respond.desk.learning"
BATCH = 200
SHORTEST = 20  # characters: "Kiitos!" teaches nothing
LONGEST = 4000
ENTRIES = 60
COUNT_WORD = """
    INSERT INTO desk_word (word, questions) VALUES (%s, 1)
    ON CONFLICT (word) DO UPDATE SET questions = desk_word.questions + 1
"""


class _Properties(msgspec.Struct):
    case: int = 0


class _Body(msgspec.Struct):
    properties: _Properties = msgspec.field(default_factory=_Properties)


_read = msgspec.json.Decoder(_Body).decode


class AnswerLearner:
    """Takes turns at the log; the same event twice teaches once."""

    name = "past answers"

    def turn(self, now: Micros) -> bool:
        """Take one batch; True when there may be more."""
        del now  # entries carry their own times
        position = cursor_of(CURSOR)
        events, reached = events_named({CLOSED_EVENT, REOPENED}, after=position, limit=BATCH)
        if not is_worth_a_turn(events, position, reached):
            return False
        with transaction.atomic():
            learn(events)
            move_cursor(CURSOR, reached)
        return len(events) == BATCH


def learn(events: Sequence[LoggedEvent]) -> int:
    """Learn from cases that closed, and take back what came back; return how many answers are new."""
    closed: set[int] = set()
    for event in events:
        case = _read(event.body).properties.case
        if event.name == CLOSED_EVENT:
            closed.add(case)
            _served(case, well=True)
        else:
            closed.discard(case)
            _served(case, well=False)
    return learn_from(closed)


def learn_from(closed: Collection[int]) -> int:
    """Learn from closed cases that nothing was learnt from yet; return how many answers are new."""
    known = set(PastAnswer.objects.filter(case_id__in=closed).values_list("case_id", flat=True))
    cases = Case.objects.filter(pk__in=set(closed) - known).exclude(place=AWAY).order_by("pk")
    found = [(case, pair) for case in cases if (pair := _pair_of(case)) is not None]
    return _keep(found)


def _served(case: int, *, well: bool) -> None:
    taken = list(Taken.objects.filter(case_id=case).values_list("answer_id", flat=True))
    by = 1 if well else -1
    answers = PastAnswer.objects.filter(pk__in=taken)
    if not well:
        answers = answers.filter(satisfied__gt=0)
    answers.update(satisfied=F("satisfied") + by)


def _pair_of(case: Case) -> tuple[list[Entry], Entry, str] | None:
    """Return a case's entries, its last public answer by a person, and what had been asked before it."""
    newest = Entry.objects.filter(case_id=case.pk, kind__in=[IN, OUT]).order_by("-number")[:ENTRIES]
    entries = list(newest)[::-1]
    answers = [e for e in entries if e.kind == OUT and e.author == AGENT and e.is_public]
    answers = [e for e in answers if len(e.text) >= SHORTEST]
    if not answers:
        return None
    answer = answers[-1]
    before = [e for e in entries if e.author == CUSTOMER and e.number < answer.number]
    asked = "\n".join(entry.text for entry in before)
    return (entries, answer, asked) if asked.strip() else None


def _keep(found: Sequence[tuple[Case, tuple[list[Entry], Entry, str]]]) -> int:
    rows, words = [], []
    for case, (entries, answer, asked) in found:
        names, language = names_in(case, entries), language_of(case)
        question = masked(f"{case.subject}\n{asked}".strip(), names, language=language)[:LONGEST]
        counted = words_of(question)
        rows.append(
            PastAnswer(
                entry_id=answer.pk,
                case_id=case.pk,
                customer_id=case.customer_id,
                language=language,
                themes=case.themes,
                asked=question,
                answer=masked(answer.text, names, language=language)[:LONGEST],
                length=sum(counted.values()),
                at=answer.at,
            )
        )
        words.append(counted)
    PastAnswer.objects.bulk_create(rows)
    postings = [
        Posting(word=word, answer_id=row.pk, times=times)
        for row, counted in zip(rows, words, strict=True)
        for word, times in counted.items()
    ]
    Posting.objects.bulk_create(postings)
    run_many(COUNT_WORD, [(posting.word,) for posting in postings])
    return len(rows)
