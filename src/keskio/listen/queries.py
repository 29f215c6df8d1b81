"""Reads of the room: lists of mentions, counts of the pipeline, who writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db.models import Exists, OuterRef, Q, QuerySet

from keskio.kernel.clock import Micros
from keskio.kernel.sql import any_of, fetch, listed
from keskio.listen.models import (
    FAILED,
    WITHOUT_TEXT,
    Mention,
    MentionEmotion,
    MentionTheme,
    Policy,
    Reread,
    WriterDecision,
)

DAY = 86_400_000_000
NEGATIVE = 0.5
"""From here on a mention counts as negative."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of mentions is narrowed to; "" and 0 are everything."""

    text: str = ""
    source: str = ""
    theme: str = ""
    emotion: str = ""
    language: str = ""
    negative: bool = False
    since: Micros = 0
    until: Micros = 0
    who: str = ""
    private: bool = False
    others: bool = False
    urgent_first: bool = False


def mentions_wanted(wanted: Wanted) -> QuerySet[Mention]:
    """Return the mentions of a list, those without a text left out."""
    found = Mention.objects.filter(is_private=wanted.private).exclude(state=WITHOUT_TEXT)
    if not wanted.private:
        found = found.filter(is_match=not wanted.others)
    if wanted.negative:
        found = found.filter(negative__gte=NEGATIVE)
    if wanted.text:
        found = found.filter(Q(text__icontains=wanted.text) | Q(title__icontains=wanted.text))
    if wanted.theme:
        rows = MentionTheme.objects.filter(mention=OuterRef("pk"), theme=wanted.theme)
        found = found.filter(Exists(rows))
    if wanted.emotion:
        felt = MentionEmotion.objects.filter(mention=OuterRef("pk"), emotion=wanted.emotion)
        found = found.filter(Exists(felt))
    if wanted.who:
        found = found.filter(_is_by(wanted.who))
    equal = {"source": wanted.source, "language": wanted.language}
    bounds = {"at__gte": wanted.since, "at__lt": wanted.until}
    found = found.filter(**{name: value for name, value in {**equal, **bounds}.items() if value})
    order = ("-urgency", "-id") if wanted.urgent_first else ("-at", "-id")
    return found.order_by(*order)


def _is_by(who: str) -> Q:
    if who == "customer":
        return Q(customer_id__gt=0)
    if who == "unknown":
        return Q(customer_id=0) & ~Q(author_key__in=accounts_decided(("partner", "suspected")))
    return Q(author_key__in=accounts_decided((who,)))


def accounts_decided(kinds: Sequence[str]) -> list[str]:
    """Return the accounts of which people have decided that they are of these kinds."""
    sql = (
        "SELECT author_key FROM listen_writerdecision WHERE id IN"  # noqa: S608 - constants
        " (SELECT max(id) FROM listen_writerdecision GROUP BY author_key)"
        f" AND {any_of('kind', kind='text')}"
    )
    return [row[0] for row in fetch(sql, (listed(kinds),))]


def sources_heard() -> list[str]:
    """Return the sources that mentions have come from."""
    return [row[0] for row in fetch("SELECT DISTINCT source FROM listen_mention ORDER BY 1")]


def languages_heard() -> list[str]:
    """Return the languages of what concerns us."""
    sql = (
        "SELECT DISTINCT language FROM listen_mention WHERE is_match AND language <> '' ORDER BY 1"
    )
    return [row[0] for row in fetch(sql)]


def themes_heard() -> list[str]:
    """Return the themes that have been heard of."""
    return [row[0] for row in fetch("SELECT DISTINCT theme FROM listen_mentiontheme ORDER BY 1")]


def decisions_of(keys: Iterable[str]) -> dict[str, WriterDecision]:
    """Return the decisions in force, by account; those that were taken back are left out."""
    found: dict[str, WriterDecision] = {}
    rows = WriterDecision.objects.filter(author_key__in=set(keys) - {""}).order_by("id")
    for row in rows:
        found[row.author_key] = row
    return {key: row for key, row in found.items() if row.kind or row.customer_id}


class Counts(msgspec.Struct, frozen=True):
    """What has gone through the pipeline since an instant."""

    collected: int
    read: int
    matches: int
    negative: int
    told: int
    private: int
    waiting: int
    failed: int
    gone: int


