"""Reads of the wing: studies, and quotes where they hang."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from django.db.models import Count, QuerySet

from keskio.listen.interviews.contracts import Said
from keskio.listen.interviews.models import Interview, Quote, Study

NO_QUOTES: tuple[Quote, ...] = ()


class Cell(msgspec.Struct, frozen=True):
    """What hangs on a phase and a theme."""

    phase: str
    theme: str
    quotes: tuple[Quote, ...] = NO_QUOTES


def studies() -> QuerySet[Study]:
    """Return studies with their numbers of interviews and quotes, newest first."""
    counted = Study.objects.annotate(
        people=Count("interviews", distinct=True),
        quotes=Count("interviews__quotes", distinct=True),
    )
    return counted.order_by("-id")


def interviews_of(study: Study) -> QuerySet[Interview]:
    """Return a study's interviews with their numbers of quotes, newest first."""
    found = Interview.objects.filter(study=study).annotate(coded=Count("quotes"))
    return found.order_by("-held_on", "-id")


def quotes_of(study: Study) -> list[Quote]:
    """Return a study's quotes in the order of its interviews."""
    found = Quote.objects.filter(interview__study=study).select_related("interview")
    return list(found.order_by("interview__held_on", "interview_id", "start"))


def grid_of(study: Study, quotes: list[Quote]) -> list[tuple[str, list[Cell]]]:
    """Return for each theme its key and a cell for each phase, in the study's order."""
    at: dict[tuple[str, str], list[Quote]] = defaultdict(list)
    for quote in quotes:
        for theme in quote.themes:
            at[quote.phase, theme].append(quote)
    phases = [phase["key"] for phase in study.phases]
    return [
        (t["key"], [Cell(p, t["key"], tuple(at.get((p, t["key"]), ()))) for p in phases])
        for t in study.themes
    ]


def said_on(journey: str) -> list[Said]:
    """Return what has been said on a journey, by phase, for those who draw it."""
    found = Quote.objects.filter(interview__study__journey=journey).exclude(phase="")
    rows = found.select_related("interview", "interview__study").order_by("phase", "id")
    return [
        Said(
            quote.pk,
            quote.interview.study.key,
            quote.phase,
            tuple(quote.themes),
            quote.feeling,
            quote.text,
            quote.interview.who,
            quote.note,
        )
        for quote in rows
    ]
