"""Why somebody belongs: each part of a condition as a sentence, and whether it holds for the customer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from keskio.engine.conditions import Subject, compile_condition, needs_of
from keskio.kernel.clock import Micros
from keskio.know.contracts import Person
from keskio.know.facts import subjects_of
from keskio.know.queries import people_of
from keskio.know.segments.contracts import Document
from keskio.know.segments.saying import called_in, say


class Reason(msgspec.Struct, frozen=True):
    """One part of a condition in words; whether it holds."""

    sentence: str
    holds: bool


class Example(msgspec.Struct, frozen=True):
    """A customer with what holds of it."""

    person: Person
    reasons: list[Reason]


def parts_in(when: Document) -> Iterator[Document]:
    """Yield the parts that are looked at one by one: those of `all` and `any`, else the condition itself."""
    if len(when) == 1:
        (word, inner), *_ = when.items()
        if word in ("all", "any"):
            for part in inner:
                yield from parts_in(part)
            return
    yield when


def examples_of(
    when: Document, customers: Collection[int], *, now: Micros, language: str
) -> list[Example]:
    """Return `customers` as examples, each with the parts of the condition and whether they hold."""
    people = people_of(customers)
    subjects: Mapping[int, Subject] = subjects_of(customers, needs_of(when), now=now)
    called = called_in(language)
    parts = [
        (say(part, language, called), compile_condition(part, now=now)) for part in parts_in(when)
    ]
    return [
        Example(
            people[customer],
            [Reason(sentence, holds(subjects[customer])) for sentence, holds in parts],
        )
        for customer in customers
        if customer in people and customer in subjects
    ]
