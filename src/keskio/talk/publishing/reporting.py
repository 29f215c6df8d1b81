"""How the versions of a dialogue have done, each by itself and two side by side. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.utils.translation import get_language

from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.models import Change, Version
from keskio.talk.publishing.comparing import Line, Side, compare
from keskio.talk.rows import StepRow, ends_in_words, step_rows
from keskio.talk.shelf import program_of
from keskio.talk.standing import Books, Standing, standing_of

MESSAGES = """
    SELECT version_id, count(*) FROM talk_message
    WHERE {versions} AND state IN ('sent', 'delivered', 'bounced') GROUP BY version_id
"""
HELD = """
    SELECT version_id, verdict, count(*) FROM talk_decision
    WHERE {versions} AND verdict IN ('held', 'dropped') GROUP BY version_id, verdict
"""


class Report(msgspec.Struct, frozen=True):
    """One version: its books, what has been sent, held and left unsent in it, and how it ended."""

    version: Version
    books: Books
    steps: list[StepRow]
    ends: list[tuple[str, int]]
    sent: int
    held: int
    dropped: int
    change: Change | None


class Pair(msgspec.Struct, frozen=True):
    """One step in two versions; None where a version does not have it."""

    title: str
    left: StepRow | None
    right: StepRow | None


def reports_of(versions: Sequence[Version]) -> list[Report]:
    """Return how each of `versions` stands."""
    numbers = listed(version.pk for version in versions)
    own = any_of("version_id")
    sent = dict(fetch(MESSAGES.format(versions=own), (numbers,)))
    held = {(v, verdict): n for v, verdict, n in fetch(HELD.format(versions=own), (numbers,))}
    changes = {
        change.version_id: change
        for change in Change.objects.filter(version__in=versions).order_by("id")
    }
    return [
        _report(
            version,
            sent.get(version.pk, 0),
            (held.get((version.pk, "held"), 0), held.get((version.pk, "dropped"), 0)),
            changes.get(version.pk),
        )
        for version in versions
    ]


def differences_between(left: Version, right: Version) -> list[Line]:
    """Return what differs between two versions, in sentences."""
    before, after = (Side(one.document, program_of(one.pk)) for one in (left, right))
    return compare(before, after, get_language() or "fi")


def pairs_of(left: Report, right: Report) -> list[Pair]:
    """Return the steps of two versions side by side, in the order of the right one."""
    had = {row.key: row for row in left.steps}
    has = {row.key: row for row in right.steps}
    return [
        Pair((has.get(key) or had[key]).title, had.get(key), has.get(key))
        for key in dict.fromkeys([*has, *had])
    ]


def _report(version: Version, sent: int, silent: tuple[int, int], change: Change | None) -> Report:
    program, language = program_of(version.pk), get_language() or "fi"
    found: Standing = standing_of(version, program)
    return Report(
        version=version,
        books=found.books,
        steps=step_rows(program, found.counts, language),
        ends=ends_in_words(program, found.books, language),
        sent=sent,
        held=silent[0],
        dropped=silent[1],
        change=change,
    )
