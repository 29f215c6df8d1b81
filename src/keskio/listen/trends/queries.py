"""Reads of the wing: series over time, comparisons, alerts, spread, and who is heard.

Everything counts what concerns us. `told` chooses public messages or what people tell us alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any

import msgspec

from keskio.engine.scores.rising import count_interval, ratio_interval, stand_out
from keskio.engine.scores.uplift import wilson
from keskio.kernel.clock import Micros
from keskio.kernel.sql import fetch
from keskio.listen.trends.models import Alert

HOUR, DAY = 3_600_000_000, 86_400_000_000
UNITS = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
# Weeks begin on Mondays, and 1970 began on a Thursday.
SHIFT = {"hour": 0, "day": 0, "week": 3 * DAY}
SURE = 0.05  # Benjamini and Hochberg's q over the changes of one table


class Span(msgspec.Struct, frozen=True):
    """What is counted: from `since` to before `until`, in units; `offset` turns UTC into local time.

    `private`: what people tell us alone instead of public messages.
    """

    since: Micros
    until: Micros
    unit: str = "day"
    offset: Micros = 0
    private: bool = False

    @property
    def step(self) -> Micros:
        """Return the length of a unit."""
        return UNITS[self.unit]

    def bucket(self, column: str = "m.at") -> str:
        """Return the SQL that tells which unit an instant is in."""
        return f"({column} + {self.offset + SHIFT[self.unit]}) / {self.step}"

    def buckets(self) -> list[int]:
        """Return the numbers of all units of the span."""
        shift = self.offset + SHIFT[self.unit]
        return list(
            range((self.since + shift) // self.step, (self.until - 1 + shift) // self.step + 1)
        )

    def begins(self, bucket: int) -> Micros:
        """Return when a unit begins."""
        return bucket * self.step - self.offset - SHIFT[self.unit]

    def before(self) -> Span:
        """Return the span of the same length just before."""
        return msgspec.structs.replace(self, since=2 * self.since - self.until, until=self.since)


class Volume(msgspec.Struct, frozen=True):
    """One unit: how many mentions (with the interval of a Poisson count), how many of them negative."""

    begins_at: Micros
    count: int
    negative: int
    people: int
    low: float
    high: float
    negative_low: float
    negative_high: float

    @property
    def negative_share(self) -> float | None:
        """Return the share of negative ones, None of nothing."""
        return self.negative / self.count if self.count else None


class Line(msgspec.Struct, frozen=True):
    """A theme or an emotion over time, and against the period before."""

    key: str
    counts: list[int]
    total: int
    before: int
    ratio: float | None
    low: float
    high: float
    is_sure: bool

    @property
    def change(self) -> str:
        """Return more, less or the same (one cannot tell)."""
        if not self.is_sure or self.ratio is None:
            return "same"
        return "more" if self.ratio > 1 else "less"


# A person is an account; who tells us something alone, a customer; else somebody of its own.
WHO = """CASE WHEN m.author_key <> '' THEN m.author_key
    WHEN m.customer_id > 0 THEN 'customer ' || CAST(m.customer_id AS text)
    ELSE 'mention ' || CAST(m.id AS text) END"""
# A whole condition of constants: what concerns us, of one of the two kinds.
PUBLIC = "m.is_match AND NOT m.is_private"
PRIVATE = "m.is_private AND m.state <> 'unread'"


def _heard(span: Span) -> str:
    return PRIVATE if span.private else PUBLIC


def volumes(span: Span) -> list[Volume]:
    """Return all units of a span in order, also those in which nothing was said."""
    rows = fetch(
        f"SELECT {span.bucket()}, count(*), count(CASE WHEN m.negative >= 0.5 THEN 1 END),"  # noqa: S608 - constants
        f" count(DISTINCT {WHO}) FROM listen_mention m"
        f" WHERE m.at >= %s AND m.at < %s AND {_heard(span)} GROUP BY 1",
        (span.since, span.until),
    )
    found = {row[0]: row[1:] for row in rows}
    return [_volume(span.begins(n), *found.get(n, (0, 0, 0))) for n in span.buckets()]


def _volume(begins_at: Micros, count: int, negative: int, people: int) -> Volume:
    share = wilson(negative, count) if count else (0.0, 1.0)
    return Volume(begins_at, count, negative, people, *count_interval(count), *share)


def themes_over(span: Span) -> list[Line]:
    """Return the themes of a span, the most spoken of first."""
    return _lines(span, "listen_mentiontheme", "theme")


def emotions_over(span: Span) -> list[Line]:
    """Return the emotions of a span, the most felt first."""
    return _lines(span, "listen_mentionemotion", "emotion")


def _lines(span: Span, table: str, column: str) -> list[Line]:
    source = f"{table} t JOIN listen_mention m ON m.id = t.mention_id"
    rows = fetch(
        f"SELECT t.{column}, {span.bucket('t.at')}, count(*) FROM {source}"  # noqa: S608 - constants
        f" WHERE t.at >= %s AND t.at < %s AND {_heard(span)} GROUP BY 1, 2",
        (span.since, span.until),
    )
    earlier = span.before()
    before = dict(
        fetch(
            f"SELECT t.{column}, count(*) FROM {source}"  # noqa: S608 - constants
            f" WHERE t.at >= %s AND t.at < %s AND {_heard(span)} GROUP BY 1",
            (earlier.since, earlier.until),
        )
    )
    numbers = {number: place for place, number in enumerate(span.buckets())}
    counts: dict[str, list[int]] = {key: [0] * len(numbers) for key in before}
    for key, number, count in rows:
        counts.setdefault(key, [0] * len(numbers))[numbers[number]] = count
    lines = compared({key: (values, before.get(key, 0)) for key, values in counts.items()})
    if _began(span) > earlier.since:  # the period before was not listened to whole: no comparison
        return [msgspec.structs.replace(line, ratio=None, is_sure=False) for line in lines]
    return lines


def _began(span: Span) -> Micros:
    """Return when the first message of this kind was written."""
    sql = f"SELECT min(m.at) FROM listen_mention m WHERE {_heard(span)}"  # noqa: S608 - constants
    return int(fetch(sql)[0][0] or 0)


def compared(counts: Mapping[str, tuple[list[int], int]]) -> list[Line]:
    """Return lines with their change against the period before, judged together.

    A change is sure when it stands among all of them by Benjamini and Hochberg at 5 %: of what is shown
    as more or less, about one in twenty is chance. Given both periods, the later count is binomial.
    """
    keys = sorted(counts, key=lambda key: (-sum(counts[key][0]), key))
    ps = [_chance(sum(counts[key][0]), counts[key][1]) for key in keys]
    sure = stand_out(ps, SURE) if ps else []
    lines = []
    for key, is_sure in zip(keys, sure, strict=True):
        values, before = counts[key]
        total = sum(values)
        low, high = ratio_interval(total, before) or (0.0, float("inf"))
        ratio = total / before if before else None
        lines.append(Line(key, values, total, before, ratio, low, high, is_sure and before > 0))
    return lines


def _chance(now: int, before: int) -> float:
    """Return the two-sided chance of counts at least so different (binomial, as normal scores)."""
    n = now + before
    if not n:
        return 1.0
    sigmas = (abs(now - before) - 1) / n**0.5 if now != before else 0.0
    return min(1.0, 2 * _upper(max(sigmas, 0.0)))


def _upper(sigmas: float) -> float:
    return 1 - NormalDist().cdf(sigmas)


def velocities_now() -> Mapping[str, float]:
    """Return how unusually fast themes grow now, 0-1, by theme: what part of the people are unusual."""
    rows = fetch("SELECT theme, expected, most FROM trends_alert WHERE closed_at IS NULL")
    return {theme: 1 - min(expected / max(most, 1), 1.0) for theme, expected, most in rows}


def open_alert_count() -> int:
    """Return how many alerts nobody has taken note of. One cheap query."""
    rows = fetch("SELECT count(*) FROM trends_alert WHERE seen_at IS NULL AND closed_at IS NULL")
    return int(rows[0][0])


def alerts(count: int = 50) -> list[Alert]:
    """Return the alerts, open ones first, then the latest."""
    return sorted(
        Alert.objects.order_by("-opened_at")[:count], key=lambda alert: alert.closed_at is not None
    )


class Spread(msgspec.Struct, frozen=True):
    """How one message has spread: whom it may have reached, reposts, copies, and answers an hour."""

    mention: int
    text: str
    at: Micros
    reach: int
    reposts: int
    copies: int
    replies: int
    hours: float

    @property
    def per_hour(self) -> float:
        """Return reposts, copies and answers an hour since it was written."""
        return (self.reposts + self.copies + self.replies) / self.hours


SPREAD = """
    SELECT m.id, m.text, m.at, m.reach, m.reposts,
        (SELECT count(*) FROM listen_mention c WHERE c.near_of = m.id AND m.id > 0),
        (SELECT count(*) FROM listen_mention r
            WHERE r.thread = m.thread AND r.source = m.source AND r.id <> m.id AND m.thread <> '')
    FROM listen_mention m
    WHERE m.id IN (
        SELECT b.id FROM listen_mention b WHERE b.at >= %s AND b.at < %s AND b.is_match
            AND NOT b.is_private AND b.near_of = 0 AND b.state <> 'gone'
        ORDER BY b.reposts * 50 + b.reach DESC, b.id DESC LIMIT 200)
