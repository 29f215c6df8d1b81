"""What those who answered wrote, with its themes, and how they differ from all who were asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from keskio.engine.scores.scales import SCALES
from keskio.engine.scores.shares import (
    HIDDEN,
    Share,
    change_of_share,
    share_of,
)
from keskio.know.api import memberships_of, people_of
from keskio.listen.models import Mention
from keskio.listen.surveys.models import Invitation, Response, Survey

COMMENTS = 50
GROUPS = 12


class Comment(msgspec.Struct, frozen=True):
    """What somebody wrote, with the score it goes with."""

    at: datetime
    score: int | None
    group: str
    text: str
    customer: int
    response: int
    themes: list[str] = []


class Comparison(msgspec.Struct, frozen=True):
    """A group's share among those asked and those who answered; `is_told`: beyond chance."""

    name: str
    asked: Share
    answered: Share
    is_told: bool


def comments_of(survey: Survey, since: datetime, until: datetime) -> list[Comment]:
    """Return the latest comments with their scores."""
    rows = (
        Response.objects.filter(survey=survey, started_at__gte=since, started_at__lte=until)
        .exclude(comments={}, answers={})
        .prefetch_related("scores__metric")
        .order_by("-started_at")
    )
    found = []
    for row in rows[: COMMENTS * 6]:
        text = "\n".join(_texts(row))
        if text:
            score = next(iter(row.scores.all()), None)
            group = SCALES[score.metric.kind].group_of(score.value) if score else ""
            found.append(
                Comment(
                    row.started_at,
                    score.value if score else None,
                    group,
                    text,
                    row.customer_id,
                    row.pk,
                )
            )
    themes = _themes_of([one.response for one in found[:COMMENTS]])
    return [
        msgspec.structs.replace(one, themes=themes.get(one.response, []))
        for one in found[:COMMENTS]
    ]


def _themes_of(responses: Sequence[int]) -> dict[int, list[str]]:
    """Return the themes that the reader has found in comments, the weightiest first; one query."""
    rows = Mention.objects.filter(source="survey", source_id__in=[str(pk) for pk in responses])
    found = {}
    for name, themes in rows.values_list("source_id", "themes"):
        weighed = sorted(themes.items(), key=lambda item: -item[1]) if themes else []
        found[int(name)] = [theme for theme, _weight in weighed[:3]]
    return found


def _texts(row: Response) -> list[str]:
    told: dict[str, Any] = row.answers
    written = [value for value in told.values() if isinstance(value, str) and " " in value]
    return [*(text for text in row.comments.values() if text), *written]


LANGUAGE = "language:"
"""Begins the name of a group that is a language; the others are keys of segments."""


def comparison_of(survey: Survey, since: datetime, until: datetime) -> list[Comparison]:
    """Return how those who answered differ from those who were asked, by segment and language."""
    rows = Invitation.objects.filter(survey=survey, decided_at__gte=since, decided_at__lte=until)
    asked = set(rows.exclude(state="not_asked").values_list("customer_id", flat=True)) - {0}
    answered = asked & set(
        Response.objects.filter(survey=survey, started_at__gte=since).values_list(
            "customer_id", flat=True
        )
    )
    if len(asked) < HIDDEN or not answered:
        return []
    groups: dict[str, set[int]] = defaultdict(set)
    for customer, segments in memberships_of(asked).items():
        for segment in segments:
            groups[segment].add(customer)
    for customer, person in people_of(asked).items():
        if person.language:
            groups[f"{LANGUAGE}{person.language}"].add(customer)
    found = []
    silent = asked - answered
    for name, members in groups.items():
        one = share_of(len(members & asked), len(asked))
        other = share_of(len(members & answered), len(answered))
        told = bool(silent) and _differ(members, answered, silent)
        found.append(Comparison(name, one, other, told))
    return sorted(found, key=lambda one: (-one.asked.part, one.name))[:GROUPS]


def _differ(members: set[int], answered: set[int], silent: set[int]) -> bool:
    """Tell whether the group's share differs between those who answered and those who did not."""
    one = share_of(len(members & silent), len(silent))
    other = share_of(len(members & answered), len(answered))
    return change_of_share(one, other).is_told