def counts_since(since: Micros) -> Counts:
    """Return how many messages have come in since, and how far they went."""
    rows = fetch(
        """
        SELECT count(*), count(read_at), count(CASE WHEN is_match AND NOT is_private THEN 1 END),
            count(CASE WHEN is_match AND NOT is_private AND negative >= 0.5 THEN 1 END),
            count(CASE WHEN is_told THEN 1 END), count(CASE WHEN is_private THEN 1 END),
            count(CASE WHEN state = 'unread' THEN 1 END), count(CASE WHEN state = 'failed' THEN 1 END),
            count(CASE WHEN state = 'gone' THEN 1 END)
        FROM listen_mention WHERE collected_at >= %s
        """,
        (since,),
    )
    return Counts(*rows[0])


def steps_taken_since(since: Micros) -> dict[str, tuple[int, int, float]]:
    """Return (messages, passed on, seconds) of each step of the pipeline, by whole days."""
    rows = fetch(
        "SELECT step, sum(messages), sum(passed), sum(micros) FROM listen_stepday"
        " WHERE day >= %s GROUP BY step",
        (since // DAY,),
    )
    return {step: (int(had), int(on), int(micros) / 1_000_000) for step, had, on, micros in rows}


def read_otherwise(version: str, since: Micros) -> int:
    """Return how many mentions since an instant were read with other lists or models than `version`."""
    sql = (
        "SELECT count(*) FROM listen_mention WHERE at >= %s AND state = 'read' AND read_with <> %s"
    )
    return int(fetch(sql, (since, version))[0][0])


def policy_now() -> Policy:
    """Return how long texts are kept and whether handles are."""
    return Policy.objects.order_by("id").first() or Policy()


def rereads(count: int = 5) -> list[Reread]:
    """Return the latest wishes to read again."""
    return list(Reread.objects.order_by("-id")[:count])


def failed_count() -> int:
    """Return how many texts could not be read."""
    return Mention.objects.filter(state=FAILED).count()


def of_thread(mention: Mention, count: int = 20) -> list[Mention]:
    """Return the other messages of a mention's thread, oldest first."""
    if not mention.thread:
        return []
    rows = Mention.objects.filter(source=mention.source, thread=mention.thread)
    return list(
        rows.exclude(pk=mention.pk).exclude(state=WITHOUT_TEXT).order_by("at", "id")[:count]
    )


def copies_of(mention: Mention) -> int:
    """Return how many other messages have nearly the same text."""
    first = mention.near_of or mention.pk
    return Mention.objects.filter(Q(near_of=first) | Q(pk=first)).exclude(pk=mention.pk).count()


def of_customers(customers: Sequence[int], count: int = 5) -> list[Mention]:
    """Return what customers have said, in public or to us alone, the latest first."""
    rows = Mention.objects.filter(customer_id__in=list(customers)).exclude(state=WITHOUT_TEXT)
    rows = rows.filter(Q(is_match=True) | Q(is_private=True))
    return list(rows.order_by("-at", "-id")[:count])


def urgent_count(since: Micros, level: float = 0.3) -> int:
    """Return how many urgent public mentions there are since an instant. One cheap query."""
    sql = (
        "SELECT count(*) FROM listen_mention WHERE is_match AND NOT is_private AND urgency >= %s"
        " AND at >= %s AND state = 'read'"
    )
    return int(fetch(sql, (level, since))[0][0])


def pulse(since: Micros) -> dict[str, Any]:
    """Return the day's figures: public mentions, negative ones and accounts."""
    rows = fetch(
        "SELECT count(*), count(CASE WHEN negative >= 0.5 THEN 1 END), count(DISTINCT author_key)"
        " FROM listen_mention WHERE is_match AND NOT is_private AND at >= %s",
        (since,),
    )
    return dict(zip(("mentions", "negative", "authors"), rows[0], strict=True))


def numbers_of(ids: Sequence[int]) -> list[Mention]:
    """Return mentions by number, in that order; those whose text is gone are left out."""
    rows = {
        row.pk: row for row in Mention.objects.filter(pk__in=list(ids)).exclude(state=WITHOUT_TEXT)
    }
    return [rows[number] for number in ids if number in rows]