"""


def spread_most(since: Micros, now: Micros, count: int = 20) -> list[Spread]:
    """Return the messages that have spread most since an instant: by reposts, copies and answers."""
    found = fetch(SPREAD, (since, now))
    rows = [Spread(*[*row, max((now - row[2]) / HOUR, 1.0)]) for row in found]
    moving = [row for row in rows if row.reposts or row.copies or row.replies]
    return sorted(moving, key=lambda row: (-(row.reposts + row.copies + row.replies), -row.reach))[
        :count
    ]


class Heard(msgspec.Struct, frozen=True):
    """How many messages and accounts of one kind of writer there were, and how many were negative."""

    kind: str
    messages: int
    people: int
    negative: int


WHO_IS_HEARD = """
    SELECT CASE WHEN d.kind IN ('suspected', 'partner') THEN d.kind
                WHEN m.customer_id > 0 THEN 'customer' ELSE 'unknown' END,
        count(*), count(DISTINCT m.author_key), count(CASE WHEN m.negative >= 0.5 THEN 1 END)
    FROM listen_mention m LEFT JOIN listen_writerdecision d ON d.author_key = m.author_key
        AND m.author_key <> '' AND d.id IN (SELECT max(id) FROM listen_writerdecision GROUP BY author_key)
    WHERE m.at >= %s AND m.at < %s AND m.is_match AND NOT m.is_private GROUP BY 1
"""


def who_is_heard(since: Micros, until: Micros) -> list[Heard]:
    """Return customers, partners, unknown writers and suspected trolls with their shares."""
    rows = {row[0]: Heard(*row) for row in fetch(WHO_IS_HEARD, (since, until))}
    order = ("customer", "partner", "unknown", "suspected")
    return [rows.get(kind, Heard(kind, 0, 0, 0)) for kind in order]


def numbers_for_export(span: Span) -> Iterator[Sequence[Any]]:
    """Yield the rows of the export: unit begins, what, name, count, low, high."""
    for one in volumes(span):
        yield (one.begins_at, "all", "", one.count, round(one.low, 2), round(one.high, 2))
        yield (
            one.begins_at,
            "negative_share",
            "",
            "" if one.negative_share is None else round(one.negative_share, 4),
            round(one.negative_low, 4),
            round(one.negative_high, 4),
        )
    begins = [span.begins(number) for number in span.buckets()]
    for what, lines in (("theme", themes_over(span)), ("emotion", emotions_over(span))):
        for line in lines:
            for begins_at, count in zip(begins, line.counts, strict=True):
                low, high = count_interval(count)
                yield (begins_at, what, line.key, count, round(low, 2), round(high, 2))
